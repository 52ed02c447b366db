import { expect, it } from 'vitest'
import { filterRows as filtered, readQuery } from './filter'
import { readRow, type Row } from './wire'

const row = (more: object): Row => readRow({ seq: 1, ...more }) as Row
const rows = [
  row({ asked: 'openai/gpt-4o', model: 'openai/gpt-4o', provider: 'azure', outcome: 'ok', cost_micro: 5 }),
  row({
    asked: 'auto',
    model: 'acme/fast',
    outcome: 'ok',
    attempts: [
      { provider: 'cheap', endpoint: 'cheap/x', outcome: 'rate_limited', status: 429 },
      { provider: 'fast', endpoint: 'fast/y', outcome: 'ok', status: 200 },
    ],
  }),
  row({ asked: 'nope', outcome: 'refused', status: 404 }),
]
const filterRows = (list: Row[], query: string) => filtered(list, readQuery(query))
const hits = (query: string) => filterRows(rows, query).map((r) => r.asked)

it('gives the same array back without words', () => {
  expect(filterRows(rows, '')).toBe(rows)
  expect(filterRows(rows, '  - ')).toBe(rows)
})

it('wants every word, in any field and case', () => {
  expect(hits('AZURE')).toEqual(['openai/gpt-4o'])
  expect(hits('cheap fast')).toEqual(['auto'])
  expect(hits('cheap azure')).toEqual([])
  expect(hits('404')).toEqual(['nope'])
})

it('knows words for what the row shows', () => {
  expect(hits('fallback')).toEqual(['auto'])
  expect(hits('rate limited')).toEqual(['auto'])
  expect(hits('unpriced')).toEqual(['auto'])
  expect(hits('✕429')).toEqual(['auto'])
})

it('takes words away', () => {
  expect(hits('ok -fallback')).toEqual(['openai/gpt-4o'])
})
