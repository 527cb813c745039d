/** What saving would change, in words, and whether the key may do less or more after it. */
import { type Block, findExcess, type Permissions, parseBlock } from '@keyporter/core'
import type { ApiKey } from '@keyporter/sdk'
import { Badge, type Tone } from '../components/badge.js'
import { Panel } from '../components/page.js'
import { describeAbsolute } from '../instant.js'
import type { Bounds } from './bounds.js'
import type { KeyFormState } from './key-form.js'
import { type Direction, listDifferences } from './words.js'

const directions: Readonly<Record<Direction, { readonly tone: Tone; readonly label: string }>> = {
  same: { tone: 'neutral', label: 'Same' },
  narrows: { tone: 'ok', label: 'Less' },
  widens: { tone: 'warn', label: 'More' },
  both: { tone: 'accent', label: 'Other' },
}

const verdicts: Readonly<Record<Direction, string>> = {
  same: 'The key may do the same as before.',
  narrows: 'The key may do less than before.',
  widens: 'The key may do more than before.',
  both: 'The key may do some things more, and others less.',
}

interface DifferencePanelProps {
  readonly before: Permissions
  readonly saved: ApiKey
  readonly form: KeyFormState
}

export function DifferencePanel({ before, saved, form }: DifferencePanelProps) {
  const after = form.editing.draft.permissions
  const old: Bounds = { expiresAt: saved.expiresAt, notBefore: saved.notBefore, addresses: saved.ipWhitelist }
  // A time is shown to the minute; one that was not touched is the old one to the millisecond.
  const next = keepUntouched(old, form.bounds)
  const lines = [
    ...(form.name.trim() === (saved.name ?? '')
      ? []
      : [{ what: 'name', text: `${saved.name ?? 'none'} → ${form.name.trim() || 'none'}` }]),
    ...(after
      ? listDifferences(before, after, form.editing.catalog).map(({ category, ...rest }) => ({
          what: category,
          ...rest,
        }))
      : []),
    ...listBoundDifferences(old, next),
  ]
  if (lines.length === 0) return null
  const direction = after ? compareAll({ permissions: before, ...old }, { permissions: after, ...next }) : 'same'
  return (
    <Panel title="What changes" description={after ? verdicts[direction] : undefined}>
      <ul aria-label="What changes" className="flex max-h-48 flex-col divide-y divide-line overflow-y-auto">
        {lines.map((line) => (
          <li key={line.what} className="flex items-start justify-between gap-3 px-5 py-2.5 text-sm">
            <p className="min-w-0 break-words">
              <span className="font-mono font-medium">{line.what}</span>: {line.text}
            </p>
            {'direction' in line && (
              <Badge tone={directions[line.direction].tone}>{directions[line.direction].label}</Badge>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function listBoundDifferences(old: Bounds, next: Bounds) {
  const instant = (at: Date | null, none: string) => (at ? describeAbsolute(at) : none)
  const list = (addresses: readonly string[] | null) => addresses?.join(', ') ?? 'any'
  return [
    { what: 'expires', text: [instant(old.expiresAt, 'never'), instant(next.expiresAt, 'never')] },
    { what: 'not before', text: [instant(old.notBefore, 'none'), instant(next.notBefore, 'none')] },
    { what: 'addresses', text: [list(old.addresses), list(next.addresses)] },
  ].flatMap(({ what, text: [from, to] }) => {
    const bounds = { expires: 'expiresAt', 'not before': 'notBefore', addresses: 'addresses' }[what] as keyof Bounds
    const direction = compareAll({ ...old, permissions: none }, { ...old, [bounds]: next[bounds], permissions: none })
    return from === to ? [] : [{ what, text: `${from} → ${to}`, direction }]
  })
}

const none: Permissions = new Map()

interface All extends Bounds {
  readonly permissions: Permissions
}

function compareAll(before: All, after: All): Direction {
  const [old, next] = [readAll(before), readAll(after)]
  const [isNarrower, isWider] = [findExcess(next, old) === null, findExcess(old, next) === null]
  if (isNarrower) return isWider ? 'same' : 'narrows'
  return isWider ? 'widens' : 'both'
}

function readAll({ addresses, ...rest }: All) {
  const blocks = addresses?.flatMap((text): Block[] => (parseBlock(text) ? [parseBlock(text)!] : []))
  return { ...rest, addresses: blocks ?? null }
}

function keepUntouched(old: Bounds, next: Bounds): Bounds {
  const keep = (was: Date | null, is: Date | null) =>
    was && is && Math.floor(was.getTime() / 60_000) === Math.floor(is.getTime() / 60_000) ? was : is
  return { ...next, expiresAt: keep(old.expiresAt, next.expiresAt), notBefore: keep(old.notBefore, next.notBefore) }
}
