import { expect, it } from 'vitest'
import { barsOf } from './timeline'
import { readReport, type Attempt } from './wire'

const attempts = (...list: object[]): Attempt[] => readReport({ attempts: list }).attempts

it('places attempts one after the other', () => {
  const [a, b] = barsOf(
    attempts(
      { outcome: 'overloaded', start_us: 0, total_us: 200_000, first_us: null },
      { outcome: 'ok', start_us: 200_000, total_us: 800_000, first_us: 300_000 },
    ),
    1_000_000,
  )
  expect(a).toMatchObject({ start: 0, wait: 20, answer: 0, tone: 'bad' })
  expect(b).toMatchObject({ start: 20, wait: 30, answer: 50, tone: 'ok' })
})

it('draws an answer that came whole as answering', () => {
  const [a] = barsOf(attempts({ outcome: 'ok', total_us: 100, first_us: null }), 100)
  expect(a).toMatchObject({ wait: 0, answer: 100 })
})

it('tells of pauses in which nothing was tried', () => {
  const [a, b, c] = barsOf(attempts({ start_us: 0, total_us: 100 }, { start_us: 400, total_us: 50 }, { start_us: 300, total_us: 200 }), 500)
  expect([a, b, c].map((x) => x?.pauseUs)).toEqual([0, 300, 0])
})

it('stays inside whatever the numbers are', () => {
  const odd = attempts(
    { outcome: 'unreachable', start_us: 0, total_us: 0 },
    { outcome: 'ok', start_us: 5_000, total_us: 10, first_us: 900_000 },
  )
  for (const bar of [...barsOf(odd, 0), ...barsOf(odd, 5_000)]) {
    expect(bar.start).toBeGreaterThanOrEqual(0)
    expect(bar.wait).toBeGreaterThanOrEqual(0)
    expect(bar.answer).toBeGreaterThanOrEqual(0)
    expect(bar.wait + bar.answer).toBeGreaterThan(0.7)
    expect(bar.start + bar.wait + bar.answer).toBeLessThanOrEqual(100.0001)
  }
  expect(barsOf([], 0)).toEqual([])
})
