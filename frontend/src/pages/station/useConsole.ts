// One station's console: what the server says, live; what was pressed and not yet sent; and the picture of both together.
import { useQuery } from '@tanstack/vue-query'
import { computed, effectScope, onScopeDispose, ref, shallowRef, watch, type EffectScope } from 'vue'
import { callNext, callStudent, getStation, pauseStation, recordOutcome, undoStation, type Console } from '@/api'
import { getStationOptions, getStationQueryKey } from '@/api/@tanstack/vue-query.gen'
import { serverNow, setServerNow } from '@/app/clock'
import { keptSince } from '@/app/connection'
import { useEventStream } from '@/app/events'
import { isTransient, problemMessage } from '@/app/problems'
import { isSessionEnd, queryClient } from '@/app/query'
import { onForget } from '@/app/session'
import { uuid } from '@/lib/outbox'
import { carryOut, project, type Press, type Result, type Who, type Wire } from './presses'

const TIMEOUT_MS = 6_000
const SLOW_MS = 1_200
/** A second Enter right after the change is a slip: nobody is photographed that fast. */
const GUARD_MS = 800
const MOST_KEPT = 20
const SETTLE_MS = 1_000

function restore(key: string): Press[] {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '[]') as Press[]
  } catch {
    return []
  }
}

/** Outside the page's scope: what is not sent yet goes on being sent from the till and the uploads. */
const open = new Map<string, { scope: EffectScope; desk: Desk }>()
function close(key: string) {
  open.get(key)?.scope.stop()
  open.delete(key)
}
onForget(() => [...open.keys()].forEach(close))

type Desk = ReturnType<typeof openConsole>

export function useConsole(campaign_id: string, station_id: string): Desk {
  const key = `${campaign_id}/${station_id}`
  let it = open.get(key)
  if (!it) {
    const scope = effectScope(true)
    open.set(key, (it = { scope, desk: scope.run(() => openConsole(campaign_id, station_id))! }))
  }
  const { desk } = it
  onScopeDispose(() => desk.pending.value.length || close(key))
  return desk
}

function openConsole(campaign_id: string, station_id: string) {
  const path = { campaign_id, station_id }
  const queryKey = getStationQueryKey({ path })
  const stored = `gradphoto.presses.${station_id}`
  const query = useQuery({ ...getStationOptions({ path }), staleTime: 5_000 }, queryClient)

  /** The answer to an own press is the newest there is; a read that was under way may be older. */
  function take(seen: Console) {
    ownAt = performance.now()
    void queryClient.cancelQueries({ queryKey }, { revert: false })
    show(seen)
  }
  function show(seen: Console) {
    setServerNow(seen.server_now)
    queryClient.setQueryData(queryKey, seen)
  }
  /** The stream may lag behind an own press: then nothing jumps back, and the state is read anew a moment later. */
  let ownAt = 0
  let later: ReturnType<typeof setTimeout> | undefined
  function hear(seen: Console) {
    if (!pending.value.length && performance.now() - ownAt > SETTLE_MS) return show(seen)
    clearTimeout(later)
    later = setTimeout(() => void query.refetch(), SETTLE_MS)
  }
  async function poll() {
    await query.refetch({ throwOnError: true })
    if (keptSince.value !== null) throw new Error('an old copy')
  }
  const { staleSince } = useEventStream(`/api/v1/campaigns/${campaign_id}/stations/${station_id}/events`, (data) => hear(data as Console), { poll, pollMs: 5_000, staleMs: 15_000 })

  // --- presses: stored first, then sent, one after the other -----------------------------------------------------------
  const presses = shallowRef(restore(stored))
  const pending = computed(() => presses.value.filter((one) => one.refused === undefined))
  const refused = computed(() => presses.value.find((one) => one.refused !== undefined) ?? null)
  const slow = ref(pending.value.length > 0)
  const unsent = computed(() => slow.value && pending.value.length > 0)
  const busy = computed(() => pending.value.length > 0 && !slow.value)
  const done = shallowRef<Press[]>([])

  let ended = false
  function write(next: Press[]) {
    if (ended) return // What is stored is the next console's.
    presses.value = next
    localStorage.setItem(stored, JSON.stringify(next))
  }
  const keep = (id: string, change: Partial<Press>) => write(presses.value.map((one) => (one.op_id === id ? { ...one, ...change } : one)))
  const drop = (id: string) => write(presses.value.filter((one) => one.op_id !== id))

  const call = () => ({ signal: AbortSignal.timeout(TIMEOUT_MS), throwOnError: true as const })
  const wire: Wire = {
    read: () => getStation({ path, ...call() }).then(({ data }) => data),
    callNext: (op_id) => callNext({ path, body: { op_id }, ...call() }).then(({ data }) => data),
    call: (op_id, check_in_id) => callStudent({ path, body: { op_id, check_in_id }, ...call() }).then(({ data }) => data),
    outcome: (op_id, check_in_id, outcome, call_next) => recordOutcome({ path, body: { op_id, check_in_id, outcome, call_next }, ...call() }).then(({ data }) => data),
    undo: (op_id) => undoStation({ path, body: { op_id }, ...call() }).then(({ data }) => data),
  }

  let running = false
  let failures = 0
  let retry: ReturnType<typeof setTimeout> | undefined
  const tries = ref(0)

  async function drain() {
    clearTimeout(retry)
    if (running || ended) return
    running = true
    const late = setTimeout(() => (slow.value = true), SLOW_MS)
    try {
      for (let head = pending.value[0]; head; head = pending.value[0]) {
        const id = head.op_id
        keep(id, { tried: true })
        try {
          const seen = await carryOut({ ...head, tried: true }, wire, (change) => keep(id, change))
          if (ended) return
          drop(id)
          take(seen)
        } catch (error) {
          if (ended) return
          if (isSessionEnd(error) || isTransient(error)) {
            tries.value = ++failures
            slow.value = true
            if (!ended) retry = setTimeout(() => void drain(), Math.min(8_000, 1_000 * 2 ** Math.min(failures, 3)))
            return
          }
          keep(id, { refused: problemMessage(error) })
          done.value = done.value.filter((one) => one.op_id !== id)
          await query.refetch()
        }
        tries.value = failures = 0
      }
      slow.value = false
    } finally {
      clearTimeout(late)
      running = false
    }
  }
  const wake = () => void drain()
  addEventListener('online', wake)
  onScopeDispose(() => {
    ended = true
    removeEventListener('online', wake)
    clearTimeout(retry)
    clearTimeout(later)
  })
  wake()

  // --- the picture, and the buttons ---------------------------------------------------------------------------------
  // An undo is shown at once: its two steps at the server would let the camera look free in between.
  const shownPresses = computed(() => (unsent.value ? pending.value : pending.value.filter((one) => one.kind === 'take_back')))
  const view = computed(() => query.data.value && project(query.data.value, shownPresses.value))
  const current = computed(() => view.value?.current ?? null)
  const guessing = computed(() => unsent.value && current.value !== null && current.value.check_in_id !== query.data.value?.current?.check_in_id)
  const chosen = shallowRef<Who | null>(null)
  let changedAt = 0
  watch(() => current.value?.check_in_id, () => (changedAt = performance.now()))

  const make = (more: Partial<Press> & Pick<Press, 'kind'>): Press => ({
    op_id: uuid(), who: null, call_next: false, bundled: false, guessed: unsent.value, tried: false, step: 'press',
    side: { undo: uuid(), call: uuid() }, at: serverNow().getTime(), ...more,
  })
  function add(...more: Press[]) {
    changedAt = performance.now()
    write([...presses.value, ...more])
    void drain()
  }
  function remember(...more: Press[]) {
    done.value = [...done.value, ...more].slice(-MOST_KEPT)
  }
  const free = () => !busy.value && performance.now() - changedAt > GUARD_MS

  function record(result: Result) {
    const who = current.value
    if (!who || !free()) return
    const then = chosen.value
    const outcome = make({ kind: 'outcome', who, result, call_next: !then })
    const made = then ? [outcome, make({ kind: 'call', who: then, bundled: true })] : [outcome]
    chosen.value = null
    add(...made)
    remember(...made)
  }
  function next() {
    if (current.value || query.data.value?.station.paused || !free()) return
    const press = make(chosen.value ? { kind: 'call', who: chosen.value } : { kind: 'call_next' })
    chosen.value = null
    add(press)
    remember(press)
  }
  /** At once when the camera is free, else after the one who stands there. */
  function choose(who: Who) {
    chosen.value = who
    next()
  }
  function undo() {
    if (busy.value) return
    const last = done.value.at(-1)
    const outcome = last?.bundled ? done.value.at(-2) : last
    const gone = last?.bundled ? [last, outcome] : [last]
    done.value = done.value.slice(0, -gone.length)
    // What has never left the device is simply forgotten.
    const local = gone.every((one) => one && presses.value.some((kept) => kept.op_id === one.op_id && !kept.tried))
    if (last && local) write(presses.value.filter((one) => !gone.some((it) => it?.op_id === one.op_id)))
    else add(make({ kind: 'take_back', who: outcome?.kind === 'outcome' ? outcome.who : null }))
  }
  const pauseError = ref('')
  async function pause() {
    pauseError.value = ''
    const paused = !query.data.value?.station.paused
    await pauseStation({ path, body: { paused }, ...call() }).then(({ data }) => take(data), (error) => (pauseError.value = problemMessage(error)))
  }
  const lastDone = computed(() => done.value.filter((one) => !one.bundled).at(-1) ?? null)

  return {
    ...query, view, current, guessing, unsent, busy, pending, refused, tries, staleSince, chosen, lastDone, pauseError,
    record, next, choose, undo, pause, dismiss: drop, poll,
  }
}
