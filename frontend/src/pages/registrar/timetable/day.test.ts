// Classes stand where they are really shot, over the slot's end too; two cameras share them; half-days become windows.
import { expect, test } from 'vitest'
import type { PlanOut, PlanSlotOut } from '@/api'
import { gapsOf, placed } from './day'
import { anotherWindow, requestOf, roomFor, windowsOf } from './windows'

const at = (time: string) => `2018-10-24T${time}:00+08:00`
const slot = (from: string, to: string, heads: number[], { cameras = 1, starts = from, ends = to } = {}) =>
  ({ slot_id: from, venue_id: 'v', starts_at: at(from), ends_at: at(to), cameras, stress: { heads: heads.reduce((a, b) => a + b, 0), starts_really_at: at(starts), ends_really_at: at(ends) }, classes: heads.map((n, i) => ({ class_group_id: String(i), heads: n })) }) as unknown as PlanSlotOut

test('what is beyond the slot is late; a slot that begins late is drawn late', () => {
  expect(placed(slot('09:00', '09:20', [30, 30, 30], { ends: '09:30' }), 6).map(({ top, height, late }) => [top, height, late])).toEqual([[0, 60, false], [60, 60, false], [120, 60, true]])
  expect(placed(slot('10:00', '10:40', [30], { starts: '10:16', ends: '10:26' }), 6)[0]?.top).toBe(96)
})

test('small classes are drawn higher than they take, and are not late for it', () => {
  const many = placed(slot('09:00', '09:40', [6, 6, 6, 30], { ends: '09:16' }), 6)
  expect(many.map(({ top, height }) => [top, height])).toEqual([[0, 22], [22, 22], [44, 22], [66, 30]])
  expect(placed(slot('09:00', '09:06', [6, 6, 6]), 6).some((one) => one.late)).toBe(false)
})

test('with two cameras a class goes where one is free first', () => {
  expect(placed(slot('09:00', '10:00', [30, 15, 15], { cameras: 2, ends: '09:10' }), 6).map(({ lane, top }) => [lane, top])).toEqual([[0, 0], [1, 0], [1, 30]])
})

test('gaps, windows and the request', () => {
  const slots = [slot('09:00', '10:00', [30]), slot('10:05', '12:00', [30]), slot('13:00', '16:00', [30])]
  const venue = { venue_id: 'v', venue_name: 'gym', room: '1202', gate: '' }
  expect(gapsOf({ id: '', day: '2018-10-24', venue, slots })).toEqual([{ from: 720, to: 780 }])
  const rows = windowsOf({ venues: [venue], slots } as unknown as PlanOut)
  expect(rows.map(({ from, to, venue }) => [from, to, venue])).toEqual([['09:00', '12:00', 'gym'], ['13:00', '16:00', 'gym']])
  expect(roomFor(rows, 30, 10)).toBe(1080)
  expect(anotherWindow(rows, '2018-10-20')).toMatchObject({ day: '2018-10-25', from: '13:00', venue: 'gym' })
  const asked = requestOf(rows, [{ key: 1, who: 'college:k', day: '2018-10-24', half: 'morning' }], { together: true, spare: 3, grain: 5, seconds: 30 }, [{ class_group_id: 'c', college_id: 'k' }, { class_group_id: 'd', college_id: 'other' }])
  expect(asked.forbidden).toEqual([{ class_group_id: 'c', starts_at: at('00:00'), ends_at: at('12:00') }])
  expect(Object.keys(asked.windows[0]!)).not.toContain('key')
})
