// What a kept copy may do, and what a server that never answers leads to.
import { delay, http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { getMe } from '@/api'
import { keptSince, forgetFresh, watchConnection } from './connection'
import { isTransient, problemMessage } from './problems'

const server = setupServer()
beforeAll(() => {
  server.listen()
  watchConnection()
})
afterEach(() => {
  vi.useRealTimers()
  server.resetHandlers()
  forgetFresh()
})
afterAll(() => server.close())

const KEPT = { 'x-kept-since': 'Tue, 23 Oct 2018 01:00:00 GMT' }
const answers = (headers: Record<string, string>) => server.use(http.get('*/api/v1/me', () => HttpResponse.json({ name: 'x' }, { headers })))
const read = () => getMe({ throwOnError: true }).then(({ data }) => data.name, (error: unknown) => error)

test('a kept copy fills an empty page, but never follows a fresh answer', async () => {
  answers(KEPT)
  expect(await read()).toBe('x')
  expect(keptSince.value).toBe(Date.parse(KEPT['x-kept-since']))
  answers({ date: 'Tue, 23 Oct 2018 02:00:00 GMT' })
  expect(await read()).toBe('x')
  expect(keptSince.value).toBeNull()
  answers(KEPT)
  const refused = await read()
  expect(refused).toBeInstanceOf(TypeError)
  expect(isTransient(refused)).toBe(true)
  expect(keptSince.value).toBe(Date.parse('2018-10-23T02:00:00Z'))
  forgetFresh()
  expect(await read()).toBe('x')
})

test('a server that never answers is given up after 12 s, in words', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  server.use(http.get('*/api/v1/me', () => delay('infinite')))
  const asked = read()
  await vi.advanceTimersByTimeAsync(12_000)
  expect(problemMessage(await asked)).toContain('没有及时回答')
})
