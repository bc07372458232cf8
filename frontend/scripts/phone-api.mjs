// The generated client is one module, so a phone would load the calls of every desk page. In a build it becomes two: what the
// phone's and the shared sources name, and the rest. Nothing changes for who imports it.
import { readdir, readFile } from 'node:fs/promises'

const src = new URL('../src/', import.meta.url)
const DESK = /^(pages\/(board|counsellor|registrar|station)\/|layouts\/(Desk|Station|Screen))/
const SPLIT = /\/src\/api\/(sdk\.gen|@tanstack\/vue-query\.gen)\.ts(\?desk)?$/
/** `listPhotos` of listPhotosOptions, listPhotosQueryKey ...: they need each other and stay together. */
const callOf = (name) => name.replace(/(Infinite)?(Options|QueryKey)$|Mutation$/, '')

async function phoneCalls() {
  const files = (await readdir(src, { recursive: true })).map((file) => file.replaceAll('\\', '/'))
  const wanted = files.filter((file) => /\.(vue|ts)$/.test(file) && !DESK.test(file) && !/^api\/|\.test\.ts$/.test(file))
  const texts = await Promise.all(wanted.map((file) => readFile(new URL(file, src), 'utf8')))
  return new Set(texts.flatMap((text) => text.match(/\b[a-z]\w+\b/g) ?? []).map(callOf))
}

/** Before the first call: imports, types and helpers, which both halves have. */
function halves(text, calls) {
  const [head, ...rest] = text.split(/^(?=export const \w)/m)
  const isPhone = (piece) => calls.has(callOf(/^export const (\w+)/.exec(piece)[1]))
  return { head, phone: rest.filter(isPhone), desk: rest.filter((piece) => !isPhone(piece)) }
}

/** @returns {import('vite').Plugin} */
export function phoneApi() {
  let calls
  return {
    name: 'phone-api',
    apply: 'build',
    enforce: 'pre',
    async buildStart() {
      calls = await phoneCalls()
    },
    resolveId: (id) => (SPLIT.test(id) && id.endsWith('?desk') ? id : undefined),
    async load(id) {
      const path = id.replaceAll('\\', '/')
      if (!SPLIT.test(path)) return undefined
      const [file, desk] = path.split('?')
      const found = halves(await readFile(file, 'utf8'), calls)
      if (!found.phone.length || !found.desk.length) throw new Error(`nothing to split in ${file}: see scripts/phone-api.mjs`)
      const code = desk ? found.head + found.desk.join('') : `${found.head}${found.phone.join('')}\nexport * from '${file}?desk'\n`
      return { code, moduleType: 'ts', moduleSideEffects: false }
    },
  }
}
