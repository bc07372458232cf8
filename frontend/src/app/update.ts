// A new version is offered, never forced: a page must not reload in the middle of the queue.
import { shallowRef } from 'vue'

/** Set when a new version waits; calling it reloads into that version. */
export const applyUpdate = shallowRef<(() => Promise<void>) | null>(null)

export async function startUpdates() {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  const { registerSW } = await import('virtual:pwa-register')
  const update = registerSW({
    immediate: false,
    onNeedRefresh: () => (applyUpdate.value = () => update(true)),
    onRegisteredSW: (_, registration) => {
      if (registration) setInterval(() => void registration.update().catch(() => undefined), 30 * 60_000)
    },
  })
}
