// Enter picks only somebody who was found for the words that stand there; who has left is not offered.
import { flushPromises } from '@vue/test-utils'
import { delay, http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { h } from 'vue'
import type { StudentOut } from '@/api'
import { mountPage } from '@/test-utils'
import StudentPicker from './StudentPicker.vue'

const student = (number: string, name: string, more = {}) => ({ student_id: number, number, name, class_group_name: 'A1', college_name: 'A', sex: 'F', withdrawn_at: null, ...more })
const ALL = [student('1', 'Gone Ann', { withdrawn_at: '2018-10-01T00:00:00Z' }), student('2', 'Ann'), student('3', 'Anna'), student('4', 'Bo')]
let slow = 0
const server = setupServer(
  http.get('*/students', async ({ request }) => {
    const words = new URL(request.url).searchParams.get('search') ?? ''
    await delay(slow)
    return HttpResponse.json({ students: ALL.filter((one) => one.name.includes(words)), total: 4, next_after: null })
  }),
)
beforeAll(() => server.listen())
afterEach(() => (slow = 0))
afterAll(() => server.close())

async function open() {
  const picked: string[] = []
  const { wrapper } = await mountPage({ render: () => h(StudentPicker, { campaignId: 'c', onPick: (one: StudentOut) => picked.push(one.name) }) }, { path: '/', words: 'common' })
  const input = wrapper.get('input')
  const rows = () => wrapper.findAll('li button').map((row) => row.text())
  return { wrapper, input, rows, picked }
}

test('the first who has not left', async () => {
  const { wrapper, input, rows, picked } = await open()
  await input.setValue('Ann')
  await input.trigger('keydown', { key: 'Enter' })
  expect(picked).toEqual([])
  await vi.waitUntil(() => rows().length === 2)
  await input.trigger('keydown', { key: 'Enter', isComposing: true })
  expect(picked).toEqual([])
  await input.trigger('keydown', { key: 'Enter' })
  expect(picked).toEqual(['Ann'])
  expect(rows()).toEqual([])
  wrapper.unmount()
})

test('nobody of what was typed before', async () => {
  const { wrapper, input, rows, picked } = await open()
  await input.setValue('Ann')
  await vi.waitUntil(() => rows().length === 2)
  slow = 50
  await input.setValue('Bo')
  await input.trigger('keydown', { key: 'Enter' })
  await flushPromises()
  await input.trigger('keydown', { key: 'Enter' })
  expect(picked).toEqual([])
  await vi.waitUntil(() => rows().length === 1)
  await input.trigger('keydown', { key: 'Enter' })
  expect(picked).toEqual(['Bo'])
  wrapper.unmount()
})
