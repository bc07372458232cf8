// How the site is built: kit, bundled icons, a service worker that keeps the phone pages, and the development proxy.
import { fileURLToPath } from 'node:url'
import ui from '@nuxt/ui/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'
import { deskGlobs, deskIcons } from './scripts/desk-icons.mjs'
import { staticKitColors } from './scripts/kit-colors.mjs'
import { withoutUnusedKit } from './scripts/kit-unused.mjs'
import { phoneApi } from './scripts/phone-api.mjs'
import { phoneFiles } from './scripts/phone-files.mjs'

const api = process.env.GRADPHOTO_API ?? 'http://127.0.0.1:8000'

export default defineConfig({
  // One copy of the icon store, or `vite dev` would fetch what the bundles brought.
  resolve: { dedupe: ['@iconify/vue'], alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  plugins: [
    vue(),
    staticKitColors(),
    withoutUnusedKit(),
    phoneApi(),
    deskIcons(),
    ui({
      dts: false,
      autoImport: false,
      components: { dirs: [] },
      icon: { clientBundle: { scan: { globInclude: ['src/**/*.{vue,ts}'], globExclude: ['src/api/**', ...deskGlobs] } } },
      ui: {
        colors: { primary: 'ink', neutral: 'slate', info: 'violet', success: 'emerald', warning: 'amber', error: 'rose' },
      },
    }),
    VitePWA({
      registerType: 'prompt',
      injectRegister: false,
      manifest: {
        name: '毕业生图像采集',
        short_name: '图像采集',
        lang: 'zh-CN',
        theme_color: '#2f4bcf',
        background_color: '#f8fafc',
        display: 'standalone',
        start_url: '/',
        icons: [{ src: '/icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' }],
      },
      workbox: {
        navigateFallback: '/index.html',
        navigateFallbackDenylist: [/^\/api\//, /^\/docs/, /^\/metrics/],
        globPatterns: ['**/*.{js,css,html,svg}'],
        // Only what a phone page can reach; the desk's chunks are fetched when somebody opens the desk.
        manifestTransforms: [
          async (entries) => {
            const phone = await phoneFiles()
            return { manifest: entries.filter((e) => !e.url.startsWith('assets/') || phone.has(e.url)), warnings: [] }
          },
        ],
        runtimeCaching: [
          {
            // What a phone last read, for a reload without network. Marked, so that the page can say how old it is.
            urlPattern: ({ url, request }) =>
              request.method === 'GET' &&
              url.pathname.startsWith('/api/v1/') &&
              !url.pathname.includes('/ledger-entries') &&
              (request.headers.get('accept') ?? '').includes('application/json'),
            handler: 'NetworkFirst',
            options: {
              cacheName: 'api',
              networkTimeoutSeconds: 6,
              expiration: { maxEntries: 40, maxAgeSeconds: 86_400 },
              cacheableResponse: { statuses: [200], headers: { 'content-type': 'application/json' } },
              plugins: [
                {
                  cachedResponseWillBeUsed: async ({ cachedResponse }) => {
                    if (!cachedResponse) return null
                    const headers = new Headers(cachedResponse.headers)
                    headers.set('x-kept-since', cachedResponse.headers.get('date') ?? '')
                    return new Response(cachedResponse.body, { status: cachedResponse.status, headers })
                  },
                },
              ],
            },
          },
        ],
      },
    }),
  ],
  server: { proxy: { '/api': { target: api, changeOrigin: false } } },
  preview: { proxy: { '/api': { target: api, changeOrigin: false } } },
  build: {
    manifest: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
  },
})
