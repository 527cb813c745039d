/** The mark: a gate with a keyhole. */
export function Logo() {
  return (
    <svg viewBox="0 0 32 32" className="size-6" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" className="fill-accent-fill" />
      <path d="M11 25V13a5 5 0 0 1 10 0v12" fill="none" stroke="#fff" strokeWidth="2.5" strokeLinecap="round" />
      <circle cx="16" cy="16.5" r="2" fill="#fff" />
      <path d="M16 18v5" stroke="#fff" strokeWidth="2.5" strokeLinecap="round" />
    </svg>
  )
}
