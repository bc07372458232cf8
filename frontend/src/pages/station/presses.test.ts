// Presses against a small server that loses requests or answers: nobody is skipped, nothing is recorded twice.
import { expect, test } from 'vitest'
import type { Console, InLine } from '@/api'
import { carryOut, project, type Press, type Wire } from './presses'

const who = (n: number): InLine => ({
  check_in_id: `c${n}`, ticket: `A00${n}`, student_id: `s${n}`, name: `n${n}`, number: `4150000${n}`, class_group_name: 'g',
  college_name: 'k', make_up: false, state: 'waiting', fee_state: 'unpaid',
})
let made = 0
const press = (more: Partial<Press>): Press => ({
  op_id: `op${++made}`, kind: 'outcome', who: null, result: 'shot', call_next: true, bundled: false, guessed: false, tried: false, step: 'press',
  side: { undo: `u${made}`, call: `k${made}` }, at: 0, ...more,
})
class Lost extends Error {}

/** One camera. `fate` says what becomes of the n-th request: arrives, is lost on the way, or its answer is. */
function server(people: InLine[], fate: (n: number) => 'ok' | 'lost' | 'answer lost' = () => 'ok') {
  const line = [...people]
  const steps: { op: string; act: 'called' | 'shot' | 'absent' | 'retake'; who: InLine }[] = []
  const known = new Set<string>()
  let current: InLine | null = line.shift() ?? null
  if (current) steps.push({ op: 'first', act: 'called', who: current })
  let n = 0
  const seen = (): Console => ({
    station: { station_id: 's', venue_id: 'v', station_name: '1', paused: false },
    current: current && { ...current, id_number_mask: '', called_at: '2018-10-23T01:00:00Z' },
    upcoming: line.slice(0, 8), waiting_count: line.length, shot_today: steps.filter((s) => s.act === 'shot').length,
    seconds_per_person: 20, plan_seconds: 20, expected_end_at: '2018-10-23T02:00:00Z', server_now: '2018-10-23T01:00:00Z',
    last_event: steps.length ? { act: steps.at(-1)!.act, check_in_id: steps.at(-1)!.who.check_in_id, ticket: '', name: '', at: '' } : null,
  })
  const callNext = (op: string) => {
    current = line.shift() ?? null
    if (current) steps.push({ op, act: 'called', who: current })
  }
  function ask(op: string, act: () => void): Promise<Console> {
    const what = fate(n++)
    if (what === 'lost') return Promise.reject(new Lost())
    try {
      if (!known.has(op)) act()
      known.add(op)
    } catch (error) {
      return Promise.reject(error)
    }
    return what === 'ok' ? Promise.resolve(seen()) : Promise.reject(new Lost())
  }
  const refuse = (code: string) => {
    throw Object.assign(new Error(code), { code })
  }
  const wire: Wire = {
    read: () => ask(`read${n}`, () => undefined),
    callNext: (op) => ask(op, () => (current ? refuse('station_busy') : callNext(op))),
    call: (op, id) => ask(op, () => {
      if (current) refuse('station_busy')
      current = line.splice(line.findIndex((one) => one.check_in_id === id), 1)[0]!
      steps.push({ op, act: 'called', who: current })
    }),
    outcome: (op, id, result, then) => ask(op, () => {
      if (current?.check_in_id !== id) refuse('not_called_here')
      steps.push({ op, act: result, who: current! })
      current = null
      if (then) callNext(`${op}+`)
    }),
    undo: (op) => ask(op, () => {
      const last = steps.pop()!
      if (last.act === 'called') line.unshift(last.who)
      current = last.act === 'called' ? null : last.who
    }),
  }
  const shots = () => steps.filter((s) => s.act === 'shot').map((s) => s.who.ticket)
  return { wire, seen, shots, line, swap: () => line.reverse() }
}

async function untilDone(it: Press, wire: Wire) {
  let kept = it
  for (let i = 0; i < 40; i++) {
    try {
      return await carryOut(kept, wire, (change) => (kept = { ...kept, ...change }))
    } catch (error) {
      if (!(error instanceof Lost)) throw error
    }
  }
  throw new Error('never done')
}

test('with every request and every answer lost once, each student is shot once and in order', async () => {
  const fates = ['lost', 'answer lost', 'ok'] as const
  const { wire, shots } = server([1, 2, 3].map(who), (n) => fates[n % 3]!)
  for (const n of [1, 2, 3]) await untilDone(press({ who: who(n), guessed: n > 1 }), wire)
  expect(shots()).toEqual(['A001', 'A002', 'A003'])
})

test('a wrong guess is put right: who was called instead keeps the place, whatever gets lost meanwhile', async () => {
  const fates = ['ok', 'answer lost', 'lost', 'answer lost', 'ok', 'answer lost'] as const
  const { wire, shots, seen, swap } = server([1, 2, 3].map(who), (n) => fates[n % 6]!)
  swap() // the list on the screen said 2, the server will call 3
  await untilDone(press({ who: who(1) }), wire)
  await untilDone(press({ who: who(2), guessed: true }), wire)
  expect(shots()).toEqual(['A001', 'A002'])
  expect(seen().current?.ticket).toBe('A003')
})

test('one undo brings the last student back to the camera, though the next one was called already', async () => {
  const { wire, shots, seen, line } = server([1, 2].map(who))
  await carryOut(press({ who: who(1) }), wire, () => undefined)
  await untilDone(press({ kind: 'take_back', who: who(1) }), wire)
  expect([shots(), seen().current?.ticket, line.map((one) => one.ticket)]).toEqual([[], 'A001', ['A002']])
})

test('a press that was no guess and is not wanted any more is refused, not forced', async () => {
  const { wire } = server([1, 2].map(who))
  await expect(carryOut(press({ who: who(2) }), wire, () => undefined)).rejects.toMatchObject({ code: 'not_called_here' })
})

test('the picture before the server has answered', () => {
  const { seen } = server([1, 2, 3, 4].map(who))
  const first = press({ who: who(1) })
  const then = press({ who: who(2), guessed: true, result: 'retake' })
  expect(project(seen(), [first])).toMatchObject({ current: { ticket: 'A002' }, waiting: 2, shot: 1 })
  const view = project(seen(), [first, then])
  expect([view.current?.ticket, ...view.line.map((one) => one.ticket)]).toEqual(['A003', 'A004', 'A002'])
  expect(project(seen(), [press({ who: who(9) })]).current?.ticket).toBe('A001')
  expect(project(seen(), [first, press({ kind: 'take_back', who: who(1) })])).toMatchObject({ current: { ticket: 'A001' }, waiting: 3 })
})
