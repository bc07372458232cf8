// 原片校验 from the dashboard: asked for, running until an answer newer than the question comes; kept while pages change.
import { useMutation, useQuery } from '@tanstack/vue-query'
import { computed, ref, type Ref } from 'vue'
import { getVerificationOptions, verifyPhotosMutation } from '@/api/@tanstack/vue-query.gen'
import { useNow } from '@/app/clock'

const SLOW_MS = 60_000
const asked = ref<{ campaign: string; at: string; here: number } | null>(null)

export function useScrub(path: Readonly<Ref<{ campaign_id: string }>>) {
  const now = useNow(2_000)
  const mine = computed(() => (asked.value?.campaign === path.value.campaign_id ? asked.value : null))
  const query = useQuery(computed(() => ({ ...getVerificationOptions({ path: path.value }), refetchInterval: mine.value ? 2_000 : 60_000 })))
  const running = computed(() => mine.value !== null && !(query.data.value && Date.parse(query.data.value.at) >= Date.parse(mine.value.at)))
  const ask = useMutation({
    ...verifyPhotosMutation(),
    onSuccess: (answer) => void (asked.value = { campaign: path.value.campaign_id, at: answer.asked_at, here: now.value.getTime() }),
  })
  /** A stopped worker never answers: then the button comes back. */
  const slow = computed(() => running.value && mine.value !== null && now.value.getTime() - mine.value.here > SLOW_MS)
  return { last: query.data, error: computed(() => ask.error.value ?? query.error.value), running: computed(() => ask.isPending.value || running.value), slow, ask: () => ask.mutate({ path: path.value }) }
}
