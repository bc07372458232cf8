// The parts of a photo's check come with their words, and only when a page shows them.
import { defineAsyncComponent, type Component } from 'vue'
import { ensureWords } from '@/app/i18n'

export const withWords = <T extends Component>(load: () => Promise<{ default: T }>) => defineAsyncComponent(() => Promise.all([load(), ensureWords('check')]).then(([it]) => it.default))
