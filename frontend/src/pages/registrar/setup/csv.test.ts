// A cell of somebody's roster must not become a formula or break out of its cell.
import { expect, test } from 'vitest'
import { csv } from './csv'

test('quotes everything, disarms formulas', () => {
  expect(csv([['行', '内容'], ['2', '=HYPERLINK("x")'], ['3', '张,"三"']])).toBe(
    '\ufeff"行","内容"\r\n"2","\'=HYPERLINK(""x"")"\r\n"3","张,""三"""\r\n',
  )
})
