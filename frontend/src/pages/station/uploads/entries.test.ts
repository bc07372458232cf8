// The list of files narrowed, and its troubles for Excel.
import { expect, test } from 'vitest'
import type { EntryOut } from '@/api'
import { csvOf, merged, narrowed, type Kind, type Row } from './entries'
import type { PhotoFile } from './photo-sender'

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

test('after a folder the server says what became of each file, under its own name; what never arrived stays', () => {
  const entry = { position: 1, name: '1199****.jpg', outcome: 'matched', photo_state: 'accepted', why: '', remedy: '', student_number: null, student_name: null } as EntryOut
  const sent = (position: number, stage: 'done' | 'failed') => ({ name: `${position}.jpg`, meta: { position, stage, entry: stage === 'done' ? { ...entry, outcome: 'waiting' } : null, why: 'x' } }) as unknown as PhotoFile
  expect(merged([entry], [sent(1, 'done'), sent(2, 'failed')]).map(({ name, kind }) => `${name} ${kind}`)).toEqual(['1.jpg matched', '2.jpg failed'])
})
