/** Buttons do something, links lead somewhere; both look alike. A busy button keeps its width, and any its focus. */
import type { LucideIcon } from 'lucide-react'
import type { ComponentProps, MouseEvent, ReactNode } from 'react'
import { Link } from 'wouter'
import { joinClasses } from './classes.js'
import { Spinner } from './spinner.js'

type Variant = 'primary' | 'secondary' | 'quiet' | 'danger'
type Size = 'sm' | 'md'

interface Look {
  readonly variant?: Variant
  readonly size?: Size
  readonly icon?: LucideIcon
}

type ButtonProps = ComponentProps<'button'> & Look & { readonly busy?: boolean }

const shape =
  'relative inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap select-none transition-colors'

const variants: Record<Variant, string> = {
  primary: 'bg-accent-fill text-on-accent shadow-raised not-aria-disabled:hover:bg-accent-fill-hover',
  secondary: 'border border-control/60 bg-surface text-text shadow-raised not-aria-disabled:hover:bg-hover',
  quiet: 'text-muted not-aria-disabled:hover:bg-hover not-aria-disabled:hover:text-text',
  danger: 'bg-danger-fill text-on-accent shadow-raised not-aria-disabled:hover:bg-danger-fill-hover',
}

const sizes: Record<Size, string> = { sm: 'h-7 px-2.5 text-sm', md: 'h-9 px-3.5 text-base' }

function classesOf({ variant = 'secondary', size = 'md' }: Look): string {
  return joinClasses(shape, variants[variant], sizes[size])
}

function Inside({ icon: Icon, children }: { icon: LucideIcon | undefined; children: ReactNode }) {
  return (
    <>
      {Icon && <Icon aria-hidden="true" className="size-4" />}
      {children}
    </>
  )
}

/**
 * While `busy` or `disabled` it ignores presses, also of Enter in its form, and says so; the focus can come and stay all the
 * same, since a button often is disabled by what it has just done.
 */
export function Button({
  variant,
  size,
  icon,
  busy = false,
  disabled = false,
  className,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  const press = (event: MouseEvent<HTMLButtonElement>) => {
    if (busy || disabled) event.preventDefault()
    else onClick?.(event)
  }
  return (
    <button
      type="button"
      {...rest}
      aria-busy={busy || undefined}
      aria-disabled={busy || disabled || undefined}
      onClick={press}
      className={joinClasses(classesOf(look(variant, size)), disabled && 'cursor-not-allowed opacity-50', className)}
    >
      <span className={joinClasses('inline-flex items-center gap-1.5', busy && 'invisible')}>
        <Inside icon={icon}>{children}</Inside>
      </span>
      {busy && <Spinner className="absolute" />}
    </button>
  )
}

interface ButtonLinkProps extends Look {
  readonly href: string
  readonly children: ReactNode
  /** Before it leads away. */
  readonly onClick?: () => void
}

/** A link to a page of the console. */
export function ButtonLink({ href, variant, size, icon, children, onClick }: ButtonLinkProps) {
  return (
    <Link href={href} onClick={onClick} className={classesOf(look(variant, size)).replaceAll('not-aria-disabled:', '')}>
      <Inside icon={icon}>{children}</Inside>
    </Link>
  )
}

/** Leaves out what is not given, as exact optional members ask for. */
function look(variant: Variant | undefined, size: Size | undefined): Look {
  return { ...(variant && { variant }), ...(size && { size }) }
}
