import { expect, test } from 'vitest'
import { clock, day, daysUntil, isoDay, minutesUntil, moment, span, stamp } from './time'

// 16:30 UTC is half past midnight of the next day in Shanghai.
const late = '2018-10-23T16:30:00Z'

test('everything is said in Shanghai time, whatever the device thinks', () => {
  expect(clock(late)).toBe('00:30')
  expect(isoDay(late)).toBe('2018-10-24')
  expect(stamp('2018-10-23T01:05:00Z')).toBe('2018-10-23 09:05')
  expect(day(late, 'zh-CN')).toBe('10月24日周三')
  expect(moment(late, 'en')).toBe('Wed 24 Oct 00:30')
  expect(span('2018-10-23T10:00:00+08:00', '2018-10-23T10:30:00+08:00')).toBe('10:00–10:30')
})

test('a wait that is over is 0 minutes', () => {
  expect(minutesUntil('2018-10-23T10:14:40+08:00', '2018-10-23T10:00:00+08:00')).toBe(15)
  expect(minutesUntil('2018-10-23T09:00:00+08:00', '2018-10-23T10:00:00+08:00')).toBe(0)
})

test('days are counted on the calendar, not by hours', () => {
  expect(daysUntil('2018-10-24T08:50:00+08:00', '2018-10-22T08:00:00+08:00')).toBe(2)
  expect(daysUntil('2018-10-24T08:50:00+08:00', '2018-10-22T23:59:00+08:00')).toBe(2)
  expect(daysUntil('2018-10-24T00:10:00+08:00', '2018-10-23T23:50:00+08:00')).toBe(1)
})
