// The queue against a network that goes away: each photo arrives once, three at a time, and every one has its result.
import { expect, test, vi } from 'vitest'
import type { UploadOut } from '@/api'
import { createUploadQueue, isPhoto } from './upload-queue'

class Lost extends Error {}
const file = (name: string, type = 'image/jpeg') => new File([name], name, { type, lastModified: 1 })
const answer = (more: Partial<UploadOut> = {}) => ({ state: 'accepted', already: false, student: {}, ...more }) as UploadOut
const queueOf = (send: (file: File) => Promise<UploadOut>) =>
  createUploadQueue({ send, isTransient: (e) => e instanceof Lost, isSignedOut: () => false, message: (e) => (e as Error).message, retryMs: 1 })

test('three at a time; a lost network is waited out; a refusal keeps its sentence and can be tried again', async () => {
  let now = 0
  let most = 0
  let calls = 0
  let refuse = true
  const got: string[] = []
  const queue = queueOf(async (it) => {
    most = Math.max(most, ++now)
    calls++
    await new Promise((done) => setTimeout(done, 2))
    now--
    if (calls > 4 && calls < 9) throw new Lost()
    if (it.name === '7.jpg' && refuse) throw new Error('no')
    got.push(it.name)
    return answer(it.name === '5.jpg' ? { state: 'received', student: null } : it.name === '6.jpg' ? { already: true } : {})
  })
  queue.add(Array.from({ length: 10 }, (_, i) => file(`${i}.jpg`)))
  await vi.waitFor(() => expect(queue.open.value).toBe(0))
  expect(most).toBe(3)
  expect(queue.counts.value).toMatchObject({ accepted: 7, unmatched: 1, already: 1, refused: 1 })
  expect(queue.items.value[7]!.why).toBe('no')
  refuse = false
  queue.retry()
  await vi.waitFor(() => expect(queue.counts.value.accepted).toBe(8))
  expect(got.sort()).toEqual([...new Set(got)])
})

test('pausing lets what is on the way arrive and sends nothing more', async () => {
  const sent: string[] = []
  const queue = queueOf(async (it) => {
    sent.push(it.name)
    return answer()
  })
  queue.pause()
  expect(queue.add([file('a.jpg'), file('a.jpg'), file('notes.txt', 'text/plain')])).toEqual({ added: 1, notPhotos: 1, twice: 1 })
  expect(queue.add([file('a.jpg')])).toMatchObject({ added: 0, twice: 1 })
  await Promise.resolve()
  expect(sent).toEqual([])
  queue.resume()
  await vi.waitFor(() => expect(queue.counts.value.accepted).toBe(1))
})

test('what counts as a photo', () => {
  expect([file('1.JPG', ''), file('２.ｊｐｇ', ''), file('3.png', 'image/png'), file('Thumbs.db', '')].map(isPhoto)).toEqual([true, true, true, false])
})
