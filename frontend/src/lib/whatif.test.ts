import { describe, expect, it } from 'vitest'
import { changesOf, deltaText, estimateOf, exampleFor, findingOf, jsonProblem, linesOf, ofStep, readAnswer, readImpact, readSupposing, richestOf, stepOf, suppose, supposedText, times, writeSupposing } from './whatif'

const candidate = (endpoint: string, rank: number, more: object = {}) => ({ endpoint, provider: endpoint, model: 'a/b', group: 0, rank, excluded: null, resting: null, score: rank, unit: 'us', terms: [], ...more })
const answer = (before: object[], now: object[], more: object = {}) =>
  readAnswer({
    before: { candidates: before, plan: before.map((c) => (c as { endpoint: string }).endpoint) },
    decision: { candidates: now, plan: now.map((c) => (c as { endpoint: string }).endpoint), request: {} },
    flips: [{ endpoint: 'b', text: 'b would go first if its price were at most $1', margin: 5, margin_unit: 'us' }],
    same: false,
    compute_us: 180,
    ...more,
  })

describe('what is supposed', () => {
  it('goes through the address', () => {
    const all = suppose(suppose({}, 'azure/x', { latency: 2_000 }), 'b', { success: 900, circuit: 'open' })
    expect(readSupposing(writeSupposing(all))).toEqual(all)
    expect(writeSupposing({})).toBe('')
  })
  it('leaves out what is as it is', () => {
    expect(suppose(suppose({}, 'a', { price: 500 }), 'a', { price: 1_000 })).toEqual({})
  })
  it('takes no nonsense from the address', () => {
    expect(readSupposing('{"a":{"l":-3,"s":0,"p":"x","c":"half"},"b":3}')).toEqual({})
    expect(readSupposing('no')).toEqual({})
    expect(readSupposing(undefined)).toEqual({})
  })
  it('is asked in the words of the server', () => {
    expect(changesOf(readSupposing('{"a":{"l":2000,"s":900,"p":500,"c":"closed"}}'), 'cost')).toEqual({
      strategy: 'cost',
      endpoints: { a: { latency_permille: 2_000, success_permille: 900, price_permille: 500, circuit: 'closed' } },
    })
    expect(changesOf({}, '')).toEqual({ endpoints: {} })
  })
  it('is said in words', () => {
    expect(supposedText({ latency: 2_000, success: 900, price: 500, circuit: 'open' })).toBe('times ×2, 90 % succeed, price ×0.5, circuit open')
    expect(supposedText(undefined)).toBe('')
  })
  it('has sliders that come back to where they were', () => {
    for (let step = -10; step <= 10; step++) expect(stepOf(ofStep(step))).toBe(step)
    expect([ofStep(-10), ofStep(0), ofStep(10)]).toEqual([100, 1_000, 10_000])
    expect(times(1_259)).toBe('×1.3')
  })
})

describe('the answer', () => {
  it('marks what moved', () => {
    const a = answer([candidate('a', 1), candidate('b', 2), candidate('c', 3)], [candidate('c', 1), candidate('a', 2), candidate('b', 0, { excluded: { code: 'price', text: 'too dear' } })])
    expect(linesOf(a).map((l) => [l.candidate.endpoint, l.move])).toEqual([
      ['c', { kind: 'up', by: 2 }],
      ['a', { kind: 'down', by: 1 }],
      ['b', { kind: 'out' }],
    ])
    expect(linesOf(a)[2]?.flips[0]?.text).toMatch(/^b would go first/)
    expect(findingOf(a)).toBe('c would go first instead of a.')
  })
  it('says when nothing changes, or only what is behind', () => {
    expect(findingOf(answer([candidate('a', 1)], [candidate('a', 1)], { same: true }))).toMatch(/nothing changes/)
    expect(findingOf(answer([candidate('a', 1), candidate('b', 2)], [candidate('a', 1)]))).toMatch(/still goes first/)
  })
  it('may be a refusal', () => {
    const a = readAnswer({ decision: null, before: null, flips: [], refused: { status: 404, code: 'model_not_found', message: 'no model' }, compute_us: 3 })
    expect(a.refused?.status).toBe(404)
    expect(linesOf(a)).toEqual([])
    expect(findingOf(a)).toMatch(/Nobody/)
  })
  it('is read from nothing', () => {
    expect(linesOf(readAnswer(null))).toEqual([])
  })
  it('estimates what sending costs', () => {
    const d = readAnswer({ decision: { plan: ['a'], request: { input_tokens: 1_000, expected_output: 100, max_output: 400 } } }).decision
    const price = { input: 2_500_000, output: 10_000_000, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0, reasoning: 0, request: 7, image: 0, tiered: false, source: '', date: '' }
    expect(d && estimateOf(d, new Map([['a', price]]))).toEqual({ expected: 3_507, most: 6_507 })
    expect(d && estimateOf(d, new Map())).toBeNull()
  })
})

describe('the request', () => {
  it('has an example of each schema', () => {
    for (const path of ['/v1/chat/completions', '/v1/responses', '/v1/messages']) expect(jsonProblem(exampleFor(path, 'a/b'))).toBe('')
    expect(JSON.parse(exampleFor('/v1/responses', 'a/b'))).toHaveProperty('input')
  })
  it('begins with the model that most endpoints serve', () => {
    expect(richestOf({ models: [{ id: 'a', endpoints: [1] }, { id: 'b', endpoints: [1, 2] }] })).toBe('b')
    expect(richestOf(null)).toBe('auto')
  })
  it('says why it is no JSON', () => {
    expect(jsonProblem('{"model":')).toMatch(/^This is not JSON/)
    expect(jsonProblem('3')).toMatch(/object/)
  })
})

describe('the impact', () => {
  it('knows no difference of what was never measured', () => {
    const of = readImpact({ cost_micro: { before: 3, after: 2, requests: 1 }, time_us: { before: 0, after: 0, requests: 0, unknown: 4 } })
    expect([of.cost.known, of.time.known]).toEqual([true, false])
  })

  it('writes a difference with its interval', () => {
    expect(deltaText({ before: 10, after: 4, low: 2, high: 12, known: true }, (n) => `$${n}`)).toBe('−$6 (between −$8 and +$2)')
    expect(deltaText({ before: 10, after: 10, low: 10, high: 10, known: true }, (n) => `$${n}`)).toBe('$0')
  })
  it('is read from nothing', () => {
    expect(readImpact(undefined)).toMatchObject({ decisions: 0, changed: 0, examples: [], by: [] })
  })
})
