// "Now" is the server's: devices are wrong, and a rehearsal runs on a shifted clock.
import { onScopeDispose, ref, type Ref } from 'vue'

const STORED = 'gradphoto.clock'
const offsetMs = ref(Number(localStorage.getItem(STORED)) || 0)

/** Called with each fresh answer that carries the server's time. */
export function setServerNow(iso: string) {
  const at = Date.parse(iso)
  if (Number.isNaN(at)) return
  offsetMs.value = at - Date.now()
  localStorage.setItem(STORED, String(offsetMs.value))
}

export const serverNow = () => new Date(Date.now() + offsetMs.value)

/** The server's time as a ref that ticks; for clocks, waits and "x 分钟前". */
export function useNow(everyMs = 10_000): Readonly<Ref<Date>> {
  const now = ref(serverNow())
  const timer = setInterval(() => (now.value = serverNow()), everyMs)
  onScopeDispose(() => clearInterval(timer))
  return now
}
