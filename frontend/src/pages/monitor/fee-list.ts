// The class list as the monitor sees it: what the server has, with what this phone still has to send laid over it. Pure.
import type { ClassFeeList, StudentCheckIn, StudentFeeOut } from '@/api'
import type { FeeState } from '@/lib/states'
import type { FeeOp } from './fee-deed'

export interface FeeRow extends StudentFeeOut {
  state: FeeState
  collected: boolean
  /** On this phone only, still to be sent. */
  unsent: boolean
  /** No switch: handed over, declared, waived. */
  fixed: 'handed_over' | 'declared' | 'disputed' | 'waived' | null
  check_in: StudentCheckIn | null
}

/** 20 yuan a head, taken from what the list says. */
export function feeOf({ totals, students }: ClassFeeList): number {
  const owing = totals.people - totals.paid_people - totals.waived_people
  return owing > 0 ? totals.due_fen / owing : Math.max(0, ...students.map((one) => one.paid_fen))
}

/** Whose money is on the handover that waits for the agency. */
export interface OpenHandover {
  state: 'declared' | 'disputed'
  student_ids: Set<string>
}

function fixedBy(one: StudentFeeOut, open: OpenHandover | null): FeeRow['fixed'] {
  if (one.fee_state === 'handed_over' || one.fee_state === 'waived') return one.fee_state
  return open?.student_ids.has(one.student_id) ? open.state : null
}

export function feeRows(list: ClassFeeList, deeds: Map<string, FeeOp>, open: OpenHandover | null, checkIns: Map<string, StudentCheckIn>): FeeRow[] {
  return list.students.map((one) => {
    const fixed = fixedBy(one, open)
    const deed = deeds.get(one.student_id)
    const unsent = deed !== undefined && deed.refused === undefined
    const said = unsent && !fixed ? deed.body.collected : one.paid_fen > 0
    const state = said === one.paid_fen > 0 ? one.fee_state : said ? 'with_monitor' : 'unpaid'
    return { ...one, state, collected: said, unsent, fixed, check_in: checkIns.get(one.student_id) ?? null }
  })
}

export interface FeeSums {
  collected_fen: number
  handed_over_fen: number
  on_hand_fen: number
  /** When everybody has paid. */
  all_fen: number
  paid_people: number
  payers: number
  owing: FeeRow[]
}

export function feeSums(rows: FeeRow[], fee: number): FeeSums {
  const paid = rows.filter((row) => row.collected)
  const owing = rows.filter((row) => row.on_roster && !row.collected && row.fixed === null)
  const worth = (some: FeeRow[]) => some.reduce((fen, row) => fen + (row.paid_fen || fee), 0)
  const collected_fen = worth(paid)
  const handed_over_fen = worth(paid.filter((row) => row.fixed === 'handed_over'))
  return {
    collected_fen,
    handed_over_fen,
    on_hand_fen: collected_fen - handed_over_fen,
    all_fen: collected_fen + owing.length * fee,
    paid_people: paid.length,
    payers: paid.length + owing.length,
    owing,
  }
}

/** By name or by the end of the number, as people say it. */
export function matches(row: { name: string; number: string }, typed: string): boolean {
  const words = typed.trim().toLowerCase()
  return !words || row.name.toLowerCase().includes(words) || row.number.toLowerCase().includes(words)
}
