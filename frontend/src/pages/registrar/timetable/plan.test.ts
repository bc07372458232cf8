// Moving counts inside the turn, as the server does; several classes stay together; what a change made worse is told from what it mended.
import { expect, test } from 'vitest'
import type { PlanClassOut, PlanFindingOut, PlanOut, PlanSlotOut, Turn } from '@/api'
import { better, movingOut, moving, nudging, overAfter, piecesOf, worse } from './plan'

const one = (id: string, turn: Turn = 'normal', more: Partial<PlanClassOut> = {}) => ({ class_group_id: id, class_group_name: id, turn, heads: 30, first_place: 1, last_place: null, ...more }) as PlanClassOut
const slot = (id: string, classes: PlanClassOut[], over = 0) => ({ slot_id: id, label: id, classes, stress: { over, late_minutes: 0, break_minutes: 0 } }) as PlanSlotOut
const plan = (slots: PlanSlotOut[], findings: PlanFindingOut[] = []): PlanOut => ({ venues: [], slots, unplaced: [{ class_group_id: 'u', class_group_name: 'u', college_id: '', college_name: '', heads: 20 }], conflicts: [], findings, days: [], over: 0 })
const now = plan([slot('A', [one('a', 'first'), one('b'), one('c'), one('d'), one('e', 'last')], 48), slot('B', [one('f'), one('g')], -41)])
const pieces = (...keys: string[]) => keys.map((key) => piecesOf(now).get(key)!)
const places = (changes: ReturnType<typeof moving>) => changes.map((change) => change.kind === 'move_class' && [change.class_group_id, change.turn, change.position, change.from_slot_id])

test('several go before one class and stay in order, each in its own turn', () => {
  expect(places(moving(now, pieces('c@A', 'd@A'), { slot_id: 'B', turn: null, index: 1 }))).toEqual([['c', 'normal', 1, 'A'], ['d', 'normal', 2, 'A']])
  expect(places(moving(now, pieces('e@A', 'u@'), { slot_id: 'B', turn: null, index: 0 }))).toEqual([['e', 'last', 0, 'A'], ['u', 'normal', 0, null]])
})

test('inside a slot the class that moves does not count, and standing still is no change', () => {
  expect(places(moving(now, pieces('b@A'), { slot_id: 'A', turn: null, index: 3 }))).toEqual([['b', 'normal', 1, 'A']])
  expect(places(moving(now, pieces('b@A', 'd@A'), { slot_id: 'A', turn: null, index: 5 }))).toEqual([['b', 'normal', 2, 'A'], ['d', 'normal', 2, 'A']])
  expect(moving(now, pieces('b@A'), { slot_id: 'A', turn: null, index: 2 })).toEqual([])
  expect(places(moving(now, pieces('b@A'), { slot_id: 'A', turn: 'last', index: 5 }))).toEqual([['b', 'last', 1, 'A']])
})

test('arrows stop at the ends of the turn', () => {
  expect(nudging(now, pieces('b@A')[0]!, -1)).toBeNull()
  expect(nudging(now, pieces('b@A')[0]!, 1)).toMatchObject({ class_group_id: 'b', position: 1 })
  expect(nudging(now, pieces('e@A')[0]!, 1)).toBeNull()
})

test('heads leave one slot and fill another; a split class is taken out once', () => {
  expect([...overAfter(now, pieces('b@A', 'u@'), 'B')]).toEqual([['A', 18], ['B', 9]])
  const split = plan([slot('A', [one('x', 'normal', { last_place: 10 })]), slot('B', [one('x', 'normal', { first_place: 11 })])])
  expect(movingOut([...piecesOf(split).values()])).toEqual([{ kind: 'unplace_class', class_group_id: 'x' }])
})

test('less overload is better, not new', () => {
  const over = (n: number): PlanFindingOut => ({ code: 'over_capacity', level: 'warning', sentence: `A ${n}`, slot_ids: ['A'], class_group_ids: [] })
  const before = plan([slot('A', [], 48)], [over(48)])
  const after = plan([slot('A', [], 18)], [over(18)])
  expect(worse(before, after)).toEqual([])
  expect(better(before, after)).toBe(1)
  expect(worse(after, before)).toEqual([over(48)])
})
