// What is known of a photo comes with its words, and only when a page shows it.
import { defineAsyncComponent, type Component } from 'vue'
import { ensureWords } from '@/app/i18n'
import type { WordGroup } from '@/locales'

export const withWords = <T extends Component>(load: () => Promise<{ default: T }>, group: WordGroup = 'check') =>
  defineAsyncComponent(() => Promise.all([load(), ensureWords(group)]).then(([it]) => it.default))
