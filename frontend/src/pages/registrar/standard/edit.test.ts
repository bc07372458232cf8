// What is sent is the difference from the national values, and nothing that cannot be demanded.
import { expect, test } from 'vitest'
import type { StandardField } from '@/api'
import { changesOf, colourOf, faultOf, groupsOf, hexOf, typedAll, unsavedOf } from './edit'

const field = (name: string, value: StandardField['value'], more: Partial<StandardField> = {}): StandardField => ({ name, zh: name, unit: '', group: 'g', whole: true, low: 0, high: 400, default: value, value, ...more })
const fields = [field('face_width_min', 170, { default: 180 }), field('roll_review', 4, { whole: false, high: 90 }), field('background_colours', [[255, 255, 255]], { low: null, high: null, group: 'b' })]

test('only differences from the national values are sent', () => {
  const typed = typedAll(fields)
  expect([changesOf(fields, typed), unsavedOf(fields, typed)]).toEqual([{ face_width_min: 170 }, 0])
  typed.roll_review = ' 4.5 '
  typed.face_width_min = '180'
  ;(typed.background_colours as number[][])[0] = colourOf('#64c5ff')
  expect(changesOf(fields, typed)).toEqual({ roll_review: 4.5, background_colours: [[100, 197, 255]] })
  expect(unsavedOf(fields, typed)).toBe(3)
  expect(fields[2]!.value).toEqual([[255, 255, 255]])
})

test('faults at the field', () => {
  expect(['', 'x', '1.5', '401', '-1', '400'].map((typed) => faultOf(fields[0]!, typed))).toEqual(['number', 'number', 'whole', 'bounds', 'bounds', null])
  expect(faultOf(fields[2]!, [])).toBe('colours')
  expect(hexOf([100, 197, 255])).toBe('#64c5ff')
  expect(groupsOf(fields).map((one) => one.fields.length)).toEqual([2, 1])
})
