// The door's code, renewed on time by the real clock of the server; says by itself when it has become worthless.
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { getDoor, type Door } from '@/api'
import { keptSince } from '@/app/connection'
import { isSessionEnd } from '@/app/query'

const RETRY_MS = 2_000
const TIMEOUT_MS = 5_000
const TICK_MS = 500
/** The server's clock may be a little behind what we think. */
const LATE_MS = 150

export function useDoor(path: Ref<{ campaign_id: string; venue_id: string } | null>) {
  const door = shallowRef<Door | null>(null)
  const error = shallowRef<unknown>(null)
  // Presence is real also in a rehearsal, so this is not the campaign's clock.
  const offset = ref(0)
  const now = ref(Date.now())
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking = false

  async function renew() {
    clearTimeout(timer)
    const to = path.value
    if (!to || asking) return
    asking = true
    let wait = RETRY_MS
    try {
      const asked = Date.now()
      const { data } = await getDoor({ path: to, signal: AbortSignal.timeout(TIMEOUT_MS), throwOnError: true })
      if (keptSince.value !== null) throw new TypeError('an old copy')
      offset.value = Date.parse(data.server_now) - (asked + Date.now()) / 2
      door.value = data
      error.value = null
      wait = Math.max(300, Date.parse(data.changes_at) - Date.parse(data.server_now) + LATE_MS)
    } catch (e) {
      error.value = e
      isSessionEnd(e)
    } finally {
      asking = false
      timer = setTimeout(() => void renew(), wait)
    }
  }

  watch(path, renew, { immediate: true })
  const wake = () => void (document.hidden || renew())
  const ticking = setInterval(() => (now.value = Date.now()), TICK_MS)
  document.addEventListener('visibilitychange', wake)
  addEventListener('online', wake)
  onScopeDispose(() => {
    clearTimeout(timer)
    clearInterval(ticking)
    document.removeEventListener('visibilitychange', wake)
    removeEventListener('online', wake)
  })

  const leftMs = computed(() => (door.value ? Date.parse(door.value.changes_at) - (now.value + offset.value) : 0))
  return {
    door,
    error,
    secondsLeft: computed(() => Math.max(0, Math.ceil(leftMs.value / 1_000))),
    share: computed(() => (door.value ? Math.min(1, Math.max(0, leftMs.value / (door.value.window_seconds * 1_000))) : 0)),
    /** A code still counts for the window after its own; then it must not be shown any more. */
    expired: computed(() => door.value !== null && leftMs.value < -door.value.window_seconds * 1_000),
  }
}
