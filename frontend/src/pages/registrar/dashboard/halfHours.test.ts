// Which day the chart shows, and when the shoot counts as late.
import { expect, test } from 'vitest'
import { aheadBy, dayToShow, shootDays } from './halfHours'

const at = (starts_at: string, shots: number, planned = 90) => ({ starts_at, shots, planned })
const days = shootDays([
  at('2018-10-23T01:00:00Z', 90),
  at('2018-10-23T01:30:00Z', 30),
  at('2018-10-23T16:30:00Z', 1, 0), // 00:30 on the 24th in Shanghai
  at('2018-10-25T01:00:00Z', 0),
])

test('days are days in Shanghai', () => {
  expect(days.map((one) => [one.day, one.shots, one.planned])).toEqual([
    ['2018-10-23', 120, 180],
    ['2018-10-24', 1, 0],
    ['2018-10-25', 0, 90],
  ])
})

test('today, else the next day of the shoot, else the last one; the address wins', () => {
  expect(dayToShow(days, '2018-10-22')?.day).toBe('2018-10-23')
  expect(dayToShow(days, '2018-10-25')?.day).toBe('2018-10-25')
  expect(dayToShow(days, '2019-01-01')?.day).toBe('2018-10-25')
  expect(dayToShow(days, '2019-01-01', '2018-10-23')?.day).toBe('2018-10-23')
  expect(dayToShow([], '2019-01-01')).toBeUndefined()
})

test('the running half hour counts in proportion, and nothing is late before it begins', () => {
  expect(aheadBy(days[0]!, new Date('2018-10-23T00:59:00Z'))).toBeNull()
  expect(aheadBy(days[0]!, new Date('2018-10-23T01:40:00Z'))).toBe(0)
  expect(aheadBy(days[0]!, new Date('2018-10-23T09:00:00Z'))).toBe(-60)
})
