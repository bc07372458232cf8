// A finding of the photo check in the reader's language; the server says each in both.
import type { PhotoFinding } from '@/api'
import { locale } from './i18n'

export const findingText = (one: Pick<PhotoFinding, 'zh' | 'en'>) => (locale.value === 'en' ? one.en : one.zh)

/** What to do; empty in English with a finding from before it was said in both. */
export const remedyOf = (one: Pick<PhotoFinding, 'remedy' | 'remedy_en'>) => (locale.value === 'en' ? one.remedy_en : one.remedy)
