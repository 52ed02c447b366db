import { describe, expect, it } from 'vitest'
import { answerOf, costOf, dollars, failedOf, spendOf, wasUsed } from './money'

describe('dollars', () => {
  it.each([
    [0, '$0.00'],
    [0.31, '$0.000000310'],
    [0.0001, '< $0.000000001'],
    [1, '$0.000001'],
    [123, '$0.000123'],
    [999, '$0.000999'],
    [2_134, '$0.0021'],
    [123_456, '$0.1235'],
    [3_125_000, '$3.13'],
    [1_234_567_890, '$1,234.57'],
  ])('%i micro is %s', (micro, text) => {
    expect(dollars(micro)).toBe(text)
  })
  it('rounds a lower bound down', () => {
    expect(dollars(3_129_999, 'down')).toBe('$3.12')
    expect(dollars(999_999, 'down')).toBe('$0.9999')
  })
})

const used = (output: number) => ({ input: 1, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0, output, reasoning: 0, images: 0, estimated: true })

describe('costOf', () => {
  it('tells priced, free, unpriced and nothing served apart', () => {
    const of = (costMicro: number | null, outcome = 'ok', tokens = used(2_000)) => costOf({ costMicro, outcome, tokens })
    expect(of(2_134)).toEqual({ state: 'priced', text: '$0.0021', title: '$0.002134' })
    expect(of(0)).toMatchObject({ state: 'free', text: 'free' })
    expect(of(null)).toMatchObject({ state: 'unpriced', text: 'unpriced' })
    expect(costOf({ costMicro: null, outcome: 'refused', tokens: null })).toMatchObject({ state: 'none', text: '–' })
    expect(costOf({ costMicro: 0, outcome: 'failed', tokens: null })).toMatchObject({ state: 'none' })
  })
  it('does not call free what only came to less than is counted', () => {
    expect(costOf({ costMicro: 0, outcome: 'ok', tokens: used(4) })).toMatchObject({ state: 'little', text: '< $0.000001' })
    expect(spendOf(0, 0, 17).amount).toBe('< $0.000001')
    expect(spendOf(0, 0, 20_000).amount).toBe('$0.00')
  })
  it('does not call a request free or unpriced that used nothing', () => {
    expect(wasUsed({ outcome: 'client_error', tokens: null, costMicro: 0 })).toBe(false)
    expect(wasUsed({ outcome: 'refused', tokens: null, costMicro: null })).toBe(false)
    expect(wasUsed({ outcome: 'ok', tokens: null, costMicro: null })).toBe(true)
    expect(wasUsed({ outcome: 'left', tokens: null, costMicro: 7 })).toBe(true)
  })
})

it('failedOf tells nothing, an amount and an unknown price apart', () => {
  expect(failedOf(0)).toBeNull()
  expect(failedOf(2_134)).toEqual({ text: '+ $0.0021', title: '$0.002134 on attempts that failed' })
  expect(failedOf(null)?.text).toBe('+ unpriced')
})

it('answerOf leaves out what failed attempts used', () => {
  const tokens = used(1)
  expect(wasUsed(answerOf({ status: 504, outcome: 'failed', tokens, costMicro: 0 }))).toBe(false)
  expect(wasUsed(answerOf({ status: 200, outcome: 'failed', tokens, costMicro: 0 }))).toBe(true)
})

describe('spendOf', () => {
  it('is a bound as soon as one request is unpriced', () => {
    expect(spendOf(3_120_000, 14)).toEqual({ amount: '≥ $3.12', note: '14 unpriced' })
    expect(spendOf(3_120_000, 0).amount).toBe('$3.12')
    expect(spendOf(0, 2).amount).toBe('≥ $0.00')
    expect(spendOf(null, 2)).toEqual({ amount: 'unpriced', note: '2 unpriced' })
    expect(spendOf(null, 0).amount).toBe('$0.00')
  })
})
