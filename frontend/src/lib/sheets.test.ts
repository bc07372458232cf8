// A class that was split is printed part by part: nobody twice, nobody missing.
import { expect, test } from 'vitest'
import { inPart } from './sheets'

test('the parts of a split class hold everybody once', () => {
  const students = ['1', '2', '3', '4', '5']
  const parts = [inPart(students, { first_place: 1, last_place: 2 }), inPart(students, { first_place: 3, last_place: null })]
  expect(parts).toEqual([['1', '2'], ['3', '4', '5']])
  expect(inPart(students, { first_place: 1, last_place: null })).toEqual(students)
})
