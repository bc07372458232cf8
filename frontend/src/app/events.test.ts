// Live, then polling, then honestly stale: against an EventSource and a clock that the test drives.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope } from 'vue'
import { useEventStream } from './events'

class Source extends EventTarget {
  static readonly CLOSED = 2
  static last: Source
  readyState = 1
  onopen?: () => void
  onmessage?: (event: MessageEvent) => void
  onerror?: () => void
  constructor(readonly url: string) {
    super()
    Source.last = this
  }
  close() {
    this.readyState = 2
  }
  say(data: unknown) {
    this.onmessage?.(new MessageEvent('message', { data: JSON.stringify(data) }))
  }
  ping() {
    this.dispatchEvent(new MessageEvent('ping', { data: '' }))
  }
  break() {
    this.readyState = 2
    this.onerror?.()
  }
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', Source)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function stream(poll: () => Promise<unknown>) {
  const heard: unknown[] = []
  const scope = effectScope()
  const it = scope.run(() => useEventStream('/api/v1/events', (data) => heard.push(data), { poll }))!
  return { ...it, heard, stop: () => scope.stop() }
}

test('while live nothing is polled; when it breaks, polling carries on; when that fails too, it says since when', async () => {
  let network = true
  const poll = vi.fn(() => (network ? Promise.resolve() : Promise.reject(new TypeError())))
  const { state, staleSince, heard, stop } = stream(poll)
  Source.last.onopen?.()
  Source.last.say({ ticket: 37 })
  await vi.advanceTimersByTimeAsync(60_000)
  expect([state.value, heard, poll.mock.calls.length, staleSince.value]).toEqual(['live', [{ ticket: 37 }], 0, null])

  Source.last.break()
  await vi.advanceTimersByTimeAsync(25_000)
  expect(poll).toHaveBeenCalledTimes(2)
  expect(staleSince.value).toBe(null)

  network = false
  const lastGood = Date.now()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(staleSince.value).toBeGreaterThan(lastGood - 13_000)
  expect(staleSince.value).toBeLessThanOrEqual(lastGood)
  stop()
  const calls = poll.mock.calls.length
  await vi.advanceTimersByTimeAsync(60_000)
  expect(poll).toHaveBeenCalledTimes(calls)
})

test('a stream that has pinged and falls silent is opened anew', async () => {
  const { state, stop } = stream(() => Promise.reject(new TypeError()))
  const first = Source.last
  first.onopen?.()
  first.ping()
  await vi.advanceTimersByTimeAsync(61_000)
  expect(first.readyState).toBe(2)
  expect(Source.last).not.toBe(first)
  expect(state.value).toBe('polling')
  stop()
})
