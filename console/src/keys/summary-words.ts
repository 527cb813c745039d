/** What a key may do in the few words that a row has place for. */
import type { AreaLevel, PermissionSummary } from '@keyporter/core'

const levels: readonly (readonly [Exclude<AreaLevel, 'none'>, string])[] = [
  ['write', 'read and write'],
  ['read', 'read'],
  ['partial', 'in part'],
]

/** "instances, miscellaneous: read and write; user: read; 1 constraint". What is not granted is not named. */
export function describeSummary({ areas, constraintCount }: PermissionSummary): string {
  const granted = levels.flatMap(([level, words]) => {
    const titles = areas.filter((area) => area.level === level).map(({ title }) => title)
    return titles.length > 0 ? [`${titles.join(', ')}: ${words}`] : []
  })
  if (granted.length === 0) return 'nothing'
  const constraints = constraintCount === 1 ? '1 constraint' : `${constraintCount} constraints`
  return [...granted, ...(constraintCount > 0 ? [constraints] : [])].join('; ')
}
