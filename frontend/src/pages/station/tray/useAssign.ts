// Giving photos to students, one or a class full, and taking the last step back: the server remembers how it was before. Or sending one back.
import { useMutation, useQueryClient, type QueryClient } from '@tanstack/vue-query'
import { computed, ref, shallowRef } from 'vue'
import { confirmProposals, decidePhoto, undoConfirmation, type TrayPhotoOut } from '@/api'
import { problemMessage } from '@/app/problems'
import { meKept } from '@/app/session'
import { t } from '@/app/i18n'
import { uuid } from '@/lib/outbox'

interface Done {
  opId: string
  word: string
  photos: string[]
}
const MOST = 500
const SHOWS_PHOTOS = /"(getTray|getContactSheet|listNobodysPhotos|listPhotos|listPhotoImports)"|import-entries/

/** Whatever shows waiting photos or counts them is read again. */
export const freshenTray = (client: QueryClient) => client.invalidateQueries({ predicate: ({ queryKey }) => SHOWS_PHOTOS.test(JSON.stringify(queryKey)) })

export function useAssign(after: () => Promise<unknown>) {
  const client = useQueryClient()
  const done = shallowRef<Done[]>([])
  const said = ref('')
  const path = () => ({ campaign_id: meKept.value?.campaign_id ?? '' })
  const freshen = () => Promise.all([after(), freshenTray(client)])

  const giving = useMutation({
    mutationFn: async ({ photos, givenId, word }: { photos: TrayPhotoOut[]; givenId?: string; word: string }) => {
      const opId = uuid()
      const seen = photos.slice(0, MOST).map((one) => ({ photo_id: one.photo_id, student_id: one.proposed_student_id, given_id: givenId }))
      const { data } = await confirmProposals({ path: path(), body: { op_id: opId, photos: seen }, throwOnError: true })
      return { opId, word, data }
    },
    onSuccess: async ({ opId, word, data }) => {
      if (data.confirmed.length) done.value = [...done.value, { opId, word, photos: data.confirmed }]
      said.value = data.skipped.length ? t('tray.skipped', { n: data.skipped.length }) : ''
      await freshen()
    },
  })
  const taking = useMutation({
    mutationFn: async (last: Done) => (await undoConfirmation({ path: path(), body: { op_id: last.opId }, throwOnError: true })).data,
    onSuccess: async (data, last) => {
      done.value = done.value.filter((one) => one !== last)
      said.value = data.kept.length ? t('tray.undone_some', { n: data.waiting.length, kept: data.kept.length }) : t('tray.undone', { n: data.waiting.length })
      await freshen()
    },
  })
  const rejecting = useMutation({
    mutationFn: ({ photo, reason }: { photo: TrayPhotoOut; reason: string }) =>
      decidePhoto({ path: { ...path(), photo_id: photo.photo_id }, body: { decision: 'rejected', reason }, throwOnError: true }),
    onSuccess: async () => {
      start()
      said.value = t('tray.reject.done')
      await freshen()
    },
  })
  const busy = computed(() => giving.isPending.value || taking.isPending.value || rejecting.isPending.value)
  const failed = computed(() => giving.error.value ?? taking.error.value)

  function start() {
    giving.reset()
    taking.reset()
    said.value = ''
  }
  return {
    busy,
    rejecting,
    said,
    last: computed(() => done.value.at(-1)),
    problem: computed(() => (failed.value ? problemMessage(failed.value) : '')),
    give(photo: TrayPhotoOut, student: { student_id: string; name: string }) {
      if (busy.value) return
      start()
      const givenId = student.student_id === photo.proposed_student_id ? undefined : student.student_id
      giving.mutate({ photos: [photo], givenId, word: t('tray.gave', { name: student.name }) })
    },
    confirm(photos: TrayPhotoOut[]) {
      if (busy.value || !photos.length) return
      start()
      giving.mutate({ photos, word: photos.length === 1 ? t('tray.gave', { name: photos[0]!.proposed_name ?? '' }) : t('tray.confirmed', { n: Math.min(photos.length, MOST) }) })
    },
    undo() {
      const last = done.value.at(-1)
      if (busy.value || !last) return
      start()
      taking.mutate(last)
    },
  }
}
export type Assign = ReturnType<typeof useAssign>
