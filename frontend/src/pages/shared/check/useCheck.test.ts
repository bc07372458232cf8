// One photo is looked at: nothing is sent that the browser can refuse, the newest file wins, a busy server is asked again.
import { flushPromises } from '@vue/test-utils'
import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { effectScope } from 'vue'
import { watchConnection } from '@/app/connection'
import { useCheck } from './useCheck'

const jpeg = (name: string) => new File([Uint8Array.from([0xff, 0xd8, 0xff, 0xd9])], name, { type: 'image/jpeg' })
let asked = 0
let answers: (() => Response | Promise<Response>)[] = []
const good = (size: number) => HttpResponse.json({ verdict: 'good', sentences: [], sentences_en: [], findings: [], kind: 'jpeg', size, width: 480, height: 640, quality: 90, drawing: null, reached: [] })
const busy = () => HttpResponse.json({ code: 'check_busy', detail: 'busy', facts: {}, faults: [] }, { status: 503, headers: { 'content-type': 'application/problem+json' } })
const server = setupServer(http.post('*/api/v1/photo-checks', () => answers[Math.min(asked++, answers.length - 1)]!()))
const revoked: string[] = []

beforeAll(() => {
  server.listen()
  watchConnection()
  let n = 0
  vi.spyOn(URL, 'createObjectURL').mockImplementation(() => `blob:${++n}`)
  vi.spyOn(URL, 'revokeObjectURL').mockImplementation((url) => void revoked.push(url))
})
afterAll(() => server.close())
beforeEach(() => {
  asked = 0
  revoked.length = 0
})

function use() {
  const scope = effectScope()
  return { ...scope.run(() => useCheck(() => null, () => undefined))!, leave: () => scope.stop() }
}

test('what is no JPEG is never sent, and its picture is given back', async () => {
  const check = use()
  await check.take(new File(['hello'], 'a.jpg'))
  expect(check.quick.value?.faults[0]?.code).toBe('not_picture')
  expect([asked, check.checking.value]).toEqual([0, false])
  const picture = check.picture.value
  check.leave()
  expect(revoked).toEqual([picture])
})

test('the newest file wins', async () => {
  let release = () => {}
  answers = [() => new Promise((done) => (release = () => done(good(1)))), () => good(2)]
  const check = use()
  const first = check.take(jpeg('old.jpg'))
  await expect.poll(() => asked).toBe(1)
  await check.take(jpeg('new.jpg'))
  release()
  await first
  await flushPromises()
  expect([check.file.value?.name, check.result.value?.size, check.error.value]).toEqual(['new.jpg', 2, null])
})

test('a busy server is asked again', async () => {
  answers = [busy, () => good(3)]
  const check = use()
  const taken = check.take(jpeg('a.jpg'))
  await expect.poll(() => check.busy.value).toBe(1)
  await taken
  expect([asked, check.result.value?.size]).toEqual([2, 3])
})
