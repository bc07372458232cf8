// What a person does in the tray, without the screen: which proposals are sure enough for one tap, and who is meant by typed digits.
import type { ContactStudent, TrayPhotoOut } from '@/api'

/** Proposals that may be confirmed together: one photo a student, nobody who has a good one, no stretch that does not fit. */
export function sure(photos: TrayPhotoOut[], students: ContactStudent[]): TrayPhotoOut[] {
  const owners = new Set(students.filter((one) => one.photo_state === 'accepted').map((one) => one.student_id))
  const times = new Map<string, number>()
  for (const { proposed_student_id: id } of photos) if (id) times.set(id, (times.get(id) ?? 0) + 1)
  return photos.filter(({ held, proposed_student_id: id }) => id !== null && held === 'one_sign' && times.get(id) === 1 && !owners.has(id))
}

/** Why a proposal is not among the sure ones; null when it is, or when there is none. */
export function doubtOf(photo: TrayPhotoOut, photos: TrayPhotoOut[], students: ContactStudent[]): 'frozen' | 'twice' | 'has_photo' | null {
  if (photo.held === 'frozen_stretch') return 'frozen'
  if (!photo.proposed_student_id) return null
  if (photos.some((one) => one !== photo && one.proposed_student_id === photo.proposed_student_id)) return 'twice'
  return students.find((one) => one.student_id === photo.proposed_student_id)?.photo_state === 'accepted' ? 'has_photo' : null
}

/** Students whose 学号 ends with what was typed. */
export const byTail = (students: ContactStudent[], tail: string) => (tail ? students.filter((one) => one.number.endsWith(tail)) : [])

/** One step along a list, staying on it; from nowhere to its first. */
export function step<T>(list: T[], from: T | undefined, by: number): T | undefined {
  const at = from === undefined ? -1 : list.indexOf(from)
  return list[at < 0 ? 0 : Math.max(0, Math.min(list.length - 1, at + by))]
}

export type TrayAction = 'next' | 'previous' | 'up' | 'down' | 'assign' | 'confirm' | 'undo' | 'enlarge' | 'clear' | 'erase' | { digit: string }
const CODES: Record<string, TrayAction> = {
  ArrowRight: 'next',
  ArrowLeft: 'previous',
  ArrowUp: 'up',
  ArrowDown: 'down',
  Enter: 'assign',
  NumpadEnter: 'assign',
  KeyC: 'confirm',
  KeyZ: 'undo',
  Space: 'enlarge',
  Escape: 'clear',
  Backspace: 'erase',
}

/** By place on the keyboard, so that they work under a Chinese input method too. */
export function trayActionOf(event: Pick<KeyboardEvent, 'code' | 'ctrlKey' | 'metaKey' | 'altKey'>): TrayAction | undefined {
  if (event.altKey) return undefined
  if (event.ctrlKey || event.metaKey) return event.code === 'KeyZ' ? 'undo' : undefined
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1]
  return digit !== undefined ? { digit } : CODES[event.code]
}
