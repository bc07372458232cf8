// Mounts a page as the site does: router, queries, kit, all words; the API is msw, nothing of ours is replaced.
import ui from '@nuxt/ui/vue-plugin'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { defineComponent, h, type Component } from 'vue'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'
import { watchConnection } from '@/app/connection'
import { ensureWords } from '@/app/i18n'
import { queryClient } from '@/app/query'
import type { WordGroup } from '@/locales'

let watching = false

/** `at` is the address, `path` its pattern: mountPage(MyCard, { path: '/me', words: 'student' }). */
export async function mountPage(page: Component, { path, at = path, words }: { path: string; at?: string; words: WordGroup }) {
  if (!watching) watchConnection()
  watching = true
  queryClient.clear()
  await ensureWords(words)
  const elsewhere = defineComponent(() => () => h('p', 'elsewhere'))
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path, component: page, meta: { title: 'common.app', words } },
      { path: '/:rest(.*)*', component: elsewhere, meta: { title: 'common.app', words: 'shared' } },
    ],
  })
  await router.push(at)
  const wrapper = mount(RouterView, { attachTo: document.body, global: { plugins: [router, [VueQueryPlugin, { queryClient }], ui] } })
  await flushPromises()
  return { wrapper, router }
}
