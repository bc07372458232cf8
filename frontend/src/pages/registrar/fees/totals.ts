// Class sums to college sums, and which classes a filter keeps.
import type { ClassFees, FeeTotals, HandoverLine } from '@/api'

export const SHOWS = ['all', 'due', 'on_hand', 'declared', 'disputed'] as const
export type Show = (typeof SHOWS)[number]

export interface ClassRow extends ClassFees {
  /** Declared or disputed: not settled yet. */
  open: HandoverLine[]
}
export interface CollegeRows {
  college_id: string
  college_name: string
  totals: FeeTotals
  open: HandoverLine[]
  classes: ClassRow[]
}

const keys = ['people', 'paid_people', 'waived_people', 'due_fen', 'collected_fen', 'refunded_fen', 'handed_over_fen', 'on_hand_fen'] as const

export function addUp(classes: ClassFees[]): FeeTotals {
  const sum = { people: 0, paid_people: 0, waived_people: 0, due_fen: 0, collected_fen: 0, refunded_fen: 0, handed_over_fen: 0, on_hand_fen: 0 }
  for (const one of classes) for (const key of keys) sum[key] += one.totals[key]
  return sum
}

export function classRows(classes: ClassFees[], handovers: HandoverLine[]): ClassRow[] {
  const open = new Map<string, HandoverLine[]>()
  for (const one of handovers) {
    if (one.state !== 'declared' && one.state !== 'disputed') continue
    open.set(one.class_group_id, [...(open.get(one.class_group_id) ?? []), one])
  }
  return classes.map((one) => ({ ...one, open: open.get(one.class_group_id) ?? [] }))
}

export function keeps(row: ClassRow, show: Show): boolean {
  if (show === 'all') return true
  if (show === 'due') return row.totals.due_fen > 0
  if (show === 'on_hand') return row.totals.on_hand_fen > 0
  return row.open.some((one) => one.state === show)
}

/** In the order given; a college's sums are those of the classes shown. */
export function byCollege(rows: ClassRow[]): CollegeRows[] {
  const found = new Map<string, CollegeRows>()
  for (const row of rows) {
    const college = found.get(row.college_id) ?? { college_id: row.college_id, college_name: row.college_name, totals: addUp([]), open: [], classes: [] }
    college.classes.push(row)
    college.open.push(...row.open)
    found.set(row.college_id, college)
  }
  return [...found.values()].map((one) => ({ ...one, totals: addUp(one.classes) }))
}
