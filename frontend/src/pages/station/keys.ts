// The console's keys. By place on the keyboard, so that they work under a Chinese input method too.
import { onMounted, onUnmounted } from 'vue'

export type Action = 'main' | 'retake' | 'absent' | 'undo' | 'find' | 'pause' | 'help'
const KEYS: Record<string, Action> = { Enter: 'main', NumpadEnter: 'main', KeyR: 'retake', KeyA: 'absent', KeyZ: 'undo', Slash: 'find', KeyP: 'pause' }

export function actionOf(event: Pick<KeyboardEvent, 'code' | 'key' | 'shiftKey'>): Action | undefined {
  if (event.key === '?' || (event.code === 'Slash' && event.shiftKey)) return 'help'
  return KEYS[event.code] ?? (event.key === '/' ? 'find' : undefined)
}

/** Silent while a dialog is open, while somebody types, and for Enter on a button that was reached by Tab. */
export function useKeys(act: (action: Action) => void, ready: () => boolean) {
  function hear(event: KeyboardEvent) {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !ready()) return
    const at = event.target instanceof HTMLElement ? event.target : null
    if (at?.closest('input, textarea, select, [contenteditable], [role=dialog], [role=menu]')) return
    const action = actionOf(event)
    if (!action || (action === 'main' && at?.closest('button, a') && at.matches(':focus-visible'))) return
    event.preventDefault()
    act(action)
  }
  onMounted(() => addEventListener('keydown', hear))
  onUnmounted(() => removeEventListener('keydown', hear))
}
