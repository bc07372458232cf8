// The filters of the fee table and its college sums.
import { expect, test } from 'vitest'
import type { ClassFees, HandoverLine } from '@/api'
import { byCollege, classRows, keeps, SHOWS } from './totals'

const group = (id: string, college_id: string, due_fen: number, on_hand_fen: number): ClassFees => ({
  class_group_id: id,
  class_group_name: id,
  college_id,
  college_name: college_id,
  totals: { people: 30, paid_people: 29, waived_people: 1, due_fen, collected_fen: 58_000, refunded_fen: 0, handed_over_fen: 58_000 - on_hand_fen, on_hand_fen },
})
const handover = (class_group_id: string, state: HandoverLine['state']) => ({ class_group_id, state }) as HandoverLine

const rows = classRows(
  [group('a1', 'a', 0, 0), group('a2', 'a', 2000, 0), group('b1', 'b', 0, 58_000), group('b2', 'b', 0, 2000)],
  [handover('a1', 'confirmed'), handover('b1', 'declared'), handover('b2', 'disputed'), handover('a2', 'withdrawn')],
)

test('each filter keeps its classes; what is confirmed or withdrawn is no longer open', () => {
  const kept = SHOWS.map((show) => rows.filter((row) => keeps(row, show)).map((row) => row.class_group_id))
  expect(kept).toEqual([['a1', 'a2', 'b1', 'b2'], ['a2'], ['b1', 'b2'], ['b1'], ['b2']])
})

test('a college is the sum of its classes', () => {
  const [a, b] = byCollege(rows)
  expect([a?.totals.due_fen, a?.totals.on_hand_fen, a?.open.length]).toEqual([2000, 0, 0])
  expect([b?.totals.people, b?.totals.on_hand_fen, b?.open.length]).toEqual([60, 60_000, 2])
})
