// The words: zh-CN is the master and the type, English follows; one file per person's folder of pages, loaded with it.
import common from './zh-CN/common'
import shared from './zh-CN/shared'

export interface Words {
  common: typeof common
  shared: typeof shared
  student: typeof import('./zh-CN/student').default
  monitor: typeof import('./zh-CN/monitor').default
  counsellor: typeof import('./zh-CN/counsellor').default
  station: typeof import('./zh-CN/station').default
  board: typeof import('./zh-CN/board').default
  registrar: typeof import('./zh-CN/registrar').default
  check: typeof import('./zh-CN/check').default
  uploads: typeof import('./zh-CN/uploads').default
  tray: typeof import('./zh-CN/tray').default
  evidence: typeof import('./zh-CN/evidence').default
}

export type Locale = 'zh-CN' | 'en'
export type WordGroup = keyof Words

/** The shape English must have: the same keys, any strings. */
export type Same<T> = { [K in keyof T]: T[K] extends string ? string : Same<T[K]> }

type Leaf<T, P extends string = ''> = {
  [K in keyof T & string]: T[K] extends string ? `${P}${K}` : Leaf<T[K], `${P}${K}.`>
}[keyof T & string]
/** Every key that exists; a misspelt one does not compile. */
export type WordKey = Leaf<Words>

export const firstWords = { common, shared }

type WordFile = { default: Words[WordGroup] }
const files = import.meta.glob<WordFile>(['./en/*.ts', './zh-CN/*.ts', '!./zh-CN/common.ts', '!./zh-CN/shared.ts'])

export async function fetchWords(locale: Locale, group: WordGroup): Promise<Words[WordGroup]> {
  if (locale === 'zh-CN' && (group === 'common' || group === 'shared')) return firstWords[group]
  const load = files[`./${locale}/${group}.ts`]
  if (!load) throw new Error(`no words: ${locale}/${group}`)
  return (await load()).default
}
