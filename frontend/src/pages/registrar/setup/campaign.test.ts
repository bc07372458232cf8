// What the notice says survives the form: money, the last second of the deadline, and mistakes are named.
import { beforeAll, expect, test } from 'vitest'
import type { FactOut } from '@/api'
import { ensureWords } from '@/app/i18n'
import { fieldsOf, mistakesIn, typedFromFacts } from './campaign'

const fact = (name: string, value: string | number): FactOut => ({ name, value, span: { start: 0, end: 1, text: String(value) } })
beforeAll(() => ensureWords('registrar'))

test('facts -> form -> request', () => {
  const typed = typedFromFacts([
    fact('cohort', 2019),
    fact('fee_fen', 2050),
    fact('pace_people', 30),
    fact('pace_minutes', 10),
    fact('return_deadline', '2019-03-10T15:59:59Z'),
  ])
  expect(mistakesIn(typed)).toEqual({})
  expect(fieldsOf(typed)).toMatchObject({
    cohort: '2019 届',
    fee_fen: 2050,
    pace_people: 30,
    pace_minutes: 10,
    return_deadline: '2019-03-10T23:59:59+08:00',
  })
})

test('nothing read: every needed field is named, none is guessed', () => {
  expect(Object.keys(mistakesIn(typedFromFacts([]))).sort()).toEqual(['deadline', 'fee', 'name', 'pace_minutes', 'pace_people'])
})
