// The way back counts inside the turn, as the server does; a class that is there already is not counted twice.
import { expect, test } from 'vitest'
import type { TimetableClass, TimetableSlot, Turn } from '@/api'
import { headsAfter, sameTurn, wayBack } from './moves'

const one = (id: string, turn: Turn, position: number) => ({ class_group_id: id, turn, position, heads: 30 }) as TimetableClass
const slot = (id: string, classes: TimetableClass[]) => ({ slot_id: id, classes, load: { heads: classes.length * 30 } }) as TimetableSlot
const slots = [slot('A', [one('a', 'first', 0), one('b', 'normal', 1), one('c', 'normal', 2), one('d', 'last', 3)]), slot('B', [])]
const timetable = { venues: [], slots }

test('the way back', () => {
  expect(wayBack(timetable, 'c')).toEqual({ slot_id: 'A', turn: 'normal', position: 1 })
  expect(wayBack(timetable, 'd')).toEqual({ slot_id: 'A', turn: 'last', position: 0 })
  expect(wayBack(timetable, 'nobody')).toBeNull()
  expect(sameTurn(slots[0]!, 'normal', 'b').map((c) => c.class_group_id)).toEqual(['c'])
})

test('heads after a move', () => {
  expect(headsAfter(slots[0]!, 'c', 30)).toBe(120)
  expect(headsAfter(slots[1]!, 'c', 30)).toBe(30)
})
