// The tray's keys: silent in fields, dialogs and on buttons that Tab has led to.
import { onMounted, onUnmounted } from 'vue'
import { trayActionOf, type TrayAction } from './tray'

export function useTrayKeys(act: (action: TrayAction) => void) {
  function hear(event: KeyboardEvent) {
    const at = event.target instanceof HTMLElement ? event.target : null
    if (event.defaultPrevented || event.isComposing || at?.closest('input, textarea, select, [contenteditable], [role=dialog], [role=menu]')) return
    const action = trayActionOf(event)
    if (!action || (event.repeat && !['next', 'previous', 'up', 'down'].includes(action as string))) return
    if ((action === 'assign' || action === 'enlarge') && at?.closest('button, a')) return
    event.preventDefault()
    act(action)
  }
  onMounted(() => addEventListener('keydown', hear))
  onUnmounted(() => removeEventListener('keydown', hear))
}
