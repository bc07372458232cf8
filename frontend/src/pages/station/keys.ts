// The console's keys. By place on the keyboard, so that they work under a Chinese input method too.
import { onMounted, onUnmounted } from 'vue'

export type Action = 'main' | 'retake' | 'absent' | 'undo' | 'find' | 'pause' | 'help'
const KEYS: Record<string, Action> = { Enter: 'main', NumpadEnter: 'main', KeyR: 'retake', KeyA: 'absent', KeyZ: 'undo', Slash: 'find', KeyP: 'pause' }

export function actionOf(event: Pick<KeyboardEvent, 'code' | 'key' | 'shiftKey'>): Action | undefined {
  if (event.key === '?' || (event.code === 'Slash' && event.shiftKey)) return 'help'
  return KEYS[event.code] ?? (event.key === '/' ? 'find' : undefined)
}

/** Silent while a dialog is open and while somebody types. Enter belongs to a button only when Tab has led there. */
export function useKeys(act: (action: Action) => void, ready: () => boolean) {
  let tabbed = false
  const touch = () => (tabbed = false)
  function hear(event: KeyboardEvent) {
    if (!ready()) return touch()
    if (event.key === 'Tab') tabbed = true
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    const at = event.target instanceof HTMLElement ? event.target : null
    if (at?.closest('input, textarea, select, [contenteditable], [role=dialog], [role=menu]')) return
    const action = actionOf(event)
    if (!action || (action === 'main' && tabbed && at?.closest('button, a'))) return
    event.preventDefault()
    act(action)
  }
  onMounted(() => {
    addEventListener('keydown', hear)
    addEventListener('pointerdown', touch)
  })
  onUnmounted(() => {
    removeEventListener('keydown', hear)
    removeEventListener('pointerdown', touch)
  })
}
