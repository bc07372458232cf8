// Live data: the browser's EventSource, polling while it is down, and an honest "stale since" when neither works.
import { computed, onScopeDispose, ref, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { serverNow, useNow } from './clock'

export interface StreamOptions {
  /** Named events to hear besides unnamed ones. */
  events?: string[]
  /** Reads the same data once; must reject when it could not. Called every `pollMs` while the stream is down. */
  poll?: () => Promise<unknown>
  pollMs?: number
  /** Data older than this is called stale. */
  staleMs?: number
}

const PING = 'ping'

/** `onMessage(data, event)`: data is parsed JSON. A null url means: not yet. */
export function useEventStream(
  url: MaybeRefOrGetter<string | null>,
  onMessage: (data: unknown, event: string) => void,
  { events = [], poll, pollMs = 12_000, staleMs = 30_000 }: StreamOptions = {},
) {
  const state = ref<'connecting' | 'live' | 'polling'>('connecting')
  const goodAt = ref(serverNow().getTime())
  const now = useNow(5_000)
  let source: EventSource | undefined
  let pinged = false
  let reopen: ReturnType<typeof setTimeout> | undefined

  function alive() {
    goodAt.value = serverNow().getTime()
  }

  function hear(event: MessageEvent<string>) {
    alive()
    state.value = 'live'
    if (event.type === PING) {
      pinged = true
      return
    }
    onMessage(event.data ? JSON.parse(event.data) : null, event.type)
  }

  function close() {
    clearTimeout(reopen)
    source?.close()
    source = undefined
  }

  function open(to: string | null) {
    close()
    if (to === null || !('EventSource' in window)) return
    source = new EventSource(to, { withCredentials: true })
    source.onopen = () => {
      state.value = 'live'
      alive()
    }
    source.onmessage = hear
    for (const name of [PING, ...events]) source.addEventListener(name, hear as (event: Event) => void)
    source.onerror = () => {
      state.value = 'polling'
      // The browser retries by itself unless the answer was an error; then we do.
      if (source?.readyState === EventSource.CLOSED) reopen = setTimeout(() => open(toValue(url)), 10_000)
    }
  }

  async function tick() {
    const silent = serverNow().getTime() - goodAt.value
    // Wi-Fi that died without a word leaves the stream open: where pings are known, their absence says so.
    if (state.value === 'live' && pinged && silent > 45_000) {
      state.value = 'polling'
      open(toValue(url))
    }
    if (state.value === 'live' || toValue(url) === null || document.hidden) return
    await poll?.().then(alive, () => undefined)
  }

  watch(() => toValue(url), open, { immediate: true })
  const timer = setInterval(() => void tick(), pollMs)
  const wake = () => void (document.hidden || tick())
  document.addEventListener('visibilitychange', wake)
  onScopeDispose(() => {
    close()
    clearInterval(timer)
    document.removeEventListener('visibilitychange', wake)
  })

  /** Server time (ms) of the last good data once it is too old to trust, else null. For <StaleBar>. */
  const staleSince = computed(() => (state.value !== 'live' && now.value.getTime() - goodAt.value > staleMs ? goodAt.value : null))
  return { state, staleSince }
}
