import { beforeEach, expect, it } from 'vitest'
import { complete, earlier, remember } from './complete'
import { readRow, type Row } from './wire'

const rows = ['azure', 'azure', 'fast', 'my cloud'].map((provider, seq) => readRow({ seq, provider }) as Row)
const offered = (text: string, caret = text.length) => complete(text, caret, rows).options.map((o) => o.text)

beforeEach(() => localStorage.clear())

it('offers fields, and behind a colon what was seen, most first', () => {
  expect(offered('pro')).toEqual(['provider:'])
  expect(offered('-ca')).toEqual(['-cause:', '-cache:'])
  expect(offered('provider:')).toEqual(['provider:azure', 'provider:fast', 'provider:"my cloud"'])
  expect(offered('provider:azure')).toEqual([])
  expect(offered('cache:')).toEqual(['cache:hit', 'cache:miss', 'cache:off'])
  expect(offered('nothing:a')).toEqual([])
  expect(offered('cause:')).toEqual(expect.arrayContaining(['cause:fallback', 'cause:rate_limited', 'cause:cut', 'cause:unreachable', 'cause:abandoned']))
  expect(offered('cause:time')).toHaveLength(5)
})

it('takes the place of the word at the caret', () => {
  const { from, to } = complete('a prov b', 4, rows)
  expect([from, to]).toEqual([2, 6])
})

it('remembers filters once, the last one first', () => {
  for (const q of ['provider:a', 'provider:b', 'x', 'provider:a ']) remember(q)
  expect(earlier()).toEqual(['provider:a', 'provider:b'])
  localStorage.setItem('strowger.filters', '{')
  expect(earlier()).toEqual([])
})
