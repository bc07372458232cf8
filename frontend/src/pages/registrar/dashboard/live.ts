// How old the live numbers of a desk page are: null while they are fresh, else the server time of the last good answer.
import { computed, ref, watch, type Ref } from 'vue'
import { serverNow, useNow } from '@/app/clock'

export function useStaleSince(updatedAt: Readonly<Ref<number>>, staleMs = 30_000) {
  const now = useNow(5_000)
  const goodAt = ref(serverNow().getTime())
  watch(updatedAt, () => (goodAt.value = serverNow().getTime()))
  return computed(() => (updatedAt.value && now.value.getTime() - goodAt.value > staleMs ? goodAt.value : null))
}
