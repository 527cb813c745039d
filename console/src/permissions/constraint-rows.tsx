/** The constraints of one scope, a row for each: which parameter, how it is compared, with what. */
import { Plus, X } from 'lucide-react'
import { useId } from 'react'
import { Button } from '../components/button.js'
import { FieldError } from '../components/field.js'
import { IconButton } from '../components/icon-button.js'
import { Select } from '../components/select.js'
import { TextInput } from '../components/text-input.js'
import { findProblemAt, useEditor } from './editing.js'
import { addRow, changeRow, findRows, listFreeOperators, removeRow } from './edits.js'
import type { Operator, Row } from './form.js'
import { findTypes, listParameters, type Scope } from './parameters.js'

const operatorLabels: Readonly<Record<Operator, string>> = { eq: 'is', lte: 'is at most', gte: 'is at least' }

interface ConstraintRowsProps {
  readonly scope: Scope
  /** What is constrained, for screen readers: "api.instance.destroy". */
  readonly what: string
}

export function ConstraintRows({ scope, what }: ConstraintRowsProps) {
  const { draft } = useEditor()
  const rows = findRows(draft.form, scope)
  if (rows.length === 0) return null
  return (
    <ul aria-label={`Constraints on ${what}`} className="flex flex-col gap-2">
      {rows.map((row, at) => (
        <ConstraintRow
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place; its texts change while it is typed in
          key={at}
          scope={scope}
          at={at}
          row={row}
          rows={rows}
        />
      ))}
    </ul>
  )
}

export function AddConstraint({ scope, what }: ConstraintRowsProps) {
  const { catalog, changeForm } = useEditor()
  if (listParameters(catalog, scope).length === 0) return null
  return (
    <Button
      size="sm"
      variant="quiet"
      icon={Plus}
      aria-label={`Add constraint on ${what}`}
      onClick={() => changeForm((form) => addRow(form, scope, catalog))}
    >
      <span className="hidden sm:inline">Constraint</span>
    </Button>
  )
}

interface ConstraintRowProps {
  readonly scope: Scope
  readonly at: number
  readonly row: Row
  readonly rows: readonly Row[]
}

function ConstraintRow({ scope, at, row, rows }: ConstraintRowProps) {
  const { catalog, changeForm, problem } = useEditor()
  const errorId = useId()
  const change = (next: Partial<Row>) => changeForm((form) => changeRow(form, scope, at, next))
  const place = [
    'api',
    scope.category,
    ...(scope.endpointId === null ? [] : [scope.endpointId]),
    'constraints',
    row.parameter,
  ]
  const found =
    findProblemAt(problem, [...place, row.operator]) ??
    (problem?.path.length === place.length ? findProblemAt(problem, place) : null)
  const types = findTypes(catalog, scope, row.parameter)
  const placeholder = `${types.join(' or ')}${row.operator === 'eq' ? ', several with commas' : ''}`
  return (
    <li className="flex flex-col gap-1">
      <div className="flex flex-wrap items-start gap-1.5">
        <ParameterInput scope={scope} at={at} row={row} rows={rows} onChange={change} />
        <Select
          label="Comparison"
          value={row.operator}
          onChange={(operator) => change({ operator })}
          options={listFreeOperators(rows, at, row.parameter, scope, catalog).map((value) => ({
            value,
            label: operatorLabels[value],
          }))}
          className="w-30"
        />
        <TextInput
          aria-label={`Value of ${row.parameter}`}
          aria-invalid={found ? true : undefined}
          aria-describedby={found ? errorId : undefined}
          value={row.text}
          placeholder={placeholder}
          onChange={(event) => change({ text: event.target.value })}
          autoCapitalize="none"
          spellCheck={false}
          className="flex-1 basis-44 font-mono"
        />
        <IconButton
          label={`Remove the constraint on ${row.parameter}`}
          icon={X}
          onClick={() => changeForm((form) => removeRow(form, scope, at))}
        />
      </div>
      {found && (
        <FieldError id={errorId}>
          {row.text.trim() === '' ? 'Give a value, or remove this constraint.' : found.msg}
        </FieldError>
      )}
    </li>
  )
}

/** Parameters of the catalog; for an object, the path to its member is typed. */
function ParameterInput({
  scope,
  at,
  row,
  rows,
  onChange,
}: ConstraintRowProps & { readonly onChange: (next: Partial<Row>) => void }) {
  const { catalog } = useEditor()
  const parameters = listParameters(catalog, scope)
  const [head] = row.parameter.split('.')
  const isMember = row.parameter.includes('.')
  const options = parameters.flatMap(({ name, type }) => {
    const parameter = type === 'object' ? `${name}.member` : name
    const [operator] = listFreeOperators(rows, at, parameter, scope, catalog)
    const isOwn = isMember ? name === head : name === row.parameter
    return operator || isOwn
      ? [{ value: name, label: type === 'object' ? `${name}.…` : name, hint: describeType(type), type, operator }]
      : []
  })
  const choose = (name: string) => {
    const option = options.find(({ value }) => value === name)
    if (!option) return
    const parameter = option.type === 'object' ? `${name}.member` : name
    const free = listFreeOperators(rows, at, parameter, scope, catalog)
    const operator = free.includes(row.operator) ? row.operator : free[0]
    if (operator) onChange({ parameter, operator })
  }
  const isKnown = options.some(({ value }) => value === head)
  return (
    <div className="flex min-w-0 flex-1 basis-28 flex-col gap-1.5 sm:max-w-48">
      <Select
        label="Parameter"
        value={isKnown ? head! : row.parameter}
        onChange={choose}
        options={
          isKnown ? options : [{ value: row.parameter, label: row.parameter, hint: 'not in the catalog' }, ...options]
        }
        className="w-full font-mono"
      />
      {isMember && isKnown && (
        <TextInput
          aria-label={`Member of ${head}`}
          value={row.parameter.slice(head!.length + 1)}
          onChange={(event) => onChange({ parameter: `${head}.${event.target.value}` })}
          autoCapitalize="none"
          spellCheck={false}
          className="font-mono"
        />
      )}
    </div>
  )
}

function describeType(type: string): string {
  return type.replace(/^array<(.+)>$/, 'list of $1')
}
