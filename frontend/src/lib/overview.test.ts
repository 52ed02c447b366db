import { expect, it } from 'vitest'
import { clearOf, latencyOf, readAttention, tilesOf, topOf } from './overview'
import { readCell, readStats } from './stats'

const cell = (more: object = {}) => readCell({ requests: 124, refused: 3, cached: 1, ok: 110, ended: 120, first_try: 90, after_fallback: 20, failed: 10, first_p50_us: 300_000, first_p95_us: 900_000, total_p50_us: 2e6, cost_micro: 3_000_000, failed_cost_micro: 120_000, unpriced: 14, ...more })
const tile = (name: string, more: object = {}) => tilesOf(cell(more), 60).find((t) => t.name.startsWith(name))

it('says how a time went', () => {
  expect(tile('Requests')).toMatchObject({ value: '124', note: '2.1 a minute, 3 refused, 1 cached' })
  expect(tile('Answered')).toMatchObject({ value: '91.7 %', note: '110 of 120, 75 % at first try', tone: 'bad', params: { q: 'outcome:failed' } })
  expect(tile('First token')).toMatchObject({ value: '300 ms', note: 'p95 900 ms', screen: 'providers' })
  expect(tile('Spend')).toMatchObject({ value: '≥ $3.12', note: '14 unpriced' })
  expect(tile('Fallback')).toMatchObject({ value: '16.7 %', note: '20 of 120 saved, 10 failed', tone: 'saved' })
})

it('says what caches saved, or cost', () => {
  expect(tile('Spend', { saved_micro: 34 })?.note).toBe('$0.000034 saved by caches')
  expect(tile('Spend', { saved_micro: -34 })?.note).toBe('caches cost $0.000034 more than they saved')
})

it('counts a minute over the time of traffic', () => {
  expect(readStats({ traffic: { from: '2026-01-02T10:00:00Z', to: '2026-01-02T10:02:30Z' } }).minutes).toBe(2.5)
  expect(readStats({ traffic: null }).minutes).toBe(0)
})

it('does not say that a key works which was never tried', () => {
  expect(clearOf({ untried: [] })).toContain('keys work')
  expect(clearOf({ untried: ['a', 'b'] })).toMatch(/Whether the keys work is not known of a, b/)
})

it('says nothing of what did not happen', () => {
  const none = tilesOf(readCell({}), 60)
  expect(none.map((t) => t.value)).toEqual(['0', '–', '–', '–', '$0.00', '–'])
})

it('finds where it was slow and what failed', () => {
  const stats = readStats({
    step: 60, at: [0, 60, 120], totals: { failed: 3, first_p50_us: 1_000_000, first_p95_us: 2_000_000 },
    groups: [{ name: '', points: [{ requests: 4, first_p50_us: 900_000, first_p95_us: 1_000_000 }, null, { failed: 3, first_p50_us: 1_000_000, first_p95_us: 9_000_000 }] }],
  })
  const l = latencyOf(stats, 'first')
  expect(l.lines.map((x) => x.values)).toEqual([[900_000, null, 1_000_000], [1_000_000, null, 9_000_000]])
  expect(l.marks).toEqual([{ at: 120, text: '3 failed' }])
  expect(l.rows).toHaveLength(2)
  expect(l.finding).toMatch(/Half of them within 1.00 s, 95 % within 2.00 s; slowest around \d\d:\d\d. 3 failed./)
  expect(latencyOf(readStats({}), 'total').finding).toBe('Nothing was measured in this time.')
})

it('puts what is serious first, and links only into this page', () => {
  const items = readAttention({ items: [{ severity: 'info', text: 'a', link: '#/costs' }, { severity: 'bad', text: 'b', link: 'https://elsewhere' }, {}] })
  expect(items.map((i) => [i.text, i.link])).toEqual([['b', ''], ['a', '#/costs']])
})

it('lists most used first, and names what has no name', () => {
  const groups = [1, 3, 2].map((requests, i) => ({ name: i === 1 ? '' : `m${i}`, totals: cell({ requests }), points: [] }))
  expect(topOf(groups, 'none').map((t) => t.name)).toEqual(['none', 'm2', 'm0'])
})
