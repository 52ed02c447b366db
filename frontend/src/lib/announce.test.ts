import { expect, it } from 'vitest'
import { ANNOUNCE_EVERY_MS, Announcer } from './announce'
import { readRow, type Row } from './wire'

const rows = (...outcomes: string[]): Row[] =>
  outcomes.map((outcome, i) => readRow({ seq: i, outcome }) as Row)

it('sums up and keeps quiet in between', () => {
  const a = new Announcer()
  expect(a.due(0)).toBe('')
  a.add(rows('ok'))
  expect(a.due(0)).toBe('1 new decision')
  a.add(rows('ok', 'failed'))
  expect(a.due(1_000)).toBe('')
  a.add(rows('ok'))
  expect(a.due(ANNOUNCE_EVERY_MS)).toBe('3 new decisions, 1 failed')
  expect(a.due(ANNOUNCE_EVERY_MS * 2)).toBe('')
})
