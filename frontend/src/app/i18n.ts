// Which language the site speaks; `t` with checked keys; words arrive with the pages that need them.
// 40 lines instead of a library: we use named values only, and the library cost 17 KB of a phone's 150.
import { computed, shallowRef } from 'vue'
import { yuan } from '@/lib/money'
import * as time from '@/lib/time'
import { fetchWords, firstWords, type Locale, type WordGroup, type WordKey, type Words } from '@/locales'

const STORED = 'gradphoto.locale'

const current = shallowRef<Locale>('zh-CN')
const known = shallowRef<Record<Locale, Partial<Words>>>({ 'zh-CN': firstWords, en: {} })
const wanted = new Set<WordGroup>(['common', 'shared'])

export const locale = computed(() => current.value)

function find(words: unknown, key: string): string | undefined {
  let node = words
  for (const part of key.split('.')) node = typeof node === 'object' && node !== null ? (node as Record<string, unknown>)[part] : undefined
  return typeof node === 'string' ? node : undefined
}

/** The one way to get words: `t('common.retry')`, `t('common.people', { n: 30 })`. Reactive in templates and computeds. */
export function t(key: WordKey, values: Record<string, string | number> = {}): string {
  const text = find(known.value[current.value], key) ?? find(known.value['zh-CN'], key) ?? key
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

/** For keys put together from the server's codes. */
export const hasWord = (key: string): key is WordKey => (find(known.value[current.value], key) ?? find(known.value['zh-CN'], key)) !== undefined

async function ensure(group: WordGroup, to: Locale) {
  wanted.add(group)
  if (known.value[to][group]) return
  const words = await fetchWords(to, group)
  known.value = { ...known.value, [to]: { ...known.value[to], [group]: words } }
}

export const ensureWords = (group: WordGroup) => ensure(group, current.value)

export async function setLocale(to: Locale) {
  await Promise.all([...wanted].map((group) => ensure(group, to)))
  current.value = to
  document.documentElement.lang = to
  localStorage.setItem(STORED, to)
}

/** Chinese unless the person has chosen otherwise on this device. */
export async function startLocale() {
  if (localStorage.getItem(STORED) === 'en') await setLocale('en')
}

/** Money, dates and numbers in the person's language. */
export const say = {
  yuan,
  number: (n: number) => n.toLocaleString(current.value),
  day: (at: time.When) => time.day(at, current.value),
  clock: time.clock,
  moment: (at: time.When) => time.moment(at, current.value),
  span: time.span,
}
