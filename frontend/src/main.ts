// Starts the site.
import './main.css'
import ui from '@nuxt/ui/vue-plugin'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import App from './App.vue'
import { watchConnection } from './app/connection'
import { startLocale } from './app/i18n'
import { queryClient } from './app/query'
import { outbox } from './app/senders'
import { startUpdates } from './app/update'
import { router } from './router'

watchConnection()
await startLocale().catch(() => undefined)
createApp(App).use(router).use(VueQueryPlugin, { queryClient }).use(ui).mount('#app')
void outbox.start()
void startUpdates().catch(() => undefined)
