/** A button that is only an icon. */
import type { LucideIcon } from 'lucide-react'
import type { ComponentProps } from 'react'
import { joinClasses } from './classes.js'
import { Tooltip } from './tooltip.js'

/** `label` is its name, and shows as a tooltip. */
export function IconButton({
  label,
  icon: Icon,
  className,
  ...rest
}: Omit<ComponentProps<'button'>, 'children'> & { readonly label: string; readonly icon: LucideIcon }) {
  return (
    <Tooltip text={label}>
      <button
        type="button"
        aria-label={label}
        {...rest}
        className={joinClasses(
          'inline-flex size-8 shrink-0 items-center justify-center rounded-md text-muted transition-colors enabled:hover:bg-hover enabled:hover:text-text data-[state=open]:bg-hover data-[state=open]:text-text disabled:opacity-50',
          className,
        )}
      >
        <Icon aria-hidden="true" className="size-4" />
      </button>
    </Tooltip>
  )
}
