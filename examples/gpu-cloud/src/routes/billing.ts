/** Bills: invoices in the three forms that clients ask for, and charges. Reading them needs billing rights in front. */
import { type CloudRequest, type Route, readJsonQuery } from '../http.js'
import { cutPage, filterRows, sortRows } from '../rows.js'
import { type CloudState, type Row, toRow } from '../state.js'

export const billingRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/v1/invoices', handle: (r, s) => listPage(r, s.invoices, 'when') },
  { method: 'GET', path: '/api/v0/charges', handle: (r, s) => listPage(r, s.charges, 'day') },
  { method: 'GET', path: '/api/v0/invoices', handle: searchInvoices },
  { method: 'GET', path: '/api/v0/users/{user_id}/invoices', handle: listBillingHistory },
]

function listPage(request: CloudRequest, rows: Row[], dateColumn: string): object {
  const found = filterRows(rows, toRow(readJsonQuery(request, 'select_filters', {})))
  const descending = request.query.get('latest_first') === 'true'
  const limit = Math.min(Math.max(Number(request.query.get('limit')) || 20, 1), 100)
  const page = cutPage(sortRows(found, [{ column: dateColumn, descending }]), limit, request.query.get('after_token'))
  return {
    success: true,
    results: page.rows,
    count: page.rows.length,
    total: found.length,
    next_token: page.nextToken,
  }
}

function searchInvoices(request: CloudRequest, state: CloudState): object {
  return { success: true, invoices: filterRows(state.invoices, toRow(readJsonQuery(request, 'select_filters', {}))) }
}

/** The deprecated report: charges and payments in one list, between `sdate` and `edate`. */
function listBillingHistory(request: CloudRequest, state: CloudState): object {
  const from = Number(request.query.get('sdate') ?? 0)
  const until = Number(request.query.get('edate') ?? request.nowSeconds)
  const payments = state.invoices.map((row) => toHistoryRow(row, 'payment', row.when))
  const charges = state.charges.map((row) => toHistoryRow(row, 'charge', row.day))
  const wanted = request.query.get('inc_charges') === 'false' ? payments : [...payments, ...charges]
  const owedCents = state.charges.reduce((sum, charge) => sum + Math.round(Number(charge.amount) * 100), 0)
  const owed = owedCents / 100
  return {
    success: true,
    invoices: filterRows(wanted, { timestamp: { gte: from, lte: until } }),
    current: { charges: owed, service_fee: 0, total: owed, credit: 60 - owed },
  }
}

function toHistoryRow(row: Row, type: string, timestamp: unknown): Row {
  const { amount, description } = row
  return { type, timestamp, description, quantity: '1', rate: String(amount), amount: String(amount) }
}
