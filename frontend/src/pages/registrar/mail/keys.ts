// Single keys of the mail room: not while somebody types, holds a modifier, or a dialog is open.
import { onBeforeUnmount, onMounted } from 'vue'

const TYPING = 'input, textarea, select, [contenteditable], [role="combobox"], [role="listbox"]'

/** Enter on a button or link is theirs, but for the chosen row of the list. */
export function useKeys(act: (key: string) => boolean) {
  function onKey(event: KeyboardEvent) {
    if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    const target = event.target instanceof Element ? event.target : null
    if (target?.closest(TYPING) || document.querySelector('[role="dialog"], [role="alertdialog"]')) return
    if (event.key === 'Enter' && target?.closest('a, button, summary') && !target.closest('[data-mail][aria-current]')) return
    if (act(event.key.length === 1 ? event.key.toLowerCase() : event.key)) event.preventDefault()
  }
  onMounted(() => window.addEventListener('keydown', onKey))
  onBeforeUnmount(() => window.removeEventListener('keydown', onKey))
}
