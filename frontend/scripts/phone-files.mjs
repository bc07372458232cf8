// Which built files a phone page can need: the entry plus everything that the phone folders import, by folder.
import { readFile } from 'node:fs/promises'

const dist = new URL('../dist/', import.meta.url)
const PHONE = /^src\/pages\/(shared|student|monitor)\//
const SHELL = /^src\/(layouts\/PhoneLayout|locales\/(zh-CN|en)\/(common|shared|student|monitor|check)|app\/)/

/** @returns {Promise<Record<string, {file: string, imports?: string[], dynamicImports?: string[], css?: string[], isEntry?: boolean, src?: string}>>} */
export async function manifest() {
  return JSON.parse(await readFile(new URL('.vite/manifest.json', dist), 'utf8'))
}

/** Files loaded before `key` can run: itself and its static imports. */
export function closure(chunks, key, seen = new Set()) {
  if (seen.has(key)) return seen
  seen.add(key)
  for (const next of chunks[key].imports ?? []) closure(chunks, next, seen)
  return seen
}

export const phonePages = (chunks) => Object.keys(chunks).filter((key) => PHONE.test(key))
export const entryOf = (chunks) => Object.keys(chunks).find((key) => chunks[key].isEntry)
/** The words a phone page loads beside its own chunk, in Chinese. */
export const wordsOf = (chunks, page) => {
  const group = page.includes('PhotoCheck') || page.includes('/check/') ? 'check' : page.split('/')[2]
  const key = `src/locales/zh-CN/${group}.ts`
  return chunks[key] ? [key] : []
}

/** Other people's pages, layouts and words: reachable from the router, but never needed by a phone. */
const OTHERS = /^src\/(pages|layouts|locales)\//

export async function phoneFiles() {
  const chunks = await manifest()
  const keys = new Set()
  const roots = Object.keys(chunks).filter((key) => PHONE.test(key) || SHELL.test(key) || chunks[key].isEntry)
  for (const key of roots) closure(chunks, key, keys)
  // A set may grow while it is walked: what a phone chunk loads later (sheets, scanner) is kept as well.
  for (const key of keys)
    for (const later of chunks[key].dynamicImports ?? []) if (!OTHERS.test(later)) closure(chunks, later, keys)
  return new Set([...keys].flatMap((key) => [chunks[key].file, ...(chunks[key].css ?? [])]))
}
