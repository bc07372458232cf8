// The student's form: says what is missing before asking, and the server's refusal after.
import { flushPromises } from '@vue/test-utils'
import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mountPage } from '@/test-utils'
import SignIn from './SignIn.vue'

let sent: unknown
const server = setupServer(
  http.post('*/api/v1/sign-in/student', async ({ request }) => {
    sent = await request.json()
    return HttpResponse.json(
      { type: '/problems/sign_in_refused', title: 'SignInRefused', status: 401, code: 'sign_in_refused', detail: '学号、姓名或证件号对不上。', facts: {}, faults: [] },
      { status: 401, headers: { 'content-type': 'application/problem+json' } },
    )
  }),
)
beforeAll(() => server.listen())
afterAll(() => server.close())

test('names each empty field, sends what is whole, shows the refusal', async () => {
  const { wrapper } = await mountPage(SignIn, { path: '/sign-in', words: 'shared' })
  await wrapper.get('form').trigger('submit')
  await flushPromises()
  expect(wrapper.get('[role=alert]').text()).toContain('请填写学号')
  expect(wrapper.get('#id_number_tail').attributes('aria-invalid')).toBe('true')

  await wrapper.get('#number').setValue(' 4140001 ')
  await wrapper.get('#name').setValue('林若溪')
  await wrapper.get('#id_number_tail').setValue('12345X')
  await wrapper.get('form').trigger('submit')
  await expect.poll(() => wrapper.text()).toContain('学号、姓名或证件号对不上。')
  expect(sent).toEqual({ number: '4140001', name: '林若溪', id_number_tail: '12345X' })
})
