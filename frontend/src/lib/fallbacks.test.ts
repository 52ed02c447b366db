import { describe, expect, it } from 'vitest'
import { headlineOf, moneyText, sentenceOf } from './failures'
import { incidentsOf, kindOf, readFallbacks } from './fallbacks'
import { drawn, shapeOf, timeAt, xOf } from './lanes'
import { KINDS } from './fallbacks'
import { besideOf } from './stats'
import { curveOf, pictureOf, REST } from './sankey'

const at = (minute: number, second = 0) => new Date(Date.UTC(2026, 0, 2, 10, minute, second)).toISOString()
const mark = (minute: number, more: object = {}) => ({ at: at(minute), endpoint: 'azure/a', outcome: 'provider_error', status: 503, seq: minute, id: `d${minute}`, total_us: 1_400_000, served: 'openai', ...more })
const [from, to] = [Date.parse(at(0)), Date.parse(at(60))]

const answer = {
  lanes: [
    { provider: 'azure', marks: [mark(11), mark(2), mark(4), mark(6, { served: '' }), mark(8), mark(40), mark(12, { outcome: 'abandoned' })], spans: [{ from: at(3), to: at(4), kind: 'open', endpoint: 'azure/a' }] },
    { provider: 'groq', marks: [mark(5, { outcome: 'rate_limited', status: 429 })], spans: [] },
  ],
  flows: [
    { asked: 'a', trigger: 'provider_error', served: 'openai', requests: 5, cost_micro: 5, extra_us: 1 },
    { asked: 'a', trigger: 'provider_error', served: '', requests: 1, cost_micro: 0, extra_us: 1 },
    { asked: 'b', trigger: 'rate_limited', served: 'openai', requests: 2, cost_micro: 0, unpriced: 2, extra_us: 1 },
  ],
  totals: { requests: 106, ended: 100, refused: 3, cached: 1, left: 0, fell_back: 7, saved: 6, lost: 1, cost_micro: 6_000, extra_us: 9_800_000 },
}
const f = readFallbacks(answer)

it('reads whatever comes, and sorts the marks', () => {
  expect(readFallbacks(null)).toMatchObject({ lanes: [], flows: [], totals: { requests: 0, costMicro: null } })
  expect(f.lanes[0]?.marks.map((m) => m.seq)).toEqual([2, 4, 6, 8, 11, 40])
})

it('finds the runs of failures, the worst first, and says them', () => {
  const incidents = incidentsOf(f.lanes, from, to)
  expect(incidents.map((i) => [i.provider, i.marks])).toEqual([['azure', 5], ['azure', 1], ['groq', 1]])
  const text = sentenceOf(incidents[0]!, to)
  expect(text).toMatch(/^azure failed 5 times with “server error” \(503\) between \d\d:02 and \d\d:11; openai took over 4, 1 request failed; it took 1\.40 s each\.$/)
  expect(sentenceOf(incidents[2]!, to)).toMatch(/groq failed once with “rate limited” \(429\) at .*; it took 1\.40 s\.$/)
  expect([f.flows[2]?.unpriced, f.totals.unpriced]).toEqual([2, 2])
  expect(besideOf(f.totals)).toBe('3 refused, 1 cached, 2 cancelled')
})

it('says that nothing took over', () => {
  const lost = incidentsOf([{ ...f.lanes[0]!, marks: f.lanes[0]!.marks.map((m) => ({ ...m, served: '' })) }], from, to)
  expect(sentenceOf(lost[0]!, to)).toContain('nothing took over, 5 requests failed')
})

it('says how it went in all', () => {
  expect(headlineOf(f)).toBe('7 of 100 requests (7 %) met a failure: another endpoint answered 6, 1 ended without an answer.')
  expect(headlineOf({ ...f, totals: { ...f.totals, fellBack: 0 } })).toMatch(/none of them needed a fallback/)
})

it('tells nothing, an unknown and a lower bound apart', () => {
  expect([moneyText(0), moneyText(null), moneyText(5_000, 2), moneyText(5_000)]).toEqual(['nothing', '?', 'at least $0.0050', '$0.0050'])
})

describe('lanes', () => {
  const scale = { from, to, width: 590 }
  it('gather marks that would lie on each other, and lose none', () => {
    const d = drawn(f.lanes[0]!, scale)
    expect(d.dots.map((dot) => dot.marks.length)).toEqual([2, 2, 1, 1])
    expect(d.dots.every((dot, i) => i === 0 || dot.x - d.dots[i - 1]!.x >= 30)).toBe(true)
    expect(d.spans).toHaveLength(1)
  })
  it('turn a place back into its time', () => {
    expect(Math.round(timeAt(scale, xOf(scale, from + 600_000)))).toBe(from + 600_000)
    expect(timeAt(scale, -5)).toBe(from)
  })
  it('have a shape of its own for every kind', () => {
    expect(new Set(KINDS.map((k) => shapeOf(k, 6))).size).toBe(KINDS.length)
    expect([kindOf('idle_timeout'), kindOf('overloaded'), kindOf('new_thing')]).toEqual(['time', 'server', 'other'])
  })
})

describe('the flows', () => {
  it('are as many on each side', () => {
    const p = pictureOf(f.flows, 600, 200)
    const sum = (column: string) => p.places.filter((x) => x.column === column).reduce((n, x) => n + x.requests, 0)
    expect([sum('asked'), sum('trigger'), sum('served')]).toEqual([8, 8, 8])
    expect(p.ribbons).toHaveLength(5)
    expect(curveOf(p.ribbons[0]!)).toMatch(/^M[\d.]+,/)
  })
  it('fold what is too much, and are empty without any', () => {
    const flows = Array.from({ length: 12 }, (_, i) => ({ asked: `m${i}`, trigger: 'cut', served: 'x', requests: 12 - i, costMicro: 0, unpriced: 0, extraUs: 0 }))
    const asked = pictureOf(flows, 600, 200, 4).places.filter((x) => x.column === 'asked')
    expect(asked).toHaveLength(4)
    expect(asked.find((x) => x.name === REST)?.requests).toBe(9 + 8 + 7 + 6 + 5 + 4 + 3 + 2 + 1)
    expect(pictureOf([], 600, 200).ribbons).toEqual([])
  })
})
