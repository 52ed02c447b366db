import { expect, it } from 'vitest'
import { localTimes, minuteOf, ticksOf } from './clock'

it('writes minutes, and the day where it is another', () => {
  const now = Date.parse('2026-01-02T12:00:00Z')
  expect(minuteOf(now - 118 * 60_000, now, 'UTC')).toBe('10:02')
  expect(minuteOf(now - 86_400_000, now, 'UTC')).toBe('Jan 1 12:00')
})

it('writes the times of a sentence as they are here', () => {
  expect(localTimes('refused until 2026-01-03T00:00:00Z.', Date.parse('2026-01-02T12:00:00Z'), 'UTC')).toBe('refused until Jan 3 00:00.')
})

it('ticks at round times, and not too many', () => {
  const from = Date.parse('2026-01-02T10:03:20Z')
  const ticks = ticksOf(from, from + 3_600_000, 8)
  expect(ticks.length).toBeLessThanOrEqual(8)
  expect(ticks.every((t) => t.ms % 600_000 === 0 && t.ms >= from)).toBe(true)
  expect(ticksOf(from, from + 400 * 86_400_000, 3).length).toBeLessThan(20)
})
