/** The areas of the catalog, each with its levels, and behind them the endpoints one by one. */
import { wildcard } from '@keyporter/core'
import { ChevronDown, X } from 'lucide-react'
import { Collapsible } from 'radix-ui'
import { useId, useState } from 'react'
import { Badge } from '../components/badge.js'
import { Button } from '../components/button.js'
import { Segments } from '../components/choice.js'
import { FieldError } from '../components/field.js'
import { type Area, anyArea, findLevel, type Level, listAreas, listUnknown, setLevel } from './areas.js'
import { CategoryPanel } from './category-panel.js'
import { findProblemAt, useEditor } from './editing.js'
import { findNode } from './edits.js'
import { findLevelLimit } from './limits.js'

export function AreaList() {
  const { catalog, creator, draft, changeForm } = useEditor()
  const areas = listAreas(catalog)
  const shared = areas.filter(({ reserved }) => !reserved)
  // Those who do not hold a reserved category by name cannot give it, and need not know of it.
  const reserved = areas.filter((area) => area.reserved && (creator.has(area.id) || draft.form.has(area.id)))
  const hasAny = creator.has(wildcard) || draft.form.has(wildcard)
  return (
    <div className="flex flex-col">
      <ul aria-label="Areas" className="flex flex-col divide-y divide-line">
        {shared.map((area) => (
          <AreaItem key={area.id} area={area} />
        ))}
        {hasAny && <AreaItem area={anyArea} note="What is not listed, and what a later catalog adds." />}
        {listUnknown(draft.form, catalog).map((category) => (
          <li key={category} className="flex items-center justify-between gap-3 px-5 py-3">
            <div className="min-w-0">
              <span className="font-mono text-sm">{category}</span> <Badge tone="warn">Custom rule</Badge>
              <p className="text-sm text-muted">This category is not in the catalog, and grants nothing.</p>
            </div>
            <Button
              size="sm"
              icon={X}
              onClick={() => changeForm((form) => new Map([...form].filter(([each]) => each !== category)))}
            >
              Remove
            </Button>
          </li>
        ))}
      </ul>
      {reserved.length > 0 && (
        <>
          <h3 className="border-t border-line bg-sunken px-5 py-2 text-sm font-medium text-muted">
            Across accounts: for operators only
          </h3>
          <ul aria-label="Across accounts" className="flex flex-col divide-y divide-line">
            {reserved.map((area) => (
              <AreaItem key={area.id} area={area} note={reservedNotes[area.id]} />
            ))}
          </ul>
        </>
      )}
    </div>
  )
}

const reservedNotes: Readonly<Record<string, string>> = {
  verify: 'Asks whether any key of any account may do something.',
  operate: 'Sees how the service is running.',
}

function AreaItem({ area, note }: { area: Area; note?: string | undefined }) {
  const { catalog, creator, draft, problem, changeForm } = useEditor()
  const [isOpen, setOpen] = useState(false)
  const reasonId = useId()
  const level = findLevel(draft.form, area)
  const limits = area.levels.map((each) => ({ ...each, limit: findLevelLimit(area, each.level, creator) }))
  const limited = limits.findLast(({ limit }) => limit !== null)
  const found = area.categories.map((category) => findProblemAt(problem, ['api', category])).find(Boolean)
  const isGoverned =
    area.id !== wildcard && draft.form.has(wildcard) && area.categories.every((category) => !draft.form.has(category))
  return (
    <Collapsible.Root asChild open={isOpen} onOpenChange={setOpen}>
      <li className="flex flex-col gap-2 px-5 py-3">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
          <div className="min-w-36 flex-1 basis-36">
            <h3 className="flex items-center gap-2 font-medium">
              {area.title}
              {level === 'custom' && <Badge tone="accent">Custom</Badge>}
            </h3>
            <p className="text-sm text-muted">
              {note ?? <span className="font-mono text-xs">{area.categories.join(', ')}</span>}
              {isGoverned && findNode(draft.form, area.categories[0]!) && ' · by “everything else”'}
            </p>
          </div>
          <div className="flex min-w-0 items-center gap-1 sm:gap-3">
            <Segments<Level>
              label={area.title}
              value={level}
              onChange={(next) => {
                if (next !== 'custom') changeForm((form) => setLevel(form, area, next, catalog))
              }}
              options={limits.map(({ level: value, label, limit }) => ({ value, label, barredBy: limit && reasonId }))}
            />
            <Collapsible.Trigger asChild>
              <Button
                size="sm"
                variant="quiet"
                className="group -mr-2.5 sm:mr-0"
                aria-label={`Customise ${area.title}`}
              >
                <span className="hidden sm:inline">Customise</span>
                <ChevronDown
                  aria-hidden="true"
                  className="size-4 transition-transform group-data-[state=open]:rotate-180"
                />
              </Button>
            </Collapsible.Trigger>
          </div>
        </div>
        {limited && (
          <p id={reasonId} className="text-sm text-muted">
            {limited.label}: {limited.limit}
          </p>
        )}
        {found && !(isOpen && isInside(found.path)) && <FieldError>{found.msg}</FieldError>}
        <Collapsible.Content className="flex flex-col gap-3 pt-1">
          {area.categories.map((category) => (
            <CategoryPanel key={category} category={category} />
          ))}
        </Collapsible.Content>
      </li>
    </Collapsible.Root>
  )
}

/** Whether a problem is shown by something below the area itself. */
function isInside(path: readonly string[]): boolean {
  return path.length > 2
}
