import { expect, it } from 'vitest'
import { fields, finite, isFields, list, number, numberOrNull, text } from './read'

it('makes of anything that is not meant its empty value', () => {
  for (const v of [undefined, null, true, NaN, Infinity, [], 'x']) expect([fields(v), isFields(v), number(v), numberOrNull(v), finite(v)]).toEqual([{}, false, 0, null, false])
  for (const v of [undefined, null, true, {}, []]) expect(text(v)).toBe('')
  for (const v of [undefined, null, {}, 'x', 1]) expect(list(v)).toEqual([])
})

it('keeps what is meant, and zero apart from nothing', () => {
  expect([fields({ a: 1 }), list([1]), number(-2), text('a'), text(7)]).toEqual([{ a: 1 }, [1], -2, 'a', '7'])
  expect([numberOrNull(0), numberOrNull(null)]).toEqual([0, null])
})
