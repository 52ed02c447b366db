import { expect, it } from 'vitest'
import { ago, timeOf } from './time'

const now = Date.parse('2026-03-04T12:00:00Z')

it('is local, with UTC beside it', () => {
  expect(timeOf('2026-03-04T11:59:58.123456789Z', now, 'Europe/Berlin')).toEqual({
    text: '12:59:58',
    utc: '2026-03-04 11:59:58.123 UTC',
  })
})

it('names the day when it is another one, in the local zone', () => {
  expect(timeOf('2026-03-03T23:30:00Z', now, 'Europe/Berlin').text).toBe('00:30:00')
  expect(timeOf('2026-03-03T20:00:00Z', now, 'Europe/Berlin').text).toBe('Mar 3 21:00:00')
})

it('shows midnight as 00', () => {
  expect(timeOf('2026-03-04T00:00:01Z', now, 'UTC').text).toBe('00:00:01')
})

it('does not throw on what it cannot read', () => {
  expect(timeOf('soon', now)).toEqual({ text: 'soon', utc: '' })
  expect(timeOf('', now).text).toBe('–')
})

it('ago is coarse and never negative', () => {
  expect([-5, 12_000, 90_000, 3_780_000].map(ago)).toEqual(['0 s', '12 s', '1 min', '1 h 3 min'])
})
