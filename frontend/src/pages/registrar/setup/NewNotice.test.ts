// Before there is a campaign a ruling goes along with the text, the form follows the reading, and rulings are kept once the campaign is made.
import { flushPromises } from '@vue/test-utils'
import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mountPage } from '@/test-utils'
import NewNotice from './NewNotice.vue'

const TEXT = '3 月 10 日前返回'
const span = { start: 0, end: 8, text: '3 月 10 日前' }
function reading(choice: string) {
  const facts = [
    { name: 'cohort', value: '2019', span },
    { name: 'fee_fen', value: 2000, span },
    { name: 'pace_people', value: 30, span },
    { name: 'pace_minutes', value: 10, span },
    { name: 'return_deadline', value: `2019-03-${choice === 'exclusive' ? '09' : '10'}T23:59:59+08:00`, span },
  ]
  const choices = [{ choice: 'inclusive', sentence: '含当天。' }, { choice: 'exclusive', sentence: '不含当天。' }]
  const finding = { code: 'deadline_inclusive', level: 'question', sentence: '没有说清含不含当天。', ruling: '含当天。', span, slot: null, key: 'deadline-1', choices, taken: choice }
  return { text: TEXT, facts, slots: [], findings: [finding] }
}

const reads: unknown[] = []
const kept: unknown[] = []
const server = setupServer(
  http.post('*/api/v1/notices/read', async ({ request }) => {
    const body = (await request.json()) as { rulings?: Record<string, string> }
    reads.push(body)
    return HttpResponse.json(reading(body.rulings?.['deadline-1'] ?? 'inclusive'))
  }),
  http.post('*/api/v1/campaigns', async ({ request }) => {
    const body = (await request.json()) as { return_deadline: string }
    kept.push(body.return_deadline)
    return HttpResponse.json({ campaign_id: 'c' }, { status: 201 })
  }),
  http.put('*/api/v1/campaigns/c/notice/rulings/deadline-1', async ({ request }) => {
    kept.push(await request.json())
    return HttpResponse.json({ text: TEXT, facts: [], slots: [], findings: [] })
  }),
)
beforeAll(() => server.listen())
afterAll(() => server.close())

test('a ruling changes the reading and the form, and is kept with the campaign', async () => {
  const { wrapper } = await mountPage(NewNotice, { path: '/desk/setup', words: 'registrar' })
  await wrapper.get('textarea').setValue(TEXT)
  await wrapper.get('form').trigger('submit')
  await expect.poll(() => wrapper.find('[name="finding-deadline-1"]').exists()).toBe(true)
  expect(wrapper.text()).toContain('还有 1 条待确认')
  await wrapper.get('#campaign-name').setValue('自己起的名字')

  await wrapper.get('input[value=exclusive]').setValue(true)
  await expect.poll(() => wrapper.text()).toContain('都确认过了')
  expect(reads.at(-1)).toEqual({ text: TEXT, rulings: { 'deadline-1': 'exclusive' } })
  expect(wrapper.get<HTMLInputElement>('#campaign-deadline').element.value).toBe('2019-03-09T23:59')
  expect(wrapper.get<HTMLInputElement>('#campaign-name').element.value).toBe('自己起的名字')

  await wrapper.findAll('form').at(-1)?.trigger('submit')
  await expect.poll(() => kept.length).toBe(2)
  await flushPromises()
  expect(kept).toEqual(['2019-03-09T23:59:59+08:00', { choice: 'exclusive', note: '' }])
})
