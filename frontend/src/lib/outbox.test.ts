// The promises of the outbox, each against a server that loses, repeats, refuses or never answers.
import { beforeEach, expect, test } from 'vitest'
import { createOutbox, uuid, type Op } from './outbox'

class Lost extends Error {}
class SignedOut extends Error {}
interface Body {
  collected: boolean
}

let who: string | null
let clock: number
let name: string
beforeEach(() => {
  who = 'li'
  clock = Date.parse('2018-10-23T01:00:00Z')
  name = `outbox-${uuid()}`
})

function box(send: (op: Op<null, Body>, signal: AbortSignal) => Promise<unknown>, timeoutMs?: number) {
  const outbox = createOutbox({
    name,
    by: () => who,
    now: () => new Date(clock),
    isTransient: (e) => e instanceof Lost || e instanceof DOMException,
    isSignedOut: (e) => e instanceof SignedOut,
    message: (e) => (e as Error).message,
    timeoutMs,
  })
  const fee = outbox.register<null, Body>('collect_fee', send)
  const say = (key: string, collected: boolean) => fee.record(key, null, { collected })
  return { outbox, fee, say }
}

test('nothing is lost: what was recorded without a network survives a restart and goes out in order', async () => {
  const off = box(() => Promise.reject(new Lost()))
  await off.say('a', true)
  await off.say('b', true)
  await off.outbox.flush()
  expect(off.outbox.pending.value).toHaveLength(2)

  const got: string[] = []
  const on = box(async (op) => got.push(op.key))
  await on.outbox.flush()
  expect(got).toEqual(['a', 'b'])
  expect(on.outbox.pending.value).toHaveLength(0)
})

test('nothing is doubled: a lost answer is asked again under the same key, before the later change of mind goes out', async () => {
  const asked: string[] = []
  const answered: boolean[] = []
  let lose = true
  const { outbox, say, fee } = box(async (op) => {
    asked.push(op.id)
    if (lose) throw new Lost()
    answered.push(op.body.collected)
  })
  await say('a', true)
  await outbox.flush()
  await say('a', false)
  await outbox.flush()
  expect(new Set(asked).size).toBe(1)
  expect(fee.overlay.value.get('a')?.body.collected).toBe(false)
  lose = false
  await outbox.flush()
  expect(answered).toEqual([true, false])
  expect(outbox.pending.value).toHaveLength(0)
})

test('what never left the device is replaced by the last word about the same thing, and by nothing else', async () => {
  const got: string[] = []
  let reach = false
  const { outbox, say } = box(async (op) => {
    if (op.key === 'first' && !reach) throw new Lost()
    got.push(`${op.key} ${op.body.collected}`)
  })
  await say('first', true)
  await outbox.flush()
  await say('b', true)
  await say('a', true)
  await say('a', false)
  expect(outbox.pending.value).toHaveLength(3)
  reach = true
  await outbox.flush()
  expect(got).toEqual(['first true', 'b true', 'a false'])
})

test('a refusal waits for the person, does not hold up others, and goes out anew under another key', async () => {
  const keys: string[] = []
  let refuse = true
  const { outbox, say } = box(async (op) => {
    keys.push(`${op.key} ${op.id}`)
    if (op.key === 'a' && refuse) throw new Error('already handed over')
  })
  await say('a', true)
  await say('b', true)
  await outbox.flush()
  expect(outbox.failed.value.map((op) => op.refused)).toEqual(['already handed over'])
  expect(outbox.pending.value).toHaveLength(0)
  refuse = false
  await outbox.retry(outbox.failed.value[0]!.id)
  await outbox.flush()
  const toA = keys.filter((k) => k.startsWith('a'))
  expect(new Set(toA).size).toBe(2)
  expect(outbox.failed.value).toHaveLength(0)
})

test("another person on the same phone neither sees nor sends the first one's deeds", async () => {
  const got: string[] = []
  const { outbox, say } = box(async (op) => {
    if (who === null) throw new SignedOut()
    got.push(op.by)
  })
  who = 'li'
  const holding = box(() => Promise.reject(new SignedOut()))
  await holding.say('a', true)
  await holding.outbox.flush()
  who = 'wang'
  await say('b', true)
  await outbox.flush()
  expect(got).toEqual(['wang'])
  who = 'li'
  await outbox.flush()
  expect(got).toEqual(['wang', 'li'])
})

test('a server that never answers is given up, and the deed stays', async () => {
  const { outbox, say } = box((_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))), 20)
  await say('a', true)
  await outbox.flush()
  expect(outbox.pending.value).toHaveLength(1)
  expect(outbox.failed.value).toHaveLength(0)
})

test('a clock that was set back changes no order: the later word is stamped later, after a restart too', async () => {
  const off = box(() => Promise.reject(new Lost()))
  await off.say('a', true)
  await off.outbox.flush()
  clock -= 3_600_000
  const got: boolean[] = []
  const on = box(async (op) => got.push(op.body.collected))
  await on.say('a', false)
  await on.outbox.flush()
  expect(got).toEqual([true, false])
})
