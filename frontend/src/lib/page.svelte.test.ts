import { describe, expect, it } from 'vitest'
import { Failure, type Api } from './api'
import { Page } from './page.svelte'
import { readReport, readRow, readStatus, type Row, type RowPage } from './wire'

const row = (seq: number, more: object = {}): Row => readRow({ seq, id: `r${seq}`, ...more }) as Row
const rows = (...seqs: number[]): Row[] => seqs.map((s) => row(s))
const seqs = (list: Row[]) => list.map((r) => r.seq)

function page(more: Partial<Record<keyof Api, unknown>> = {}): Page {
  const api = {
    report: (id: string) => Promise.resolve(readReport({ id, seq: Number(id.slice(1)) })),
    page: (): Promise<RowPage> => Promise.resolve({ rows: [], next: null, lookedTo: '' }),
    ...more,
  }
  return new Page(api as unknown as Api)
}

const settled = () => new Promise((resolve) => setTimeout(resolve))

describe('pause', () => {
  it('holds new rows back, counts them, and lets them in again', () => {
    const p = page()
    p.rows(rows(2, 1), false)
    p.togglePause()
    p.rows(rows(4, 3), true)
    p.rows(rows(4), true)
    expect(seqs(p.shown)).toEqual([2, 1])
    expect(p.heldCount).toBe(2)
    p.togglePause()
    expect(seqs(p.shown)).toEqual([4, 3, 2, 1])
    expect(p.heldCount).toBe(0)
  })
})

describe('the cursor', () => {
  it('moves inside what is shown and stays on its row as others arrive', () => {
    const p = page()
    p.rows([row(3, { model: 'b' }), row(2, { model: 'a' }), row(1, { model: 'b' })], false)
    p.search('b')
    p.move(1)
    expect(p.cursor).toBe(3)
    p.move(1)
    expect(p.cursor).toBe(1)
    p.rows([row(4, { model: 'b' })], true)
    p.move(-1)
    expect(p.cursor).toBe(3)
  })
  it('takes an open pane along, and only then', async () => {
    const p = page()
    p.rows(rows(2, 1), false)
    p.move(1)
    expect(p.opened).toBeNull()
    p.openCursor()
    await settled()
    expect(p.opened).toMatchObject({ phase: 'shown', id: 'r2' })
    p.move(1)
    await settled()
    expect(p.opened).toMatchObject({ phase: 'shown', report: { id: 'r1' } })
  })
})

describe('opening', () => {
  it('shows the last one asked for, whichever answer comes first', async () => {
    const answers = new Map<string, (v: unknown) => void>()
    const p = page({
      report: (id: string) => new Promise((resolve) => answers.set(id, resolve)),
    })
    void p.open('r1')
    void p.open('r2')
    answers.get('r2')!(readReport({ id: 'r2' }))
    answers.get('r1')!(readReport({ id: 'r1' }))
    await settled()
    expect(p.opened).toMatchObject({ phase: 'shown', report: { id: 'r2' } })
  })
  it('shows why it cannot', async () => {
    const failure = new Failure('no decision', 'not_found', 'x', 404)
    const p = page({ report: () => Promise.reject(failure) })
    await p.open('gone')
    expect(p.opened).toMatchObject({ phase: 'failed', failure })
    p.close()
    expect(p.opened).toBeNull()
  })
})

describe('the address', () => {
  it('is the view, both ways', async () => {
    const p = page()
    p.follow({ id: 'r7', q: 'azure' })
    await settled()
    expect(p.query).toBe('azure')
    expect(p.cursor).toBe(7)
    expect(p.params).toEqual({ id: 'r7', q: 'azure' })
    p.follow({})
    expect(p.opened).toBeNull()
    expect(p.params).toEqual({ id: '', q: '' })
  })
})

describe('the state', () => {
  it('goes from connecting over serving to reconnecting and stopped', () => {
    const p = page()
    expect(p.state).toBe('connecting')
    p.status(readStatus({}))
    p.link({ phase: 'up' })
    expect(p.state).toBe('serving')
    p.link({ phase: 'down', since: 1_000, failure: new Failure('x', 'y', 'z') })
    p.tick(2_000)
    expect(p.state).toBe('reconnecting')
    p.tick(16_000)
    expect(p.state).toBe('stopped')
  })
})

describe('older rows', () => {
  it('are fetched until the end', async () => {
    const asked: unknown[] = []
    const p = page({
      page: (before: number) => (asked.push(before), Promise.resolve({ rows: rows(2, 1), next: null })),
    })
    expect(p.canLoadOlder).toBe(false)
    p.rows(rows(4, 3), false)
    await p.loadOlder()
    expect(asked).toEqual([3])
    expect(seqs(p.all)).toEqual([4, 3, 2, 1])
    expect(p.canLoadOlder).toBe(false)
  })
  it('report a failure and can be tried again', async () => {
    const p = page({ page: () => Promise.reject(new Failure('x', 'y', 'z')) })
    p.rows(rows(4), false)
    await p.loadOlder()
    expect(p.olderFailure?.code).toBe('y')
    expect(p.canLoadOlder).toBe(true)
  })
})

it('announces what arrived live, not the backlog', () => {
  const p = page()
  p.rows(rows(2, 1), false)
  p.tick(1_000)
  expect(p.spoken).toBe('')
  p.rows([row(3, { outcome: 'failed' })], true)
  p.tick(2_000)
  expect(p.spoken).toBe('1 new decision, 1 failed')
})

it('drops everything when another process answers', () => {
  const p = page()
  p.rows(rows(9, 8), false)
  p.restarted()
  p.rows(rows(1), false)
  expect(seqs(p.all)).toEqual([1])
})

describe('what was said of an answer', () => {
  const learning = { on: true, outcomes: [], fit: null, learned: null }
  const automatic = (id: string) => Promise.resolve(readReport({ id, decision: { auto: {} } }))

  it('is asked for with a decision of auto mode alone', async () => {
    let asked = 0
    const api = { learning: () => (asked++, Promise.resolve(learning)) }
    const p = page(api)
    await p.open('r1')
    expect(asked).toBe(0)
    const q = page({ ...api, report: automatic })
    await q.open('r1')
    await settled()
    expect([asked, q.learning]).toEqual([1, learning])
    const deaf = page({ report: automatic, learning: () => Promise.reject(new Error('gone')) })
    await deaf.open('r1')
    await settled()
    expect([deaf.opened?.phase, deaf.learning]).toEqual(['shown', null])
  })
  it('is kept, or says why not', async () => {
    const said: unknown[] = []
    const p = page({ feedback: (...a: unknown[]) => (said.push(a), Promise.resolve()), learning: () => Promise.resolve(learning) })
    const saying = p.say('r1', false)
    expect(p.said).toEqual({ id: 'r1', good: false, kept: null })
    await saying
    expect(p.said).toEqual({ id: 'r1', good: false, kept: true })
    expect([said, p.learning]).toEqual([[['r1', false]], learning])
    const refused = page({ feedback: () => Promise.reject(new Failure('off', 'conflict', 'x', 409)) })
    await refused.say('r2', true)
    expect(refused.said).toMatchObject({ id: 'r2', good: true, kept: { code: 'conflict' } })
  })
  it('takes the last word', async () => {
    const waiting: (() => void)[] = []
    const p = page({ feedback: () => new Promise<void>((done) => waiting.push(done)), learning: () => Promise.resolve(learning) })
    const both = [p.say('r1', true), p.say('r1', false)]
    waiting[1]?.()
    waiting[0]?.()
    await Promise.all(both)
    expect(p.said).toEqual({ id: 'r1', good: false, kept: true })
  })
})

describe('a filter', () => {
  const paged = (asked: string[]) =>
    page({
      find: (filter: URLSearchParams, before: number | null): Promise<RowPage> => {
        asked.push(`${filter} ${before}`)
        const from = before ?? 100
        const found = [from - 1, from - 2].map((s) => row(s, { provider: s % 2 ? 'a' : 'b', at: '2026-01-01T00:00:00Z' }))
        return Promise.resolve({ rows: found, next: from > 92 ? from - 2 : null, lookedTo: '' })
      },
    })
  it('asks for what is further back, and keeps what is meant', async () => {
    const asked: string[] = []
    const p = paged(asked)
    p.rows([row(101, { provider: 'b' }), row(100, { provider: 'a' })], false)
    p.search('provider:a')
    expect(seqs(p.shown)).toEqual([100])
    await p.lookFurther()
    expect(asked[0]).toBe('provider=a 100')
    expect(seqs(p.shown)).toEqual([100, 99, 97, 95, 93])
    expect(p.beyond.atEnd).toBe(false)
    await p.lookFurther()
    expect([p.beyond.atEnd, seqs(p.shown).at(-1)]).toEqual([true, 91])
    p.search('')
    expect(seqs(p.shown)).toEqual([101, 100])
  })
  it('holds a row once, also when what is older is held by now', async () => {
    const p = paged([])
    p.rows([row(100, { provider: 'a' })], false)
    p.search('provider:a')
    await p.lookFurther()
    p.rows([row(99, { provider: 'a' })], false)
    expect(seqs(p.shown)).toEqual([100, 99, 97, 95, 93])
  })
  it('of a time leaves out what lies beside it', () => {
    const p = page()
    p.rows([row(2, { at: '2026-01-01T02:00:00Z' }), row(1, { at: '2026-01-01T01:00:00Z' })], false)
    p.during({ from: Date.parse('2026-01-01T00:30:00Z'), to: Date.parse('2026-01-01T01:30:00Z') })
    expect(seqs(p.shown)).toEqual([1])
  })
})

it('lets many rows in together, and one at once', async () => {
  const p = page()
  p.rows(rows(1), true)
  expect(seqs(p.shown)).toEqual([1])
  p.rows(rows(...Array.from({ length: 20 }, (_, i) => 21 - i)), true)
  expect(p.shown).toHaveLength(1)
  await settled()
  expect(p.shown).toHaveLength(21)
})
