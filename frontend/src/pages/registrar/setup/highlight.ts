// Which words of the notice are being pointed at: pointing shows them, pressing keeps them shown and brings the text into view.
import { computed, inject, provide, shallowRef, type InjectionKey } from 'vue'
import type { SpanOut } from '@/api'

function makeHighlight() {
  const kept = shallowRef<SpanOut | null>(null)
  const passing = shallowRef<SpanOut | null>(null)
  /** How often words were asked for: asking twice for the same ones scrolls twice. */
  const asked = shallowRef(0)
  return {
    shown: computed(() => passing.value ?? kept.value),
    asked,
    point: (span: SpanOut | null) => (passing.value = span),
    keep(span: SpanOut) {
      kept.value = span
      asked.value++
    },
    clear: () => (kept.value = passing.value = null),
  }
}

const key: InjectionKey<ReturnType<typeof makeHighlight>> = Symbol('highlight')

export function provideHighlight() {
  const made = makeHighlight()
  provide(key, made)
  return made
}
export const useHighlight = () => inject(key, makeHighlight, true)
