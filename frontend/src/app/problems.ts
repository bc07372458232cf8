// An error of any kind -> the sentence a person reads, and the fields it is about.
import { hasWord, locale, t } from './i18n'

/** RFC 9457 body of a refusal, with what the transport adds. */
export interface Problem {
  code: string
  detail: string
  facts: Record<string, unknown>
  faults: { field: string; reason: string }[]
  status: number
  request_id: string | null
  retry_after_seconds: number | null
}

export function isProblem(error: unknown): error is Problem {
  return typeof error === 'object' && error !== null && 'code' in error && 'status' in error
}

export const statusOf = (error: unknown) => (isProblem(error) ? error.status : 0)

/** Nothing was decided by the server: worth sending again, unchanged. Aborts and lost networks count. */
export function isTransient(error: unknown): boolean {
  return !isProblem(error) || error.status >= 500 || [408, 425, 429].includes(error.status)
}

/** `detail` is the server's own sentence (Chinese); in English the code's word is used where one exists. */
export function problemMessage(error: unknown): string {
  if (!isProblem(error)) {
    if (error instanceof DOMException && ['TimeoutError', 'AbortError'].includes(error.name)) return t('common.problem.timeout')
    return t(navigator.onLine ? 'common.problem.unreachable' : 'common.problem.offline')
  }
  const key = `common.codes.${error.code}`
  if (locale.value !== 'zh-CN' && hasWord(key)) return t(key)
  if (error.detail) return error.detail
  if (error.status === 401) return t('common.problem.signed_out')
  if ([502, 503, 504].includes(error.status)) return t('common.problem.busy')
  return error.request_id ? t('common.problem.unknown_id', { id: error.request_id }) : t('common.problem.unknown', { code: error.code })
}

/** Last name of each faulty field -> what to mend, for UFormField's `error`. `body.number` becomes `number`. */
export function problemFields(error: unknown): Record<string, string> {
  if (!isProblem(error)) return {}
  return Object.fromEntries(
    error.faults.map(({ field, reason }) => {
      const key = `common.faults.${reason}`
      return [field.split('.').at(-1) ?? field, hasWord(key) ? t(key) : t('common.faults.other')]
    }),
  )
}
