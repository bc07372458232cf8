import { afterEach, expect, test } from 'vitest'
import { asProblem } from './connection'
import { setLocale } from './i18n'
import { isTransient, problemFields, problemMessage } from './problems'

const answer = (status: number, headers: Record<string, string> = {}) => new Response(null, { status, headers })
const refusal = { code: 'handover_amount_differs', detail: '金额与登记的不同。', facts: {}, faults: [] }

afterEach(() => setLocale('zh-CN'))

test("a refusal speaks with the server's own sentence", () => {
  expect(problemMessage(asProblem(refusal, answer(409)))).toBe('金额与登记的不同。')
})

test("a proxy's page, a lost network and a slow server each get their sentence", () => {
  expect(problemMessage(asProblem('<html>bad gateway</html>', answer(502)))).toContain('系统正忙')
  expect(problemMessage(new TypeError('Failed to fetch'))).toContain('没有连上服务器')
  expect(problemMessage(new DOMException('', 'TimeoutError'))).toContain('没有及时回答')
})

test('what nobody knows shows the number to read out', () => {
  expect(problemMessage(asProblem('', answer(500, { 'x-request-id': 'a1b2' })))).toContain('a1b2')
})

test('in English a known code is said in English, an unknown one as the server said it', async () => {
  await setLocale('en')
  expect(problemMessage(asProblem({ ...refusal, code: 'not_found' }, answer(404)))).toMatch(/^Not found/)
  expect(problemMessage(asProblem(refusal, answer(409)))).toBe('金额与登记的不同。')
})

test('faults lead to their fields', () => {
  const problem = asProblem({ ...refusal, faults: [{ field: 'body.number', reason: 'missing' }, { field: 'body.name', reason: 'odd' }] }, answer(422))
  expect(problemFields(problem)).toEqual({ number: '请填写', name: '内容不对' })
})

test('only undecided answers are worth sending again', () => {
  for (const status of [408, 429, 500, 503]) expect(isTransient(asProblem('', answer(status)))).toBe(true)
  for (const status of [400, 401, 403, 404, 409, 422]) expect(isTransient(asProblem('', answer(status)))).toBe(false)
  expect(isTransient(new TypeError('Failed to fetch'))).toBe(true)
})
