// The list of files narrowed, and its troubles for Excel.
import { expect, test } from 'vitest'
import { csvOf, narrowed, type Kind, type Row } from './entries'

const row = (position: number, kind: Kind, more: Partial<Row> = {}): Row => ({ position, name: `${position}.jpg`, kind, review: false, why: '', remedy: '', number: '', student: '', ...more })

test('trouble stands first; one kind or some words narrow it', () => {
  const rows = [row(1, 'matched', { student: '王小明', number: '41524001' }), row(2, 'refused'), row(3, 'waiting'), row(4, 'refused')]
  expect(narrowed(rows, null, '').map((one) => one.position)).toEqual([2, 4, 3, 1])
  expect(narrowed(rows, 'refused', '').map((one) => one.position)).toEqual([2, 4])
  expect(narrowed(rows, null, ' ４1524 ').map((one) => one.position)).toEqual([1])
  expect(narrowed(rows, null, '小明').map((one) => one.position)).toEqual([1])
  expect(rows.map((one) => one.position)).toEqual([1, 2, 3, 4])
})

test('what looks like a formula is text, and quotes survive', () => {
  expect(csvOf(['a', 'b'], [['=1+1', '他说"好"']])).toBe('\uFEFF"a","b"\r\n"\'=1+1","他说""好"""\r\n')
})
