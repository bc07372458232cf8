// The kit's root carries toasts and programmatic overlays (13 KB gzipped on every phone). Nothing here uses them: what was
// done shows in the page, and an undo is a strip of the page. Replaced by nothing; fails when the kit has moved them.
const REPLACED = ['/@nuxt/ui/dist/runtime/components/Toaster.vue', '/@nuxt/ui/dist/runtime/components/OverlayProvider.vue']
const CALLED = /\buse(Toast|Overlay)\s*\(/

/** @returns {import('vite').Plugin} */
export function withoutUnusedKit() {
  const seen = new Set()
  return {
    name: 'without-unused-kit',
    enforce: 'pre',
    load(id) {
      const found = REPLACED.find((end) => id.replaceAll('\\', '/').endsWith(end))
      if (!found) return undefined
      seen.add(found)
      return '<script>\nexport default {}\n</script>\n<template><slot /></template>\n'
    },
    transform(code, id) {
      if (/\/src\/(?!api\/).*\.(vue|ts)$/.test(id) && CALLED.test(code)) this.error(`${id}: toasts are left out of this site, see scripts/kit-unused.mjs`)
    },
    buildEnd(error) {
      if (!error && this.environment?.config.command === 'build' && seen.size !== REPLACED.length)
        this.error('the kit has moved its toaster: see scripts/kit-unused.mjs')
    },
  }
}
