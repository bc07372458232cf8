// Groups come in the order of their minutes, each in the order of the list; without a minute last.
import { expect, test } from 'vitest'
import { byMinute } from './minutes'

test('groups by minute, earliest first', () => {
  const one = (number: string, arrival_at: string | null) => ({ number, arrival_at })
  const groups = byMinute([one('3', null), one('1', '2018-10-23T01:05:00Z'), one('2', '2018-10-23T01:00:00Z'), one('4', '2018-10-23T01:05:00Z')])
  expect(groups.map((group) => [group.at, group.students.map((student) => student.number).join('')])).toEqual([
    ['2018-10-23T01:00:00Z', '2'],
    ['2018-10-23T01:05:00Z', '14'],
    [null, '3'],
  ])
})
