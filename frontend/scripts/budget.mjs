// Fails the build when a phone route needs more JavaScript than the budget: 150 KB gzipped.
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { closure, entryOf, manifest, phonePages, wordsOf } from './phone-files.mjs'

const BUDGET_KB = 150
const FORBIDDEN = /echarts|zrender|uppy|tiptap|vue-table|Table\.vue/i
const chunks = await manifest()
const size = new Map()
async function gz(file) {
  if (!size.has(file)) size.set(file, gzipSync(await readFile(new URL(`../dist/${file}`, import.meta.url)), { level: 9 }).length)
  return size.get(file)
}

let failed = false
const rows = []
for (const page of phonePages(chunks)) {
  const keys = new Set()
  for (const key of [entryOf(chunks), page, ...wordsOf(chunks, page)]) closure(chunks, key, keys)
  let bytes = 0
  for (const key of keys) if (chunks[key].file.endsWith('.js')) bytes += await gz(chunks[key].file)
  const strangers = [...keys].filter((key) => FORBIDDEN.test(key))
  const kb = bytes / 1024
  if (kb > BUDGET_KB || strangers.length) failed = true
  rows.push([page.replace('src/pages/', ''), kb, strangers])
}
rows.sort((a, b) => b[1] - a[1])
for (const [page, kb, strangers] of rows)
  console.log(`${kb > BUDGET_KB || strangers.length ? 'OVER' : 'ok  '} ${kb.toFixed(1).padStart(6)} KB  ${page} ${strangers.join(' ')}`)
if (!rows.length) throw new Error('no phone page found in the build manifest')
if (failed) {
  console.error(`A phone route is over ${BUDGET_KB} KB gzipped JavaScript, or pulls in a desk library.`)
  process.exit(1)
}
