import { describe, expect, it } from 'vitest'
import { learnedLines, qualitySource, ranked, reasonText, signed, signedShare, whyNot } from './auto'
import { strings } from './strings'
import { readLearning, readReport, readStatus, type AutoModel } from './wire'

const say = strings.detail.auto

const doc = {
  id: 'd1',
  served: { endpoint: 'p/a', provider: 'p', model: 'x/a' },
  decision: {
    auto: {
      preference: 'cost',
      preference_from: 'suffix',
      difficulty: 640,
      quantile: 700,
      category: 'code',
      language: 'de',
      features: { 'code signs': 35, length: -12 },
      learned: { rev: 'r', outcomes: 412 },
      models: [
        { model: 'x/out', eligible: false, quality: 900, rank: 0 },
        { model: 'x/b', eligible: true, quality: 870, rating: 1311, quality_from: 'elo', quality_parts: { overall: 1300, coding: 11 }, learned: -37, cost_nano: null, time_us: 5, time_from: 'peers', rank: 2 },
        { model: 'x/a', eligible: true, resting: true, quality: 810, rating: 1290, quality_from: 'own', cost_nano: 21_000, time_us: null, rank: 1 },
      ],
      reason: 'stays',
      runner_up: 'x/b',
      tip: 'x/b would be chosen if it cost $0.1 less',
    },
  },
}

describe('readReport', () => {
  it('reads how a model was chosen', () => {
    const { auto } = readReport(doc).decision
    expect(auto).toMatchObject({
      preference: 'cost', preferenceFrom: 'suffix', difficulty: 640, quantile: 700, unread: false, category: 'code', language: 'de',
      features: [{ name: 'code signs', points: 35 }, { name: 'length', points: -12 }], reason: 'stays', runnerUp: 'x/b', learnedFrom: 412,
    })
    expect(auto?.models[1]).toEqual({
      model: 'x/b', eligible: true, resting: false, quality: 870, rating: 1311, qualityFrom: 'elo', parts: [{ name: 'overall', points: 1300 }, { name: 'coding', points: 11 }], learned: -37,
      costNano: null, timeUs: 5, timeFrom: 'peers', rank: 2,
    })
    expect(auto?.models[2]).toMatchObject({ costNano: 21_000, timeUs: null, learned: 0, resting: true })
  })
  it('does without, and with nothing of it', () => {
    for (const odd of [undefined, null, 7, 'x', []]) expect(readReport({ decision: { auto: odd } }).decision.auto).toBeNull()
    expect(readReport({ decision: { auto: {} } }).decision.auto).toMatchObject({ models: [], features: [], quantile: null, runnerUp: '', learnedFrom: 0 })
  })
})

describe('the choice in words', () => {
  const auto = readReport(doc).decision.auto
  it('puts those that are not eligible behind, and changes nothing in place', () => {
    expect(ranked(auto?.models ?? []).map((m) => m.model)).toEqual(['x/a', 'x/b', 'x/out'])
    expect(auto?.models[0]?.model).toBe('x/out')
  })
  it('says where a quality is from', () => {
    const from = (qualityFrom: string, parts: AutoModel['parts'] = []) => qualitySource({ qualityFrom, rating: 1311, parts } as AutoModel)
    const overall = { name: 'overall', points: 1311 }
    expect(['own', 'price', 'unknown', 'omen'].map((of) => from(of))).toEqual(['configured', 'guessed from its price', 'not known', 'omen'])
    expect(from('elo', [overall])).toBe('Elo 1,311')
    expect(from('like', [overall])).toBe('Elo of the one before it, 1,311')
    expect(from('elo', [{ name: 'overall', points: 1300 }, { name: 'coding', points: 31 }, { name: 'spanish', points: -20 }])).toBe('Elo 1,311: 1,300, coding +31, spanish −20')
  })
  it('has words for every reason, and takes others as they are', () => {
    expect(auto && reasonText(auto)).toBe(say.reasons['stays'])
    expect(auto && reasonText({ ...auto, reason: 'omen' })).toBe('omen')
  })
  it('writes signs', () => {
    expect([signed(3), signed(-1200), signed(0), signedShare(35), signedShare(-120)]).toEqual(['+3', '−1,200', '0', '+3.5 %', '−12 %'])
  })
})

describe('whyNot', () => {
  const report = readReport(doc)
  const on = readLearning({ learn: true })
  const fine = readStatus({})
  it('is empty where something can be said', () => {
    expect(whyNot(report, on, fine)).toBe('')
    expect(whyNot(report, null, null)).toBe('')
  })
  it('tells what is in the way', () => {
    expect(whyNot(report, readLearning({}), fine)).toBe(say.cannot.off)
    expect(whyNot(report, on, readStatus({ store: { ok: false } }))).toBe(say.cannot.store)
    expect(whyNot(readReport({ ...doc, served: null }), on, fine)).toBe(say.cannot.unserved)
    expect(whyNot(readReport({ ...doc, served: { model: 'x/else' } }), on, fine)).toBe(say.cannot.outside)
  })
})

describe('learnedLines', () => {
  it('says that learning is off, or that there is nothing yet', () => {
    expect(learnedLines(readLearning({ learn: false, outcomes: [{ good: 3 }] }))).toEqual([say.cannot.off])
    expect(learnedLines(readLearning({ learn: true, fit: null, learned: null }))).toEqual([say.noOutcomes])
  })
  it('adds up outcomes and names corrections', () => {
    const l = readLearning({
      learn: true,
      outcomes: [{ source: 'feedback', model: 'x/a', good: 900, bad: 2 }, { source: 'continued', model: 'x/b', good: 200, bad: 0 }],
      fit: { outcomes: 1102, held_back: 1102, accepted: true, why: 'better on 1102' },
      learned: { rev: 'r', outcomes: 1102, models: [{ model: 'x/a', points: -37 }], features: [{ name: 'code signs', permille: 45 }] },
    })
    expect(learnedLines(l)).toEqual([
      say.outcomes('1,100', '2'), `${say.used}: better on 1102.`, 'x/a −37', 'code signs: +4.5 % difficulty',
    ])
    expect(learnedLines({ ...l, learned: null })[1]).toBe(`${say.unused}: better on 1102.`)
  })
  it('reads anything', () => {
    for (const odd of [undefined, null, 7, 'x', []]) expect(readLearning(odd)).toEqual({ on: false, outcomes: [], fit: null, learned: null })
  })
})
