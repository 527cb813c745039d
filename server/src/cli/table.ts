/** Tables for people: plain, narrow, aligned by what a terminal shows. */
import Table from 'cli-table3'
import { escapeControls } from './output.js'

type Cell = string | number | null

const widestCell = 40
const noBorders = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid', 'top-mid', 'top-left', 'top-right', 'bottom-mid', 'bottom-left']
    .concat(['bottom-right', 'left-mid', 'mid-mid', 'right-mid'])
    .map((place) => [place, '']),
)

/** Lines of a table with a heading; long cells are cut. */
export function renderTable(heading: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  return render([heading, ...rows.map((row) => row.map((cell) => cut(printCell(cell))))])
}

/** Lines of one object: a name and a value each, uncut. */
export function renderRecord(members: readonly (readonly [string, Cell])[]): string[] {
  return render(members.map(([name, value]) => [name, printCell(value)]))
}

/** Lines of a JSON document. */
export function renderJson(value: unknown): string[] {
  return JSON.stringify(value, null, 2).split('\n')
}

/** An instant in UTC, to the minute. */
export function printMinute(at: Date | null): string | null {
  return at && `${at.toISOString().slice(0, 16).replace('T', ' ')}Z`
}

/** An instant in UTC, to the second. */
export function printSecond(at: Date | null): string | null {
  return at?.toISOString().replace(/\.[0-9]+Z$/, 'Z') ?? null
}

function render(rows: readonly (readonly string[])[]): string[] {
  const style = { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true }
  const table = new Table({ chars: { ...noBorders, middle: '  ' }, style })
  table.push(...rows.map((row) => [...row]))
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
}

function printCell(cell: Cell): string {
  return cell === null || cell === '' ? '-' : escapeControls(String(cell))
}

function cut(text: string): string {
  const characters = [...text]
  return characters.length > widestCell ? `${characters.slice(0, widestCell - 1).join('')}…` : text
}
