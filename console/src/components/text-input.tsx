/** Inputs for text. Inside a `Field` they take its label, hint and error by themselves. */
import { Eye, EyeOff, Search, X } from 'lucide-react'
import { type ComponentProps, type KeyboardEvent, type Ref, useState } from 'react'
import { joinClasses } from './classes.js'
import { useFieldTies } from './field.js'

/** The look of everything one types into: 16 px on a phone, where less makes the browser zoom in. */
const inputClasses =
  'w-full min-w-0 rounded-md border border-control bg-surface px-3 text-text shadow-raised placeholder:text-muted read-only:bg-sunken disabled:opacity-60 aria-invalid:border-danger focus-visible:border-accent focus-visible:outline-offset-0 text-lg sm:text-base'

export function TextInput({ className, ...rest }: ComponentProps<'input'>) {
  return (
    <input
      type="text"
      autoComplete="off"
      {...useFieldTies()}
      {...rest}
      className={joinClasses(inputClasses, 'h-9', className)}
    />
  )
}

export function TextArea({ className, ...rest }: ComponentProps<'textarea'>) {
  return <textarea {...useFieldTies()} {...rest} className={joinClasses(inputClasses, 'py-2', className)} />
}

/** A password with a button that shows it. `autoComplete` tells a password manager which password it is. */
export function PasswordInput({
  autoComplete,
  ...rest
}: ComponentProps<'input'> & { readonly autoComplete: 'current-password' | 'new-password' }) {
  const [isShown, setShown] = useState(false)
  const Icon = isShown ? EyeOff : Eye
  return (
    <div className="relative">
      <TextInput
        {...rest}
        type={isShown ? 'text' : 'password'}
        autoComplete={autoComplete}
        autoCapitalize="none"
        spellCheck={false}
        className="pr-10"
      />
      <button
        type="button"
        aria-label="Show password"
        aria-pressed={isShown}
        onClick={() => setShown(!isShown)}
        className="absolute inset-y-1 right-1 inline-flex w-8 items-center justify-center rounded text-muted hover:text-text"
      >
        <Icon aria-hidden="true" className="size-4" />
      </button>
    </div>
  )
}

interface SearchInputProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly placeholder?: string
  readonly ref?: Ref<HTMLInputElement>
}

/** Escape empties it. `/` leads to the one that is marked by `data-search`. */
export function SearchInput({ label, value, onChange, placeholder, ref }: SearchInputProps) {
  const leave = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key !== 'Escape') return
    if (value === '') event.currentTarget.blur()
    else onChange('')
  }
  return (
    <div className="relative min-w-0">
      <Search aria-hidden="true" className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-muted" />
      <input
        ref={ref}
        type="search"
        data-search
        aria-label={label}
        aria-keyshortcuts="/"
        autoComplete="off"
        spellCheck={false}
        value={value}
        placeholder={placeholder}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={leave}
        className={joinClasses(inputClasses, 'peer h-9 pr-9 pl-8')}
      />
      {value === '' ? (
        <kbd className="pointer-events-none absolute top-2 right-2 hidden rounded border border-line bg-sunken px-1.5 font-mono text-xs text-muted peer-focus:hidden sm:block">
          /
        </kbd>
      ) : (
        <button
          type="button"
          aria-label="Clear search"
          onClick={() => onChange('')}
          className="absolute inset-y-1 right-1 inline-flex w-7 items-center justify-center rounded text-muted hover:text-text"
        >
          <X aria-hidden="true" className="size-4" />
        </button>
      )}
    </div>
  )
}
