// The kit bundles every icon that the source names into the entry, on phones too. Here the desk, the station and the screens
// get theirs from `virtual:desk-icons`, which their layouts import; the entry keeps what phones and shared parts name.
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

const ID = 'virtual:desk-icons'
const src = new URL('../src/', import.meta.url)
const DESK = /^(pages\/(board|counsellor|registrar|station)\/|layouts\/(Desk|Station|Screen))/
/** Globs for the kit's own scan: what stays in the entry. */
export const deskGlobs = ['src/pages/{board,counsellor,registrar,station}/**', 'src/layouts/{Desk,Station,Screen}*']

async function namesIn(wanted) {
  const files = (await readdir(src, { recursive: true })).map((file) => file.replaceAll('\\', '/')).filter((file) => /\.(vue|ts)$/.test(file) && !/^api\//.test(file))
  const texts = await Promise.all(files.filter((file) => DESK.test(file) === wanted).map((file) => readFile(new URL(file, src), 'utf8')))
  return new Set(texts.flatMap((text) => [...text.matchAll(/i-lucide-([a-z0-9-]+)/g)].map((found) => found[1])))
}

/** Everything that the desk names and the entry does not have, as one icon set. */
async function deskSet() {
  const all = JSON.parse(await readFile(createRequire(import.meta.url).resolve('@iconify-json/lucide/icons.json'), 'utf8'))
  const phone = await namesIn(false)
  const set = { prefix: 'lucide', width: all.width, height: all.height, icons: {} }
  for (const name of [...(await namesIn(true))].sort()) {
    if (phone.has(name)) continue
    const icon = all.icons[name] ?? all.icons[all.aliases?.[name]?.parent]
    if (!icon) throw new Error(`no such icon: i-lucide-${name}`)
    set.icons[name] = icon
  }
  return set
}

/** @returns {import('vite').Plugin} */
export function deskIcons() {
  return {
    name: 'desk-icons',
    resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
    async load(id) {
      if (id !== `\0${ID}`) return undefined
      return `import { addCollection } from '@iconify/vue'\naddCollection(JSON.parse(${JSON.stringify(JSON.stringify(await deskSet()))}))\n`
    },
    // While developing: an edit may name a new icon, so the next reload asks again.
    handleHotUpdate({ server }) {
      const made = server.moduleGraph.getModuleById(`\0${ID}`)
      if (made) server.moduleGraph.invalidateModule(made)
    },
  }
}
