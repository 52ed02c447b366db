import { expect, it } from 'vitest'
import { readCatalog } from './catalog'
import { autoRows, colours, dotsOf, frontierOf, planeOf, preferenceOf, priceOf, PROMPTS, takenIn } from './models'

const model = (id: string, quality: number | null, price: [number, number] | null, requests = 0) => ({
  id, in_auto: true, quality: { permille: quality, from: 'elo', by: [] }, totals: { requests },
  endpoints: [{ id: `p/${id}`, provider: 'p', name: id, price: price && { known: true, input: price[0], output: price[1] } }],
})
const { models } = readCatalog({
  models: [model('good', 900, [3e6, 15e6], 9), model('mid', 700, [1e6, 1e6], 4), model('worse', 600, [2e6, 2e6]), model('cheap', 500, [1e5, 1e5]), model('free', null, [0, 0]), model('new', null, null, 1)],
})
const dots = dotsOf(models)

it('keeps on the frontier what nothing is both cheaper and better than', () => {
  expect(frontierOf(dots).map((d) => d.id)).toEqual(['cheap', 'mid', 'good'])
  expect(dots.filter((d) => d.frontier)).toHaveLength(3)
  expect(frontierOf([{ quality: 500, price: 5 }, { quality: 500, price: 5 }, { quality: null, price: 1 }])).toHaveLength(1)
})

it('takes the cheapest endpoint that is on; an unknown price is not a free one', () => {
  expect([priceOf(models[0]!), priceOf(models[4]!), priceOf(models[5]!)]).toEqual([6_000_000, 0, null])
})

it('places the free, the unpriced and the unknown in lanes of their own', () => {
  const p = planeOf(dots, 600, 300)
  const of = (id: string) => p.placed.find((d) => d.id === id)!
  expect(of('free').x).toBeLessThan(p.freeUntil)
  expect(of('new').x).toBeGreaterThan(p.unpricedFrom)
  expect(of('new').y).toBeGreaterThan(p.unknownFrom)
  expect(of('good').r).toBeGreaterThan(of('mid').r)
  expect(of('good').y).toBeLessThan(of('mid').y)
  expect(p.placed.every((d) => d.x >= 0 && d.x <= 600 && d.y >= 0 && d.y <= 300)).toBe(true)
  expect(planeOf([], 600, 300).placed).toEqual([])
})

it('reads what the core would take', () => {
  expect(takenIn({ decision: { auto: { models: [{ model: 'b', rank: 2 }, { model: 'a', rank: 1 }] } } })).toBe('a')
  expect(takenIn({})).toBe('')
  expect([preferenceOf('cost'), preferenceOf('beauty')]).toEqual(['cost', 'balanced'])
  expect(new Set(PROMPTS.map((p) => p.difficulty)).size).toBe(3)
})

it('counts the decisions of auto mode by category and difficulty', () => {
  const counts = [{ category: 'chat', difficulty: 'easy', model: 'a', requests: 1 }, { category: 'code', difficulty: 'hard', model: 'b', requests: 3 }, { category: 'code', difficulty: 'hard', model: 'a', requests: 4 }]
  const rows = autoRows(counts)
  expect(rows.map((r) => [r.category, r.requests, r.cells.map((c) => c.requests)])).toEqual([['code', 7, [0, 0, 7]], ['chat', 1, [1, 0, 0]]])
  expect(rows[0]?.cells[2]?.models[0]?.model).toBe('a')
  expect([...colours(counts)]).toEqual([['a', '--series-1'], ['b', '--series-2']])
})
