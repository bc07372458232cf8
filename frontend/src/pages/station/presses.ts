// A button pressed at the camera: carried out once whatever the network loses, and what the screen shows until then.
import type { Console, FeeState, InLine, Outcome } from '@/api'

export type Result = Outcome['outcome']
/** A person of the line; the fee of one who was looked up is not known here. */
export type Who = Omit<InLine, 'fee_state'> & { fee_state: FeeState | null }

export interface Press {
  /** Its key at the server: the same however often it is sent. */
  op_id: string
  kind: 'call_next' | 'call' | 'outcome' | 'take_back'
  /** Whom it is about; of `take_back` who shall stand at the camera again, null = only the last step. */
  who: Who | null
  result?: Result
  call_next: boolean
  /** A call that was chosen together with the result before it: taken back together. */
  bundled: boolean
  /** Made while an earlier press was still unsent: who stands at the camera was taken from the list, not from the server. */
  guessed: boolean
  /** Has left the device at least once, so the server may know it. */
  tried: boolean
  /** How far the mending of a wrong guess has come. */
  step: 'press' | 'undo' | 'call'
  side: { undo: string; call: string }
  at: number
  refused?: string
}

export interface Wire {
  read(): Promise<Console>
  callNext(op_id: string): Promise<Console>
  call(op_id: string, check_in_id: string): Promise<Console>
  outcome(op_id: string, check_in_id: string, result: Result, call_next: boolean): Promise<Console>
  undo(op_id: string): Promise<Console>
}

const codeOf = (error: unknown) => (typeof error === 'object' && error !== null && 'code' in error ? error.code : null)

/** Sends one press to its end. Throws what the server said; `keep` writes down each step before it is taken. */
export async function carryOut(press: Press, wire: Wire, keep: (change: Partial<Press>) => void): Promise<Console> {
  if (press.kind === 'call_next') return callNext(press, wire)
  if (press.kind === 'call' && press.who) return wire.call(press.op_id, press.who.check_in_id)
  if (press.kind === 'take_back') return takeBack(press, wire)
  return record(press, wire, keep)
}

async function callNext(press: Press, wire: Wire): Promise<Console> {
  try {
    return await wire.callNext(press.op_id)
  } catch (error) {
    // Somebody stands at the camera already: that is what was wanted.
    if (codeOf(error) !== 'station_busy') throw error
    return wire.read()
  }
}

/** The step that called the next one, and the result before it: one press of a person, two steps of the server. */
async function takeBack(press: Press, wire: Wire): Promise<Console> {
  const seen = await wire.undo(press.op_id)
  const wanted = press.who?.check_in_id
  const result = seen.last_event
  if (!wanted || seen.current || result?.check_in_id !== wanted || result.act === 'called') return seen
  return wire.undo(press.side.undo)
}

/** The server may have called another one than the list said. Then that call is taken back, so that nobody is skipped. */
async function record(press: Press, wire: Wire, keep: (change: Partial<Press>) => void): Promise<Console> {
  const id = press.who?.check_in_id ?? ''
  const send = () => wire.outcome(press.op_id, id, press.result ?? 'shot', press.call_next)
  let step = press.step
  if (step === 'press') {
    try {
      return await send()
    } catch (error) {
      if (!press.guessed || codeOf(error) !== 'not_called_here') throw error
      const here = await wire.read()
      const last = here.last_event
      if (here.current && (last?.act !== 'called' || last.check_in_id !== here.current.check_in_id)) throw error
      step = here.current ? 'undo' : 'call'
      keep({ step })
    }
  }
  if (step === 'undo') {
    await wire.undo(press.side.undo)
    keep({ step: (step = 'call') })
  }
  if (step === 'call') {
    await wire.call(press.side.call, id)
    keep({ step: 'press', guessed: false })
  }
  return send()
}

export interface View {
  current: Who | null
  line: Who[]
  waiting: number
  shot: number
}

const RETAKE_AFTER = 3
const is = (one: Who | null, other: Who) => one?.check_in_id === other.check_in_id

/** What the console will look like once the server has had these presses. */
export function project(seen: Console, presses: Press[]): View {
  const view: View = { current: seen.current, line: [...seen.upcoming], waiting: seen.waiting_count, shot: seen.shot_today }

  function next() {
    view.current = view.line.shift() ?? null
    if (view.current) view.waiting--
  }
  function put(who: Who) {
    if (view.current && !is(view.current, who)) {
      view.line.unshift(view.current)
      view.waiting++
    }
    const before = view.line.length
    view.line = view.line.filter((one) => !is(one, who))
    view.waiting -= before - view.line.length
    view.current = who
  }

  for (const press of presses) {
    if (press.refused !== undefined) continue
    if (press.kind === 'call_next' && !view.current) next()
    if ((press.kind === 'call' || press.kind === 'take_back') && press.who) put(press.who)
    if (press.kind !== 'outcome' || !press.who) continue
    if (!is(view.current, press.who)) {
      if (!press.guessed) continue // the server is further on than this press: its answer is on the way
      put(press.who)
    }
    if (press.result === 'shot') view.shot++
    if (press.result === 'retake') {
      view.line.splice(RETAKE_AFTER, 0, { ...press.who, state: 'retake' })
      view.waiting++
    }
    view.current = null
    if (press.call_next && !seen.station.paused) next()
  }
  return view
}
