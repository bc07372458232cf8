// What a key may be allowed to do, in the order in which it is offered; the server's policy decides.
import type { Act } from '@/api'
import { hasWord, t } from '@/app/i18n'

export const KEY_ACTS = ['read_campaign', 'read_students', 'read_progress', 'read_changes', 'read_fees', 'read_original', 'upload_photos', 'check_in_class', 'collect_fee'] as const satisfies readonly Act[]

export function actWord(act: Act): string {
  const key = `registrar.accounts.acts.${act}`
  return hasWord(key) ? t(key) : act
}
