import { expect, it } from 'vitest'
import { readRange } from './range'
import { pathOf, readStats, statsPath } from './stats'

it('reads what is there, and gives every group a point for every step', () => {
  const s = readStats({ step: 60, at: [0, 60], totals: { requests: 3, first_p50_us: 12 }, groups: [{ name: 'azure', totals: {}, points: [null] }] })
  expect([s.totals.requests, s.totals.firstP50Us, s.totals.firstP95Us]).toEqual([3, 12, null])
  expect(s.groups[0]?.points).toEqual([null, null])
  expect(readStats(null)).toMatchObject({ at: [], groups: [] })
})

it('asks for the range', () => {
  const range = readRange('1h', Date.parse('2026-01-02T10:00:00Z'))
  expect(pathOf('fallbacks', range)).toBe('fallbacks?from=2026-01-02T09%3A00%3A00.000Z&to=2026-01-02T10%3A00%3A00.000Z')
  expect(statsPath(range, 'key', { model: '' })).toMatch(/step=auto&by=key$/)
})
