// The draft of the timetable: read, changed step by step in the order asked, undone, redone; tried without writing.
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef } from 'vue'
import { changeDraft, checkChanges, discardDraft, redoDraft, startDraft, undoDraft, type DraftOut, type DraftStart, type PlanOut } from '@/api'
import { getDraftOptions, getDraftQueryKey } from '@/api/@tanstack/vue-query.gen'
import { isProblem } from '@/app/problems'
import { isSessionEnd } from '@/app/query'
import type { Change } from './plan'

type Path = { campaign_id: string }
const movedOn = (error: unknown) => isProblem(error) && error.code === 'draft_moved_on'

export function useDraft(path: ComputedRef<Path>, enabled: ComputedRef<boolean>) {
  const client = useQueryClient()
  const query = useQuery(computed(() => ({ ...getDraftOptions({ path: path.value }), enabled: enabled.value, refetchInterval: 30_000, refetchOnWindowFocus: true })))
  const busy = ref(0)
  const failed = shallowRef<unknown>(null)
  /** Somebody else, or another window, changed the draft; what is shown now is theirs. */
  const reloaded = ref(false)
  let last: Promise<unknown> = Promise.resolve()

  function run(act: (draft: DraftOut) => Promise<{ data: DraftOut }> | null): Promise<boolean> {
    const mine = last.then(async () => {
      const now = query.data.value
      const asked = now && act(now)
      if (!asked) return false
      busy.value++
      failed.value = null
      reloaded.value = false
      try {
        const { data } = await asked
        // A reading that was under way may be older than the answer.
        await client.cancelQueries({ queryKey: getDraftQueryKey({ path: path.value }) })
        client.setQueryData(getDraftQueryKey({ path: path.value }), data)
        return true
      } catch (error) {
        if (isSessionEnd(error)) return false
        if (movedOn(error)) reloaded.value = true
        else failed.value = error
        await query.refetch()
        return false
      } finally {
        busy.value--
      }
    })
    last = mine.catch(() => undefined)
    return mine
  }

  return {
    ...query,
    draft: query.data,
    busy: computed(() => busy.value > 0),
    failed,
    forget: () => (failed.value = null),
    reloaded,
    /** One step. A function sees the plan as it stands when its turn comes. */
    change: (changes: Change[] | ((plan: PlanOut) => Change[])) =>
      run((now) => {
        const list = typeof changes === 'function' ? changes(now.plan) : changes
        return list.length ? changeDraft({ path: path.value, body: { revision: now.revision, changes: list }, throwOnError: true }) : null
      }),
    undo: () => run((now) => (now.undo === null ? null : undoDraft({ path: path.value, body: { revision: now.revision }, throwOnError: true }))),
    redo: () => run((now) => (now.redo === null ? null : redoDraft({ path: path.value, body: { revision: now.revision }, throwOnError: true }))),
    start: (body: DraftStart) => run(() => startDraft({ path: path.value, body, throwOnError: true })),
    discard: () => run((now) => discardDraft({ path: path.value, query: { revision: now.revision }, throwOnError: true })),
  }
}
export type DraftHandle = ReturnType<typeof useDraft>

/** What changes would make of the draft, asked while a hand still hovers; the newest question wins. */
export function useCheck(path: ComputedRef<Path>, revision: ComputedRef<number>, delay = 160) {
  const plan = shallowRef<PlanOut | null>(null)
  const refusal = shallowRef<unknown>(null)
  const asking = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  let abort: AbortController | undefined
  let asked = ''

  function stop() {
    clearTimeout(timer)
    abort?.abort()
    asking.value = false
  }
  function ask(changes: Change[] | null) {
    const body = { revision: revision.value, changes: changes ?? [] }
    const question = JSON.stringify(body)
    if (question === asked) return
    stop()
    asked = question
    refusal.value = null
    plan.value = null
    if (!changes?.length) return
    asking.value = true
    timer = setTimeout(async () => {
      const mine = (abort = new AbortController())
      try {
        const { data } = await checkChanges({ path: path.value, body, signal: mine.signal, throwOnError: true })
        if (!mine.signal.aborted) plan.value = data
      } catch (error) {
        if (!mine.signal.aborted) refusal.value = error
      }
      if (!mine.signal.aborted) asking.value = false
    }, delay)
  }
  // At once: whoever asks again for the new revision does so after it.
  watch(revision, () => ask(null), { flush: 'sync' })
  onScopeDispose(stop)
  return { plan, refusal, asking, ask }
}
