import { expect, it } from 'vitest'
import { countNewer, mergeRows, newestSeq, oldestSeq } from './merge'
import { readRow, type Row } from './wire'

const rows = (...seqs: number[]): Row[] => seqs.map((seq) => readRow({ seq, id: `r${seq}` }) as Row)
const seqs = (list: Row[]) => list.map((r) => r.seq)

it('is the same set whichever side came first', () => {
  const backlog = rows(5, 4, 3)
  const push = rows(6, 7)
  expect(seqs(mergeRows(mergeRows([], backlog), push))).toEqual([7, 6, 5, 4, 3])
  expect(seqs(mergeRows(mergeRows([], push), backlog))).toEqual([7, 6, 5, 4, 3])
})

it('holds a row once; the later copy wins', () => {
  const again = { ...rows(5)[0]!, outcome: 'ok' }
  const merged = mergeRows(rows(6, 5), [again])
  expect(seqs(merged)).toEqual([6, 5])
  expect(merged[1]).toBe(again)
})

it('keeps the newest when it is full', () => {
  expect(seqs(mergeRows(rows(5, 4, 3), rows(7, 1), 3))).toEqual([7, 5, 4])
})

it('is the same array when nothing came', () => {
  const current = rows(2, 1)
  expect(mergeRows(current, [])).toBe(current)
})

it('counts what is newer', () => {
  expect(countNewer(rows(9, 8, 5), 5)).toBe(2)
  expect(countNewer(rows(9, 8), 1)).toBe(2)
  expect(countNewer([], 1)).toBe(0)
  expect([newestSeq(rows(9, 8)), oldestSeq(rows(9, 8)), newestSeq([])]).toEqual([9, 8, 0])
})
