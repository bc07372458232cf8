// The students of several classes at once, in the order asked for. A class of another college than one's own is left out.
import { useQueries, useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import type { ClassCheckIns } from '@/api'
import { getCampaignOptions, getTimetableOptions, listClassCheckInsOptions } from '@/api/@tanstack/vue-query.gen'
import { statusOf } from '@/app/problems'
import { useCampaign } from '../useCampaign'

/** What every sheet names: the timetable and the campaign. */
export function usePrinted() {
  const { campaignId, path, none } = useCampaign()
  const enabled = computed(() => campaignId.value !== null)
  const timetable = useQuery(computed(() => ({ ...getTimetableOptions({ path: path.value }), enabled: enabled.value })))
  const campaign = useQuery(computed(() => ({ ...getCampaignOptions({ path: path.value }), enabled: enabled.value })))
  const data = computed(() => (timetable.data.value && campaign.data.value ? { timetable: timetable.data.value, campaign: campaign.data.value } : undefined))
  const error = computed(() => timetable.error.value ?? campaign.error.value)
  const retry = () => void Promise.all([timetable.refetch(), campaign.refetch()])
  return { path, none, data, error, retry }
}

export function useClassSheets(path: Ref<{ campaign_id: string }>, ids: Ref<string[]>) {
  const queries = useQueries({
    queries: computed(() => ids.value.map((id) => ({ ...listClassCheckInsOptions({ path: { ...path.value, class_group_id: id } }), retry: 1 }))),
  })
  const refused = (error: unknown) => statusOf(error) === 403 || statusOf(error) === 404
  const byClass = computed(() => {
    if (queries.value.some((one) => one.isPending)) return undefined
    return new Map<string, ClassCheckIns>(queries.value.flatMap((one) => (one.data ? [[one.data.class_group_id, one.data]] : [])))
  })
  const error = computed(() => queries.value.find((one) => one.error && !refused(one.error))?.error ?? null)
  const retry = () => void Promise.all(queries.value.map((one) => one.refetch()))
  return { byClass, error, retry }
}
