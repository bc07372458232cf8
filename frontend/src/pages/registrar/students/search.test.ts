// ID numbers of all kinds stay out of the address; 学号, names and classes go in.
import { expect, test } from 'vitest'
import { maybeIdNumber } from './search'

test.each(['11010120000307001X', '１１０１０１２０００００３０７００１５', '110101 19990101 0012', 'H12345678', 'E12345678', 'BEL110081042603'])('%s is kept out', (text) => expect(maybeIdNumber(text)).toBe(true))
test.each(['41500001', '2015123456', '201512345678', '康丽超', '自1501', '材料E151', ''])('%s may be in the address', (text) => expect(maybeIdNumber(text)).toBe(false))
