import { expect, it } from 'vitest'
import { scrollToShow, sliceOf, step } from './viewport'

it('draws what is in sight and a few rows more', () => {
  const s = sliceOf(1000, 50, 5_000, 400)
  expect(s).toEqual({ from: 96, to: 112, above: 4_800, below: 44_400 })
})

it('always adds up to the whole list', () => {
  for (const [count, top, height] of [[0, 0, 400], [3, 0, 400], [1000, 1e9, 400], [10, -80, 400], [7, 0, 0]] as const) {
    const s = sliceOf(count, 50, top, height)
    expect(s.above + (s.to - s.from) * 50 + s.below).toBe(count * 50)
    expect(s.from).toBeLessThanOrEqual(s.to)
  }
})

it('scrolls only as far as needed', () => {
  expect(scrollToShow(3, 50, 0, 400)).toBe(0)
  expect(scrollToShow(8, 50, 0, 400)).toBe(50)
  expect(scrollToShow(1, 50, 300, 400)).toBe(50)
})

it('steps inside the list', () => {
  expect(step(-1, 1, 5)).toBe(0)
  expect(step(4, 1, 5)).toBe(4)
  expect(step(0, -1, 5)).toBe(0)
  expect(step(2, -1, 0)).toBe(-1)
})
