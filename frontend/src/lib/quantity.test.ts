import { describe, expect, it } from 'vitest'
import { compact, duration, durationOr, differenceIn, inUnit, permille, thousandths, tokensOf } from './quantity'

describe('duration', () => {
  it.each([
    [0, '0 µs'],
    [850, '850 µs'],
    [999.6, '1.0 ms'],
    [1_240, '1.2 ms'],
    [312_400, '312 ms'],
    [999_600, '1.00 s'],
    [1_240_000, '1.24 s'],
    [9_999_000, '10.0 s'],
    [59_960_000, '1 m 00 s'],
    [125_000_000, '2 m 05 s'],
  ])('%d µs is %s', (us, text) => {
    expect(duration(us)).toBe(text)
  })
  it('shows that there was none', () => {
    expect(durationOr(null)).toBe('–')
    expect(durationOr(0)).toBe('0 µs')
  })
})

it('compact shortens from ten thousand on', () => {
  expect([0, 1_204, 9_999, 12_345, 123_456, 999_700, 4_120_000].map(compact)).toEqual([
    '0', '1,204', '9,999', '12.3k', '123k', '1M', '4.1M',
  ])
})

it('permille and thousandths', () => {
  expect(permille(998)).toBe('99.8 %')
  expect(permille(1000)).toBe('100 %')
  expect(thousandths(12_300)).toBe('12.3')
  expect(thousandths(1_000)).toBe('1')
})

it('inUnit knows the units of the core and leaves others readable', () => {
  expect(inUnit(120_000, 'us')).toBe('120 ms')
  expect(inUnit(2_134, 'micro_usd')).toBe('$0.0021')
  expect(inUnit(310_000, 'nano_usd')).toBe('$0.000310')
  expect(inUnit(21_000_000, 'ns')).toBe('21 ms')
  expect(inUnit(0, 'position')).toBe('no. 1')
  expect([differenceIn(1, 'position'), differenceIn(3, 'position'), differenceIn(2_000, 'us')]).toEqual(['1 place', '3 places', '2.0 ms'])
  expect([inUnit(1, 'turns'), inUnit(4, 'turns')]).toEqual(['1 turn', '4 turns'])
  expect(inUnit(1_000_002, 'draw')).toBe('by draw')
  expect(inUnit(995, 'permille')).toBe('99.5 %')
  expect(inUnit(1_500, 'milli')).toBe('1.5')
  expect(inUnit(1_500, '')).toBe('1,500')
  expect(inUnit(3, 'in_flight')).toBe('3 in flight')
})

it('tokensOf sums the buckets and names them', () => {
  expect(tokensOf(null).text).toBe('–')
  const t = tokensOf({ input: 100, cacheRead: 1_000, cacheWrite: 0, cacheWriteHour: 20, output: 30, reasoning: 5, images: 2, estimated: false })
  expect(t.text).toBe('1,120 → 35')
  expect(t.title).toBe('100 input, 1,000 cache read, 20 cache write for an hour, 30 output, 5 reasoning, 2 images')
  const e = tokensOf({ input: 7, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0, output: 0, reasoning: 0, images: 0, estimated: true })
  expect(e).toEqual({
    text: '≈ 7 → 0',
    title: '7 input, 0 output (estimated: the provider reported no usage)',
  })
})
