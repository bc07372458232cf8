// The chat text chases only who can act; moving a class stays within first, normal and last.
import { expect, test } from 'vitest'
import type { StatusOut, TimetableClass, TimetableSlot } from '@/api'
import { ensureWords } from '@/app/i18n'
import { chaseText } from './chase'
import { endOf, standingOf, step } from './moves'

const status = (name: string, class_group_name: string, why: StatusOut['why'], photo_reason = '') => ({ name, class_group_name, why, photo_reason, next_step: `${why}!` }) as StatusOut

test('by reason, each class on a line, with the reason of a rejected photo and the deadline', async () => {
  await ensureWords('counsellor')
  const text = chaseText(
    [status('甲', '一班', 'missed'), status('乙', '二班', 'missed'), status('丙', '一班', 'missed'), status('丁', '一班', 'photo_rejected', '闭眼'), status('戊', '一班', 'not_yet'), status('己', '一班', null)],
    '自动化学院',
    new Date('2018-10-24T03:14:00Z'),
    '2019-03-10T15:59:59Z',
  )
  expect(text).toBe(
    [
      '【毕业生图像采集】自动化学院截至 10月24日周三 11:14，还有 4 人需要处理：',
      '未到场（3 人）\nmissed!\n一班：甲、丙\n二班：乙',
      '照片未通过（1 人）\nphoto_rejected!\n一班：丁（闭眼）',
      '2019-03-10 前没有合格照片，就做不了学历证书电子注册，请互相转告。',
    ].join('\n\n'),
  )
})

const group = (class_group_id: string, turn: TimetableClass['turn']) => ({ class_group_id, turn }) as TimetableClass
const slot = { slot_id: 's', classes: [group('f', 'first'), group('a', 'normal'), group('b', 'normal'), group('z', 'last')] } as TimetableSlot
const at = (id: string) => standingOf([slot], id)!

test('one step, among the classes of the same turn', () => {
  expect(at('b')).toMatchObject({ index: 2, spot: { slot_id: 's', turn: 'normal', position: 1 } })
  expect(step(at('b'), -1)).toEqual({ slot_id: 's', turn: 'normal', position: 0 })
  expect(step(at('a'), 1)).toEqual({ slot_id: 's', turn: 'normal', position: 1 })
  expect([step(at('a'), -1), step(at('b'), 1)]).toEqual(['other_turn', 'other_turn'])
  expect([step(at('f'), -1), step(at('z'), 1)]).toEqual(['end_of_slot', 'end_of_slot'])
  expect(endOf(slot, 'normal', 'a').position).toBe(1)
  expect(standingOf([slot], 'nobody')).toBeNull()
})
