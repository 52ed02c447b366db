import { expect, it } from 'vitest'
import { fixedRange, readRange } from './range'

const now = Date.UTC(2026, 0, 2, 3, 4, 5)

it('reads what ends now', () => {
  expect(readRange('15m', now)).toEqual({ text: '15m', from: now - 900_000, to: now, live: true })
  expect(readRange('30d', now).from).toBe(now - 30 * 86_400_000)
})

it('reads what stands still', () => {
  const text = fixedRange(now - 1_000, now)
  expect(readRange(text, now + 5_000)).toEqual({ text, from: now - 1_000, to: now, live: false })
})

it('takes the default for the rest', () => {
  for (const text of [undefined, '', '0h', '1y', 'x~y', fixedRange(now, now - 1)]) {
    expect(readRange(text, now), String(text)).toMatchObject({ text: '1h', live: true })
  }
})
