// The monitor's one deed, "this student has paid" or "has not". The last word about a student wins, whatever got lost on the way.
import { listLedgerEntries, recordFee, reverseFee, type ClassFeeList, type Recorded } from '@/api'
import { listClassFeesQueryKey } from '@/api/@tanstack/vue-query.gen'
import { isProblem } from '@/app/problems'
import { queryClient } from '@/app/query'
import type { Op } from '@/lib/outbox'

export interface FeeParams {
  campaign_id: string
  class_group_id: string
  student_id: string
  name: string
  /** The entry that the monitor saw when tapping; null where the list showed none. */
  entry_id: string | null
  /** Ids of this phone's own earlier deeds about the student, whose entries the list may not show yet. */
  earlier: string[]
}

export interface FeeBody {
  collected: boolean
  /** Written into the ledger when a collection is taken back. */
  reason: string
}

export type FeeOp = Op<FeeParams, FeeBody>

/** The wanted state is reached, by whoever: nothing left to do. */
const reached = (codes: string[]) => (error: unknown) => {
  if (isProblem(error) && codes.includes(error.code)) return null
  throw error
}

async function collect(op: FeeOp, signal: AbortSignal): Promise<Recorded | null> {
  const { campaign_id, student_id } = op.params
  const body = { op_id: op.id, kind: 'collected' as const, recorded_at: op.recordedAt }
  return recordFee({ path: { campaign_id, student_id }, body, signal, throwOnError: true }).then(({ data }) => data, reached(['already_paid']))
}

/** Reverses only what the monitor knew of. What somebody else collected meanwhile stands, and the list will show it. */
async function takeBack(op: FeeOp, signal: AbortSignal): Promise<Recorded | null> {
  const { campaign_id, student_id, entry_id, earlier } = op.params
  const { data: entries, response } = await listLedgerEntries({ path: { campaign_id, student_id }, signal, throwOnError: true })
  // An old copy may lack the very entry: try later, or the wish would count as fulfilled.
  if (response.headers.has('x-kept-since')) throw new TypeError('an old copy')
  const reversed = new Set(entries.map((entry) => entry.reverses_id))
  const undone = entries.find(
    (entry) =>
      entry.kind === 'collected' &&
      !reversed.has(entry.ledger_entry_id) &&
      (entry.ledger_entry_id === entry_id || earlier.includes(entry.op_id)),
  )
  if (!undone) return null
  const path = { campaign_id, ledger_entry_id: undone.ledger_entry_id }
  return reverseFee({ path, body: { op_id: op.id, reason: op.body.reason }, signal, throwOnError: true }).then(({ data }) => data, reached(['already_reversed']))
}

export async function sendFee(op: FeeOp, signal: AbortSignal) {
  const done = await (op.body.collected ? collect(op, signal) : takeBack(op, signal))
  const { campaign_id, class_group_id, student_id } = op.params
  const queryKey = listClassFeesQueryKey({ path: { campaign_id, class_group_id } })
  if (!done) return void queryClient.invalidateQueries({ queryKey })
  // At once, so that the row does not fall back for a moment while the list is read again.
  const paid = op.body.collected ? done.entry : null
  const now = { fee_state: done.fee_state, paid_fen: paid?.amount_fen ?? 0, last_entry_id: paid?.ledger_entry_id ?? null }
  queryClient.setQueryData<ClassFeeList>(queryKey, (list) =>
    list && { ...list, students: list.students.map((one) => (one.student_id === student_id ? { ...one, ...now } : one)) },
  )
}
