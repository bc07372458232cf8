// Which proposals go with one tap, and whom typed digits mean.
import { expect, test } from 'vitest'
import type { ContactStudent, TrayPhotoOut } from '@/api'
import { byTail, doubtOf, step, sure, trayActionOf } from './tray'

const photo = (id: string, proposed: string | null, held: TrayPhotoOut['held'] = 'one_sign') => ({ photo_id: id, proposed_student_id: proposed, held }) as TrayPhotoOut
const student = (id: string, number: string, state: ContactStudent['photo_state'] = null) => ({ student_id: id, number, name: id, photo_id: null, photo_state: state }) as ContactStudent

test('together go only single photos of students without a good one, in order', () => {
  const students = [student('a', '1'), student('b', '2'), student('c', '3', 'accepted'), student('d', '4', 'rejected'), student('e', '5')]
  const photos = [photo('1', 'a'), photo('2', 'b'), photo('3', 'b'), photo('4', 'c'), photo('5', 'd'), photo('6', 'e', 'frozen_stretch'), photo('7', 'e', 'signs_differ'), photo('8', null)]
  expect(sure(photos, students).map((one) => one.photo_id)).toEqual(['1', '5'])
  expect(photos.map((one) => doubtOf(one, photos, students))).toEqual([null, 'twice', 'twice', 'has_photo', null, 'frozen', 'twice', null])
})

test('typed digits mean whose number ends so; steps stay on the list', () => {
  const students = [student('a', '41524001'), student('b', '41524011'), student('c', '41524002')]
  expect(byTail(students, '1').map((one) => one.student_id)).toEqual(['a', 'b'])
  expect(byTail(students, '02').map((one) => one.student_id)).toEqual(['c'])
  expect(byTail(students, '')).toEqual([])
  expect([step(students, undefined, 1), step(students, students[2], 1), step(students, students[1], -1)]).toEqual([students[0], students[2], students[0]])
  expect(step([], undefined, 1)).toBeUndefined()
})

test('keys by their place; only Ctrl+Z is ours of the Ctrl keys', () => {
  const key = (code: string, more = {}) => trayActionOf({ code, ctrlKey: false, metaKey: false, altKey: false, ...more })
  expect([key('Digit7'), key('Numpad3'), key('KeyC'), key('Space')]).toEqual([{ digit: '7' }, { digit: '3' }, 'confirm', 'enlarge'])
  expect([key('KeyZ', { ctrlKey: true }), key('KeyC', { ctrlKey: true }), key('KeyZ', { altKey: true })]).toEqual(['undo', undefined, undefined])
})
