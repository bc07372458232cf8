// The campaign that the desk works on: the newest, as `me` says; null until known or when there is none yet.
import { computed } from 'vue'
import { useMe } from '@/app/session'

export function useCampaign() {
  const { me, error, refetch } = useMe()
  const campaignId = computed(() => me.value?.campaign_id ?? null)
  /** Path of the generated calls; only used while `campaignId` is known. */
  const path = computed(() => ({ campaign_id: campaignId.value ?? '' }))
  return { me, error, refetch, campaignId, path, none: computed(() => me.value !== null && campaignId.value === null) }
}
