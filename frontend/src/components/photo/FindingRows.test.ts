// What is wrong and what to do about it, in the reader's language.
import { afterEach, expect, test } from 'vitest'
import { h } from 'vue'
import type { PhotoFinding } from '@/api'
import { setLocale } from '@/app/i18n'
import { mountPage } from '@/test-utils'
import FindingRows from './FindingRows.vue'

const one: PhotoFinding = { code: 'roll', level: 'block', about: 'picture', zh: '头歪了 9°，最多 4°', en: 'The head is tilted by 9°, at most 4°', measured: '9°', limit: '4°', remedy: '请重拍', remedy_en: 'Have it taken again' }
const shown = async (finding: PhotoFinding) => (await mountPage({ render: () => h(FindingRows, { findings: [finding] }) }, { path: '/', words: 'check' })).wrapper.text()
afterEach(() => setLocale('zh-CN'))

test('each language says what is wrong and what to do, and nothing of the other', async () => {
  const zh = await shown(one)
  expect(zh).toContain(one.zh)
  expect(zh).toContain(one.remedy)
  expect(zh).not.toContain(one.en)
  await setLocale('en')
  const en = await shown(one)
  expect(en).toContain(one.en)
  expect(en).toContain(one.remedy_en)
  expect(en).not.toMatch(/[\u4e00-\u9fff]/)
})

test('a finding from before there was an English remedy is shown without one', async () => {
  await setLocale('en')
  expect(await shown({ ...one, remedy_en: '' })).not.toContain('What to do')
})
