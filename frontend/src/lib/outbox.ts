// What a person did while the network was away: stored on the device first, sent later, once, in order.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import { computed, shallowRef, type ComputedRef } from 'vue'

/** One deed. `id` is its Idempotency-Key; `key` names the thing it is about: the last word about a thing wins. */
export interface Op<P = unknown, B = unknown> {
  id: string
  kind: string
  key: string
  by: string
  params: P
  body: B
  recordedAt: string
  /** It has left the device at least once, so the server may know it: it can no longer be replaced, only finished. */
  attempted: boolean
  /** The server's refusal. The op waits in `failed` until the person retries or dismisses it. */
  refused?: string
}

/** Sends one op; resolves when the server has it, throws what the server said otherwise. */
export type Sender<P, B> = (op: Op<P, B>, signal: AbortSignal) => Promise<unknown>

export interface Deed<P, B> {
  record: (key: string, params: P, body: B) => Promise<void>
  /** The latest word by key, to be laid over the server's data until the server has it. */
  overlay: ComputedRef<Map<string, Op<P, B>>>
}

export interface OutboxOptions {
  name: string
  /** Whose deeds: another person who signs in on this phone never sends them. null while nobody is signed in. */
  by: () => string | null
  now: () => Date
  isTransient: (error: unknown) => boolean
  isSignedOut: (error: unknown) => boolean
  message: (error: unknown) => string
  timeoutMs?: number
}

interface Store extends DBSchema {
  ops: { key: string; value: Op }
}

/** Also without a secure context (a phone on http in the gymnasium), where crypto.randomUUID is missing. */
export function uuid(): string {
  if (crypto.randomUUID) return crypto.randomUUID()
  const b = crypto.getRandomValues(new Uint8Array(16))
  b[6] = (b[6]! & 0x0f) | 0x40
  b[8] = (b[8]! & 0x3f) | 0x80
  return [...b].map((x, i) => ([4, 6, 8, 10].includes(i) ? '-' : '') + x.toString(16).padStart(2, '0')).join('')
}

export type Outbox = ReturnType<typeof createOutbox>

export function createOutbox(options: OutboxOptions) {
  const senders = new Map<string, Sender<unknown, unknown>>()
  const all = shallowRef<Op[]>([])
  const mine = computed(() => all.value.filter((op) => op.by === options.by()))
  const pending = computed(() => mine.value.filter((op) => op.refused === undefined))
  const failed = computed(() => mine.value.filter((op) => op.refused !== undefined))
  const onSent = new Set<(op: Op) => void>()

  let opened: Promise<IDBPDatabase<Store>> | undefined
  const db = () => (opened ??= openDB<Store>(options.name, 1, { upgrade: (d) => void d.createObjectStore('ops', { keyPath: 'id' }) }))

  /** IndexedDB is the truth: another tab writes to it too. recordedAt, then id, is the order of doing. */
  async function reload() {
    const ops = await (await db()).getAll('ops')
    all.value = ops.sort((a, b) => (a.recordedAt + a.id < b.recordedAt + b.id ? -1 : 1))
  }

  async function put(op: Op) {
    await (await db()).put('ops', op)
    await reload()
  }

  async function remove(id: string) {
    await (await db()).delete('ops', id)
    await reload()
  }

  let last = 0
  /** Later than all that is kept, so that two taps within a millisecond keep their order, and a clock set back changes none. */
  function stampAfter(kept: Op[]): string {
    last = Math.max(last, ...kept.map((op) => Date.parse(op.recordedAt)))
    last = Math.max(last + 1, options.now().getTime())
    return new Date(last).toISOString()
  }

  async function record(kind: string, key: string, params: unknown, body: unknown) {
    const by = options.by()
    if (by === null) throw new Error('outbox: nobody is signed in')
    const tx = (await db()).transaction('ops', 'readwrite')
    const kept = await tx.store.getAll()
    const op: Op = { id: uuid(), kind, key, by, params, body, recordedAt: stampAfter(kept), attempted: false }
    for (const old of kept)
      if (old.kind === kind && old.key === key && old.by === by && (!old.attempted || old.refused !== undefined)) await tx.store.delete(old.id)
    await tx.store.put(op)
    await tx.done
    await reload()
    void flush()
  }

  function register<P, B>(kind: string, send: Sender<P, B>): Deed<P, B> {
    senders.set(kind, send as Sender<unknown, unknown>)
    const overlay = computed(() => new Map(mine.value.filter((op) => op.kind === kind).map((op) => [op.key, op as Op<P, B>])))
    return { record: (key, params, body) => record(kind, key, params, body), overlay }
  }

  async function sendOne(op: Op): Promise<'sent' | 'refused' | 'later'> {
    const send = senders.get(op.kind)
    if (!send) return 'later'
    await put({ ...op, attempted: true })
    try {
      await send(op, AbortSignal.timeout(options.timeoutMs ?? 10_000))
    } catch (error) {
      if (options.isTransient(error) || options.isSignedOut(error)) return 'later'
      await put({ ...op, attempted: true, refused: options.message(error) })
      return 'refused'
    }
    await remove(op.id)
    for (const tell of onSent) tell(op)
    return 'sent'
  }

  async function drain() {
    await reload()
    const blocked = new Set<string>()
    // Read again after every send: taps go on while we are sending.
    for (let tried = new Set<string>(); ; ) {
      const op = pending.value.find((o) => !tried.has(o.id) && !blocked.has(`${o.kind} ${o.key}`))
      if (!op) return
      tried = tried.add(op.id)
      const outcome = await sendOne(op)
      if (outcome === 'later' && senders.has(op.kind)) return
      if (outcome !== 'sent') blocked.add(`${op.kind} ${op.key}`)
    }
  }

  let running: Promise<void> | undefined
  let again = false
  /** Sends what is pending, in order, one tab at a time; stops at the first sign of no network. Never rejects. */
  function flush(): Promise<void> {
    if (running) {
      again = true
      return running
    }
    const once = () =>
      navigator.locks
        ? navigator.locks.request(options.name, { ifAvailable: true }, async (lock) => (lock ? drain() : reload()))
        : drain()
    running = (async () => {
      do {
        again = false
        await once()
      } while (again)
    })()
      .catch((error: unknown) => console.error('outbox', error))
      .finally(() => (running = undefined))
    return running
  }

  async function retry(id: string) {
    const op = all.value.find((o) => o.id === id)
    if (!op) return
    // A new key: the server keeps its refusal under the old one.
    await remove(id)
    await put({ ...op, id: uuid(), attempted: false, refused: undefined })
    void flush()
  }

  /** Flush on start, when the network or the page comes back, and every 15 s: iOS has no background sync. */
  function start() {
    addEventListener('online', () => void flush())
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) void flush()
    })
    setInterval(() => {
      if (pending.value.length) void flush()
    }, 15_000)
    return flush()
  }

  return { register, start, flush, reload, retry, dismiss: remove, pending, failed, onSent }
}
