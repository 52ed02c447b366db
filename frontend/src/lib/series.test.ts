import { expect, test } from 'vitest'
import { faded } from './paint'
import { alone, marksAt, stack, tickText } from './series'

const line = (name: string, ...values: (number | null)[]) => ({ name, values, token: '--series-1' })

test('a stack lays each line upon the ones before it', () => {
  expect(stack([line('a', 1, null, 3), line('b', 2, 5, null)]).map((l) => l.values)).toEqual([
    [1, 0, 3],
    [3, 5, 3],
  ])
})

test('the marks of a point are those up to the next', () => {
  const marks = [59, 60, 119, 120, 179, 180].map((at) => ({ at, text: String(at) }))
  expect(marksAt(marks, [60, 120], 0).map((m) => m.at)).toEqual([60, 119])
  expect(marksAt(marks, [60, 120], 1).map((m) => m.at)).toEqual([120, 179])
  expect(marksAt(marks, [60, 120], 2)).toEqual([])
})

test('midnight is named by its day', () => {
  const midnight = new Date(2026, 10, 22).getTime() / 1000
  expect(tickText(midnight, 3600)).toBe('Nov 22')
  expect(tickText(midnight + 3600, 3600)).toBe('01:00')
  expect(tickText(midnight + 5, 5)).toBe('00:00:05')
  expect(tickText(midnight + 3600, 86_400)).toBe('Nov 22')
})

test('a colour fades', () => {
  expect(faded('rgb(1, 2, 3)', 0.2)).toBe('rgba(1, 2, 3, 0.2)')
  expect(faded('rgba(1, 2, 3, 0.5)', 0.2)).toBe('rgba(1, 2, 3, 0.2)')
})

test('finds values that no line would reach', () => {
  expect(alone([null, 3, null, 1, 2, null, 0])).toEqual([1, 6])
  expect(alone([5])).toEqual([0])
})
