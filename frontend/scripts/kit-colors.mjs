// The kit paints its colours with a <style> made at run time by a head manager (11 KB gzipped on every phone).
// src/palette.css holds the same variables, so those two modules are replaced by nothing; fails when the kit has moved them.
const REPLACED = ['/@nuxt/ui/dist/runtime/plugins/colors.js', '/@nuxt/ui/dist/runtime/vue/plugins/head.js']

/** @returns {import('vite').Plugin} */
export function staticKitColors() {
  const seen = new Set()
  return {
    name: 'static-kit-colors',
    enforce: 'pre',
    load(id) {
      const found = REPLACED.find((end) => id.split('?')[0].replaceAll('\\', '/').endsWith(end))
      if (!found) return undefined
      seen.add(found)
      return 'export default { install() {} }'
    },
    buildEnd(error) {
      if (!error && this.environment?.config.command === 'build' && seen.size !== REPLACED.length)
        this.error('the kit has moved its colour plugins: see scripts/kit-colors.mjs and src/palette.css')
    },
  }
}
