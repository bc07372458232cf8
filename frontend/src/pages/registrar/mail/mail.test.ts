// Nobody is chosen between two who look alike; presets follow the address and the server.
import { describe, expect, it } from 'vitest'
import type { CandidateOut } from '@/api'
import { afterwards, hindrance, neighbour, obvious, tellingCause } from './deciding'
import { needsPassword, presetOfAddress, presetOfHost, typedFrom, withPreset } from './presets'

const candidate = (id: string, score: number, reasons = ['one', 'other']): CandidateOut => ({ student_id: id, score, number: id, name: id, class_group_name: '', reasons })

describe('deciding', () => {
  it('chooses beforehand only who is strong and well ahead', () => {
    expect(obvious([candidate('a', 0.959), candidate('b', 0.955)])).toBeNull()
    expect(obvious([candidate('a', 0.955), candidate('b', 0.587)])).toBe('a')
    expect(obvious([candidate('a', 0.45)])).toBeNull()
    expect(obvious([candidate('a', 0.9, ['one'])])).toBeNull()
    expect(obvious([])).toBeNull()
  })
  it('says what is still to be chosen before a match', () => {
    expect(hindrance(null, 0, 'a', 1)).toBe('need_any_picture')
    expect(hindrance(null, 2, 'a', 1)).toBe('need_picture')
    expect(hindrance(1, 2, null, 2)).toBe('need_person')
    expect(hindrance(1, 2, null, 1)).toBe('need_look')
    expect(hindrance(1, 2, null, 0)).toBe('need_nobody')
    expect(hindrance(1, 1, 'a', 1)).toBeNull()
  })
  it('walks the list and stays on it when a mail leaves', () => {
    const mails = ['1', '2', '3'].map((mail_id) => ({ mail_id }))
    expect(neighbour(mails, '3', 1)?.mail_id).toBe('3')
    expect(neighbour(mails, '2', -1)?.mail_id).toBe('1')
    expect(neighbour(mails, undefined, 1)?.mail_id).toBe('1')
    expect(afterwards(mails, '2')).toBe('3')
    expect(afterwards(mails, '3')).toBe('2')
    expect(afterwards([{ mail_id: '1' }], '1')).toBeUndefined()
  })
})

it('tells the fault of a refused photo, not only that there is one', () => {
  const [refused, fault] = [{ code: 'photo_rejected', zh: 'refused' }, { code: 'size', zh: '358x441' }]
  expect(tellingCause([refused, fault])).toBe('358x441')
  expect(tellingCause([refused])).toBe('refused')
  expect(tellingCause([fault, refused])).toBe('358x441')
  expect(tellingCause([])).toBe('')
})

describe('presets', () => {
  it('knows the service by the address, and by the server', () => {
    expect(presetOfAddress(' JWC@163.com ', 'qq')).toBe('netease163')
    expect(presetOfAddress('jwc@ustb.edu.cn', 'exmail')).toBeNull()
    expect(presetOfAddress('jwc@', 'netease163')).toBeNull()
    expect(presetOfHost('imap.exmail.qq.com')).toBe('exmail')
    expect(presetOfHost('mail.ustb.edu.cn')).toBe('other')
  })
  it("never leaves a school's own mailbox on the servers of another service", () => {
    expect(presetOfAddress('jwc@ustb.edu.cn', 'netease163')).toBe('other')
    expect(withPreset(typedFrom(null), 'other')).toMatchObject({ imap_host: '', smtp_host: '' })
    const own = { ...typedFrom(null), imap_host: 'mail.ustb.edu.cn', smtp_host: 'mail.ustb.edu.cn' }
    expect(withPreset(own, 'other')).toEqual(own)
  })
  it('asks for the code again when the server changes', () => {
    const box = { ...withPreset(typedFrom(null), 'netease163'), address: 'a@163.com', login: 'a@163.com', has_password: true, read_at: null, fault: '', due_at: null, sending_fault: '', sending_due_at: null, changed_at: '' }
    const typed = { ...typedFrom(box) }
    expect(needsPassword(typed, box)).toBe(false)
    expect(needsPassword(withPreset(typed, 'qq'), box)).toBe(true)
    expect(needsPassword(typed, null)).toBe(true)
  })
})
