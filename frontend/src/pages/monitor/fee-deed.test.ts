// The monitor's deed against a server with a real ledger: sent twice, taken back, overtaken by somebody else.
import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { watchConnection } from '@/app/connection'
import { sendFee, type FeeOp } from './fee-deed'

interface Entry {
  ledger_entry_id: string
  op_id: string
  kind: string
  reverses_id: string | null
}
let ledger: Entry[]
const refuse = (code: string) => HttpResponse.json({ code, detail: code, facts: {}, faults: [] }, { status: 409, headers: { 'content-type': 'application/problem+json' } })
const standing = () => ledger.filter((e) => e.kind === 'collected' && !ledger.some((other) => other.reverses_id === e.ledger_entry_id))
const add = (op_id: string, kind: string, reverses_id: string | null = null) => {
  const known = ledger.find((e) => e.op_id === op_id)
  const entry = known ?? { ledger_entry_id: `entry-of-${op_id}`, op_id, kind, reverses_id }
  if (!known) ledger.push(entry)
  return HttpResponse.json({ entry: { ...entry, amount_fen: 2000 }, fee_state: standing().length ? 'with_monitor' : 'unpaid' })
}
const server = setupServer(
  http.get('*/students/s/ledger-entries', () => HttpResponse.json(ledger)),
  http.post<never, { op_id: string }>('*/students/s/ledger-entries', async ({ request }) => {
    const { op_id } = await request.json()
    if (standing().some((e) => e.op_id !== op_id)) return refuse('already_paid')
    return add(op_id, 'collected')
  }),
  http.post<{ id: string }, { op_id: string }>('*/ledger-entries/:id/reversal', async ({ request, params }) => {
    const { op_id } = await request.json()
    return add(op_id, 'reversal', params.id)
  }),
)
beforeAll(() => {
  server.listen()
  watchConnection()
})
afterAll(() => server.close())
beforeEach(() => (ledger = []))

const said = (id: string, collected: boolean, entry_id: string | null = null, earlier: string[] = []): FeeOp => ({
  id,
  kind: 'set_fee',
  key: 's',
  by: 'monitor',
  params: { campaign_id: 'c', class_group_id: 'g', student_id: 's', name: '', entry_id, earlier },
  body: { collected, reason: 'slip' },
  recordedAt: '2018-10-23T01:00:00Z',
  attempted: true,
})
const send = (op: FeeOp) => sendFee(op, AbortSignal.timeout(1_000))

test('a collection sent twice is one entry; one that somebody else made already is what was wanted', async () => {
  await send(said('a', true))
  await send(said('a', true))
  await send(said('b', true))
  expect(ledger.map((e) => e.op_id)).toEqual(['a'])
})

test('taken back before the list knew of it, and again after a lost answer: one reversal of the own entry', async () => {
  await send(said('a', true))
  await send(said('b', false, null, ['a']))
  await send(said('b', false, null, ['a']))
  expect(standing()).toEqual([])
  expect(ledger).toHaveLength(2)
})

test('a collection that never arrived needs no reversal, and what others collected meanwhile is not touched', async () => {
  await send(said('b', false, null, ['never-sent']))
  expect(ledger).toEqual([])
  add('registrar', 'collected')
  await send(said('c', false, null, ['never-sent']))
  expect(standing().map((e) => e.op_id)).toEqual(['registrar'])
})
