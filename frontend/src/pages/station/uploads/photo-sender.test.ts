// Photos against a network that goes away: each arrives once, three at a time, and every one has its result.
import { expect, test, vi } from 'vitest'
import type { EntryOut } from '@/api'
import { createPhotoSender } from './photo-sender'

class Lost extends Error {}
class SignedOut extends Error {}
const pickedOf = (n: number) => Array.from({ length: n }, (_, i) => ({ file: new File([`${i}`], `${i}.jpg`, { type: 'image/jpeg', lastModified: 1 }), path: `a/${i}.jpg` }))
const answer = (position: number, more: Partial<EntryOut> = {}) => ({ position, name: `${position}`, outcome: 'matched', code: '', why: '', remedy: '', photo_id: 'p', photo_state: 'accepted', student_number: null, student_name: null, taken_at: null, ...more }) as EntryOut
const senderOf = (send: (file: File, position: number) => Promise<EntryOut>) =>
  createPhotoSender({ send, isTransient: (e) => e instanceof Lost, stops: (e) => e instanceof SignedOut, message: (e) => (e as Error).message, retryMs: 1, freshMs: 1 })

test('three at a time; a lost network is waited out; a refusal keeps its sentence and can be tried again', async () => {
  let now = 0
  let most = 0
  let calls = 0
  let refuse = true
  const got: string[] = []
  const sender = senderOf(async (file, position) => {
    most = Math.max(most, ++now)
    calls++
    await new Promise((done) => setTimeout(done, 2))
    now--
    if (calls > 4 && calls < 9) throw new Lost()
    if (file.name === '7.jpg' && refuse) throw new Error('no')
    got.push(file.name)
    return answer(position, file.name === '6.jpg' ? { outcome: 'already' } : {})
  })
  sender.fill(pickedOf(10))
  expect(await sender.start()).toBe(false)
  expect(most).toBe(3)
  expect(sender.counts.value).toEqual({ queued: 0, sending: 0, lost: 0, failed: 1, done: 9 })
  expect(sender.rows.value[7]!.meta.why).toBe('no')
  expect(sender.rows.value[6]!.meta.entry?.outcome).toBe('already')
  expect(sender.rows.value[0]!.progress.uploadComplete).toBe(true)
  refuse = false
  expect(await sender.retry()).toBe(true)
  expect(sender.counts.value.done).toBe(10)
  expect(got.sort()).toEqual([...new Set(got)])
})

test('pausing lets what is on the way arrive and sends nothing more', async () => {
  const sent: number[] = []
  const sender = senderOf(async (_, position) => {
    sent.push(position)
    return answer(position)
  })
  sender.pause()
  sender.fill(pickedOf(2))
  const run = sender.start()
  await new Promise((done) => setTimeout(done, 5))
  expect(sent).toEqual([])
  sender.resume()
  expect(await run).toBe(true)
  expect(sent).toEqual([1, 2])
})

test('signed out, everything waits and nothing is lost', async () => {
  let out = true
  const sender = senderOf(async (_, position) => {
    if (out) throw new SignedOut()
    return answer(position)
  })
  sender.fill(pickedOf(5))
  const run = sender.start()
  await vi.waitFor(() => expect(sender.paused.value).toBe(true))
  await vi.waitFor(() => expect(sender.open.value).toBe(5))
  out = false
  sender.resume()
  expect(await run).toBe(true)
})

test('given up, it ends at once and sends nothing more', async () => {
  const sent: number[] = []
  const sender = senderOf(async (_, position) => {
    sent.push(position)
    await new Promise((done) => setTimeout(done, 5))
    return answer(position)
  })
  sender.fill(pickedOf(9))
  const run = sender.start()
  await vi.waitFor(() => expect(sent).toHaveLength(3))
  sender.stop()
  expect(await run).toBe(false)
  await new Promise((done) => setTimeout(done, 20))
  expect(sent).toHaveLength(3)
})

test('a photo at which the server fails again and again is left out; the others go on', async () => {
  const sender = createPhotoSender({
    send: async (_, position) => {
      if (position === 2) throw new Lost('500')
      return answer(position)
    },
    isTransient: () => true,
    stops: () => false,
    isItsFault: () => true,
    message: (e) => (e as Error).message,
    retryMs: 1,
  })
  sender.fill(pickedOf(5))
  expect(await sender.start()).toBe(false)
  expect(sender.counts.value).toMatchObject({ done: 4, failed: 1 })
})

test('what the server has already is not sent again', async () => {
  const sent: number[] = []
  const sender = senderOf(async (_, position) => {
    sent.push(position)
    return answer(position)
  })
  sender.fill(pickedOf(4), new Map([[2, answer(2)], [3, answer(3, { outcome: 'refused' })]]))
  expect(await sender.start()).toBe(true)
  expect(sent).toEqual([1, 4])
  expect(sender.counts.value.done).toBe(4)
})

test('five thousand photos do not hold up the page', () => {
  const sender = senderOf(async (_, position) => answer(position))
  const began = performance.now()
  sender.fill(pickedOf(5_000))
  expect(sender.rows.value).toHaveLength(5_000)
  expect(performance.now() - began).toBeLessThan(1_500)
})
