// The list under unsent taps, a handover that waits, and the sums over it; notes that make a sum.
import { expect, test } from 'vitest'
import type { ClassFeeList, StudentFeeOut } from '@/api'
import type { FeeOp } from './fee-deed'
import { feeOf, feeRows, feeSums } from './fee-list'
import { fewest, sumOf } from './notes'

const student = (student_id: string, fee_state: StudentFeeOut['fee_state']): StudentFeeOut => {
  const paid = fee_state === 'with_monitor' || fee_state === 'handed_over'
  return { student_id, number: student_id, name: student_id, on_roster: true, fee_state, paid_fen: paid ? 2000 : 0, last_entry_id: paid ? `e-${student_id}` : null }
}
const students = [student('a', 'unpaid'), student('b', 'with_monitor'), student('c', 'handed_over'), student('d', 'waived'), student('e', 'with_monitor')]
const totals = { people: 5, paid_people: 3, waived_people: 1, due_fen: 2000, collected_fen: 6000, refunded_fen: 0, handed_over_fen: 2000, on_hand_fen: 4000 }
const list = { students, totals } as ClassFeeList
const tap = (key: string, collected: boolean, refused?: string) => [key, { body: { collected }, refused } as FeeOp] as const

test('an unsent tap counts at once, a refused one does not, and money out of the hands does not move', () => {
  const open = { state: 'declared' as const, student_ids: new Set(['e']) }
  const rows = feeRows(list, new Map([tap('a', true), tap('b', false, 'no'), tap('c', false), tap('d', true), tap('e', false)]), open, new Map())
  expect(rows.map((row) => [row.state, row.collected, row.fixed])).toEqual([
    ['with_monitor', true, null],
    ['with_monitor', true, null],
    ['handed_over', true, 'handed_over'],
    ['waived', false, 'waived'],
    ['with_monitor', true, 'declared'],
  ])
  expect(feeSums(rows, feeOf(list))).toMatchObject({ collected_fen: 8000, handed_over_fen: 2000, on_hand_fen: 6000, all_fen: 8000, paid_people: 4, payers: 4 })
})

test('suggested notes make exactly the sum', () => {
  expect(fewest(18000)).toEqual({ '100': 1, '50': 1, '20': 1, '10': 1 })
  expect(fewest(18000, '20')).toEqual({ '20': 9 })
  for (const fen of [0, 1, 2050, 66000, 123457]) expect(sumOf(fewest(fen))).toBe(fen)
})
