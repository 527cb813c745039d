/** Copies a text and says that it did. */
import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button } from './button.js'

const feedbackMs = 2_000

interface CopyButtonProps {
  /** Read when it is pressed, and kept nowhere. */
  readonly text: string
  readonly label?: string
  readonly variant?: 'primary' | 'secondary' | 'quiet'
  readonly size?: 'sm' | 'md'
  readonly onCopied?: () => void
}

export function CopyButton({ text, label = 'Copy', variant = 'secondary', size = 'md', onCopied }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<'copied' | 'failed' | null>(null)
  useEffect(() => {
    if (outcome === null) return
    const timer = setTimeout(() => setOutcome(null), feedbackMs)
    return () => clearTimeout(timer)
  }, [outcome])
  const copy = async () => {
    const isCopied = await writeClipboard(text)
    setOutcome(isCopied ? 'copied' : 'failed')
    if (isCopied) onCopied?.()
  }
  const said = outcome === 'copied' ? 'Copied' : outcome === 'failed' ? 'Select it and copy it by hand' : label
  return (
    <Button variant={variant} size={size} icon={outcome === 'copied' ? Check : Copy} onClick={copy}>
      <span aria-live="polite">{said}</span>
    </Button>
  )
}

/** False where the browser does not allow it, as on a plain http address that is not loopback. */
async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}
