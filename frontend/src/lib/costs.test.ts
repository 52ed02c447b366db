import { expect, it } from 'vitest'
import { perMillion, pricing, readCatalog } from './catalog'
import { cutOf, nearnessOf, readBudgets, rowsOf, stacksOf } from './costs'
import { findingOf, peakOf, savedText, tilesOf } from './spending'
import { besideOf, readCell, readStats } from './stats'

const group = (name: string, cost: number, more = {}) => ({ name, totals: { requests: 2, ended: 2, cost_micro: cost, ...more }, points: [{ cost_micro: cost }, null] })
const stats = readStats({
  step: 60, at: [0, 60], totals: { requests: 12, refused: 2, ended: 10, cost_micro: 3_000_000, failed_cost_micro: 120_000, unpriced: 1, saved_micro: 400_000 },
  groups: [group('b', 1_000_000), group('a', 2_000_000, { failed_cost_micro: 120_000 }), group('free', 0)],
})

it('stacks what costs something, the most first, and gives the rest one colour', () => {
  expect(stacksOf(stats.groups, 2).map((s) => [s.name, s.values])).toEqual([['a', [2_000_000, 0]], ['b', [1_000_000, 0]]])
  const many = readStats({ at: [0], groups: Array.from({ length: 12 }, (_, i) => group(`g${i}`, 12 - i)) })
  const stacks = stacksOf(many.groups, 1)
  expect([stacks.length, stacks.at(-1)?.rest, stacks.at(-1)?.values]).toEqual([7, true, [6 + 5 + 4 + 3 + 2 + 1]])
})

it('lists by cost, days by date', () => {
  expect(rowsOf(stats, 'model').map((g) => g.name)).toEqual(['a', 'b', 'free'])
  expect(rowsOf(stats, 'day').map((g) => g.name)).toEqual(['free', 'b', 'a'])
  expect([cutOf('key'), cutOf('colour'), cutOf(undefined)]).toEqual(['key', 'provider', 'provider'])
})

it('says what it came to: a bound where something is unpriced', () => {
  expect(findingOf(stats, 'provider')).toBe('≥ $3.12 for 10 requests; 67.9 % of it went to a; caches saved $0.4000, failed attempts cost $0.1200.')
  expect(findingOf(readStats({ totals: { requests: 2, ended: 2 } }), 'provider')).toBe('2 requests, and nothing to pay for.')
  expect(peakOf(stats, 0)).toMatch(/^Most was spent in the minute from \d\d:00: \$3\.00\.$/)
  expect(tilesOf(stats.totals).map((t) => t.value)).toEqual(['≥ $3.12', '$0.1200', '$0.4000', '1'])
  expect(tilesOf(stats.totals)[0]?.note).toBe('$0.3467 a request')
  expect([{}, { cached: 1 }, { cache_write: 9, saved_micro: -2_000 }].map((c) => savedText(readCell(c)))).toEqual(['–', '$0.00', '−$0.0020'])
  expect(besideOf(readCell({ refused: 2, cancelled: 1 }))).toBe('2 refused, 1 cancelled')
})

it('tells how near a limit is', () => {
  const [a, b, c, d] = readBudgets({
    budgets: [
      { limit_micro: 100, spent_micro: 99, left_micro: 1, state: 'reached', refused: 3, account: 'key k', per: 'day', text: 'key k per day: reached: 3 requests refused' }, { limit_micro: 100, spent_micro: 70, reserved_micro: 10, left_micro: 20, state: 'near' },
      { limit_micro: 100, spent_micro: 30, left_micro: 70, reaches: '2026-01-02T10:00:00Z' }, { limit_micro: 100, spent_micro: 10, left_micro: 90, reaches: null },
    ],
  })
  expect([a, b, c, d].map((x) => nearnessOf(x!))).toEqual(['reached', 'near', 'ahead', 'fine'])
  expect([a?.text, a?.refused]).toEqual(['reached: 3 requests refused', 3])
})

it('says what to write for an endpoint without a price', () => {
  const catalog = readCatalog({ models: [{ id: 'lab/new: one', endpoints: [{ id: 'lab/new', provider: 'lab', name: 'new', price: null }, { id: 'x/y', price: { known: false } }] }] })
  expect(pricing(catalog, 'lab/new')).toBe('models:\n  "lab/new: one":\n    endpoints:\n      - {provider: lab, model: new, price: {input: 0.00, output: 0.00}} # USD for a million tokens')
  expect(pricing(catalog, 'gone')).toBeNull()
  expect(catalog.models[0]?.endpoints[1]?.price).toBeNull()
  expect([perMillion(2_500_000), perMillion(28_000)]).toEqual(['$2.50', '$0.028'])
})
