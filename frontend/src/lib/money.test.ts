import { describe, expect, it } from 'vitest'
import { answerOf, costOf, dollars, failedOf, spendOf, wasUsed } from './money'

describe('dollars', () => {
  it.each([
    [0, '$0.00'],
    [0.31, '$0.000000310'],
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

describe('costOf', () => {
  it('tells priced, free, unpriced and nothing served apart', () => {
    expect(costOf(2_134, true)).toEqual({ state: 'priced', text: '$0.0021', title: '$0.002134' })
    expect(costOf(0, true)).toMatchObject({ state: 'free', text: 'free' })
    expect(costOf(null, true)).toMatchObject({ state: 'unpriced', text: 'unpriced' })
    expect(costOf(null, false)).toMatchObject({ state: 'none', text: '–' })
    expect(costOf(0, false)).toMatchObject({ state: 'none' })
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
  const tokens = { input: 1, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0, output: 1, reasoning: 0, images: 0, estimated: true }
  expect(wasUsed(answerOf({ status: 504, outcome: 'failed', tokens, costMicro: 0 }))).toBe(false)
  expect(wasUsed(answerOf({ status: 200, outcome: 'failed', tokens, costMicro: 0 }))).toBe(true)
})

describe('spendOf', () => {
  it('is a bound as soon as one request is unpriced', () => {
    expect(spendOf(3_120_000, 14)).toEqual({ amount: '≥ $3.12', note: '14 unpriced' })
    expect(spendOf(3_120_000, 0).amount).toBe('$3.12')
    expect(spendOf(0, 2).amount).toBe('≥ $0.00')
  })
})
