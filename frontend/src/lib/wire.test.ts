import { describe, expect, it } from 'vitest'
import { readModels, readReport, readRow, readRowPage, readStatus } from './wire'

describe('readStatus', () => {
  it('fills whatever is missing', () => {
    for (const odd of [undefined, null, 7, 'x', [], {}]) {
      const s = readStatus(odd)
      expect(s.requests).toBe(0)
      expect(s.store.ok).toBe(true)
    }
  })
  it('reads why a changed configuration is not in use', () => {
    expect(readStatus({ config: { problem: 'x.yaml:1:1: bad' } }).configProblem).toBe('x.yaml:1:1: bad')
    expect(readStatus({}).configProblem).toBe('')
  })
  it('reads the store', () => {
    const s = readStatus({ store: { ok: false, message: 'disk full', dropped: 3 } })
    expect(s.store).toEqual({ ok: false, message: 'disk full', written: 0, dropped: 3 })
  })
})

describe('readRow', () => {
  it('needs a seq and nothing else', () => {
    expect(readRow({ id: 'a' })).toBeNull()
    expect(readRow({ seq: 'a' })).toBeNull()
    expect(readRow({ seq: 4 })).toMatchObject({ seq: 4, attempts: [], costMicro: null, tokens: null })
  })
  it('keeps a cost of zero apart from an unknown cost', () => {
    expect(readRow({ seq: 1, cost_micro: 0 })?.costMicro).toBe(0)
    expect(readRow({ seq: 1, cost_micro: null })?.costMicro).toBeNull()
    expect(readRow({ seq: 1, failed_cost_micro: null })?.failedCostMicro).toBeNull()
    expect(readRow({ seq: 1, failed_cost_micro: 7 })?.failedCostMicro).toBe(7)
    expect(readRow({ seq: 1 })?.failedCostMicro).toBe(0)
  })
  it('tells the route, and what the cache has answered', () => {
    expect(readRow({ seq: 1, route: '/support', asked: '', cache: 'hit' })).toMatchObject({ asked: '/support', cache: 'hit' })
    expect(readRow({ seq: 1, route: '/support', asked: 'a/b', cache: 'miss' })).toMatchObject({ asked: '/support a/b', askedModel: 'a/b', cache: 'miss' })
    expect(readReport({ route: '', asked: 'a/b' }).asked).toBe('a/b')
  })
  it('tells how an answer went on', () => {
    expect(readRow({ seq: 1, resumed: 'replay' })?.resumed).toBe('replay')
    expect(readRow({ seq: 1 })?.resumed).toBe('')
  })
  it('drops rows without a place from a page', () => {
    expect(readRowPage({ rows: [{ seq: 2 }, {}, null], next: null })).toMatchObject({
      rows: [{ seq: 2 }],
      next: null,
    })
    expect(readRowPage(null)).toEqual({ rows: [], next: null, lookedTo: '' })
  })
})

describe('readReport', () => {
  it('survives an empty answer', () => {
    const r = readReport({})
    expect(r.decision.candidates).toEqual([])
    expect(r.served).toBeNull()
  })
  it('reads what was known of an endpoint', () => {
    const reading = { stream: null, whole: { samples_milli: 6743, p50_us: 3717 }, uptime_permille: 990, circuit: 'open' }
    const { candidates, explored } = readReport({ decision: { explored: true, candidates: [{ reading }, {}] } }).decision
    expect(candidates[0]?.reading).toMatchObject({
      stream: null,
      whole: { samplesMilli: 6743, p50Us: 3717, p99Us: 0 },
      uptimePermille: 990,
      circuit: 'open',
      until: '',
    })
    expect(candidates[1]?.reading).toBeNull()
    expect(explored).toBe(true)
  })
  it('reads reasons, terms and warnings in either form', () => {
    const r = readReport({
      decision: {
        seed: 18,
        warnings: ['a', { code: 'b' }, { code: 'c', text: 'see' }],
        candidates: [
          { excluded: { code: 'no_tools', text: 'no tools' }, score: 0, terms: [{ name: 'price', value: 3, unit: 'micro_usd' }] },
          { excluded: null, resting: 'circuit_open' },
        ],
      },
      attempts: [{ error: { message: 'refused' } }],
    })
    expect(r.decision.seed).toBe('18')
    expect(r.decision.warnings).toEqual(['a', 'b', 'see'])
    expect(r.decision.candidates[0]).toMatchObject({
      excluded: { code: 'no_tools', text: 'no tools' },
      score: 0,
      terms: [{ name: 'price', value: 3, unit: 'micro_usd' }],
    })
    expect(r.decision.candidates[1]?.resting).toEqual({ code: 'circuit_open', text: '' })
    expect(r.attempts[0]).toMatchObject({ n: 1, error: 'refused' })
  })
})

it('readModels takes the ids', () => {
  expect(readModels({ object: 'list', data: [{ id: 'a/b' }, {}, null, { id: 'c' }] })).toEqual(['a/b', 'c'])
  expect(readModels('x')).toEqual([])
})
