// Reading a notice that is not kept yet: a file, Word's clipboard or typed text; rulings go along, and the reading follows them.
import { useMutation } from '@tanstack/vue-query'
import { computed, ref } from 'vue'
import { readNotice, readNoticeFile, type CampaignNotice, type NoticeOut } from '@/api'
import { serverNow } from '@/app/clock'

export type Source = { text: string } | { html: string } | { file: File }
export interface DraftRuling {
  choice: string
  note: string
  at: string
}

const STORED = 'gradphoto.notice.rulings'
function stored(): Record<string, DraftRuling> {
  try {
    return JSON.parse(sessionStorage.getItem(STORED) ?? '{}') as Record<string, DraftRuling>
  } catch {
    return {}
  }
}

export function useReading() {
  const rulings = ref(stored())
  const notice = ref<NoticeOut | null>(null)
  const busy = ref<string | null>(null)

  const read = useMutation({
    mutationFn: async (source: Source) => {
      if ('file' in source) return (await readNoticeFile({ body: { file: source.file }, throwOnError: true })).data
      if ('html' in source) return (await readNotice({ body: { html: source.html }, throwOnError: true })).data
      return again(source.text)
    },
    onSuccess: async (found) => {
      // Of a file or the clipboard the first reading gives the text; what was ruled on the same words counts again.
      const known = found.findings.some((one) => rulings.value[one.key] && rulings.value[one.key]?.choice !== one.taken)
      notice.value = known ? await again(found.text).catch(() => found) : found
    },
  })
  async function again(text: string, by = rulings.value) {
    const choices = Object.fromEntries(Object.entries(by).map(([key, one]) => [key, one.choice]))
    return (await readNotice({ body: { text, rulings: choices }, throwOnError: true })).data
  }

  // One after the other: each begins with what the one before has left.
  const decide = useMutation({
    scope: { id: 'draft rulings' },
    mutationFn: async ({ key, ruling }: { key: string; ruling: DraftRuling | null }) => {
      const others = Object.fromEntries(Object.entries(rulings.value).filter(([other]) => other !== key))
      const next = ruling ? { ...others, [key]: ruling } : others
      return { next, found: await again(notice.value?.text ?? '', next) }
    },
    onMutate: ({ key }) => void (busy.value = key),
    onSuccess: ({ next, found }) => {
      rulings.value = next
      notice.value = found
      sessionStorage.setItem(STORED, JSON.stringify(next))
    },
    onSettled: () => void (busy.value = null),
  })
  const rule = ({ key, choice, note }: { key: string; choice: string; note: string }) => decide.mutate({ key, ruling: { choice, note, at: serverNow().toISOString() } })
  const withdraw = (key: string) => decide.mutate({ key, ruling: null })
  function forget() {
    rulings.value = {}
    sessionStorage.removeItem(STORED)
  }

  /** As the campaign's own looks: the findings carry what was ruled here. */
  const shown = computed<CampaignNotice | null>(
    () =>
      notice.value && {
        ...notice.value,
        findings: notice.value.findings.map((one) => {
          const ruled = rulings.value[one.key]
          return { ...one, ruled: ruled ? { ...ruled, by_name: '' } : null }
        }),
      },
  )
  return { read, shown, rulings, busy, rule, withdraw, forget, notDecided: decide.error }
}
