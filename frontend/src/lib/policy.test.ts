import { describe, expect, it } from 'vitest'
import { Api } from './api'
import { Draft } from './draft.svelte'
import { conflictIn, holdValue, limitsValue, moved, offsetOf, problemsIn, readConfig, readHunks, readOutline, sizeOf, wordsOf } from './policy'

const file = { path: '/x/strowger.yaml', stamp: 's1', text: 'a: 1\n', rev: 'r', problem: '', warnings: [], outline: { strategy: 'cost', hold: { tokens: 40 } }, history: [], writable: true, undo: false }

describe('reading', () => {
  it('takes what is missing as empty', () => {
    expect(readConfig(null)).toMatchObject({ path: '', text: '', writable: false, history: [] })
    expect(readOutline({}).hold).toBe('first_event')
  })
  it('keeps cache rules apart', () => {
    expect([null, false, { ttl: '1h' }].map((cache) => readOutline({ cache }).cache)).toEqual([null, false, { ttl: '1h', coalesce: false }])
  })
  it('reads and writes what is held back', () => {
    for (const hold of ['first_event', 'whole', { tokens: 40 }, { for: '2s' }]) expect(holdValue(readOutline({ hold }).hold)).toEqual(hold)
    expect(holdValue('a while')).toBeNull()
  })
  it('counts a difference', () => {
    const hunks = readHunks({ hunks: [{ from: 1, to: 1, lines: [{ op: ' ', text: 'a' }, { op: '-', text: 'b' }, { op: '+', text: 'c' }, { op: '+', text: 'd' }] }] })
    expect(sizeOf(hunks)).toEqual({ added: 2, taken: 1 })
  })
  it('tells a conflict from another refusal', () => {
    expect(conflictIn('{"error":{"message":"nothing to undo"}}')).toBeNull()
    expect(conflictIn('<html>')).toBeNull()
    expect(conflictIn('{"error":{"message":"m"},"disk":"d","stamp":"2","yours":"y","merged":null,"conflicts":[{"line":3,"yours":"y","theirs":"d"}]}')).toEqual({ message: 'm', disk: 'd', stamp: '2', yours: 'y', merged: null, at: [{ line: 3, yours: 'y', theirs: 'd' }] })
    expect(problemsIn('{"problems":[{"line":2,"message":"m"}]}')[0]?.line).toBe(2)
  })
})

describe('places and values', () => {
  it('finds a place in the text', () => {
    expect(offsetOf('ab\ncd\nef', 2, 2)).toBe(4)
    expect(offsetOf('ab\ncd', 2, 99)).toBe(5)
    expect(offsetOf('ab', 9, 1)).toBe(0)
  })
  it('splits words and numbers', () => {
    expect(wordsOf('402, context_length 500')).toEqual([402, 'context_length', 500])
    expect(wordsOf(' ')).toEqual([])
  })
  it('writes limits, and takes the last away', () => {
    expect(limitsValue([{ micro: 2_500_000, per: 'day' }])).toEqual([{ usd: 2.5, per: 'day' }])
    expect(limitsValue([])).toBeNull()
  })
  it('moves one', () => {
    expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b'])
  })
})

describe('Draft', () => {
  function draftOver(answers: Record<string, [number, unknown]>): { draft: Draft; asked: [string, unknown][] } {
    const asked: [string, unknown][] = []
    const fetch = (async (url: string, init: RequestInit) => {
      asked.push([`${init.method} ${url}`, JSON.parse(String(init.body))])
      const [status, body] = answers[url.replace('api/', '')] ?? [404, {}]
      return new Response(JSON.stringify(body), { status })
    }) as typeof globalThis.fetch
    const draft = new Draft(new Api('api/', fetch))
    draft.take(readConfig(file))
    return { draft, asked }
  }

  it('takes an edit with what it says', async () => {
    const { draft, asked } = draftOver({ 'config/edit': [200, { text: 'a: 2\n', problems: [], warnings: [], outline: { strategy: 'latency' } }] })
    expect(draft.changed).toBe(false)
    expect(await draft.edit([{ path: ['routing', 'strategy'], value: 'latency' }])).toBe(true)
    expect([draft.text, draft.outline?.strategy, draft.changed]).toEqual(['a: 2\n', 'latency', true])
    expect(asked[0]?.[1]).toEqual({ text: 'a: 1\n', edits: [{ path: ['routing', 'strategy'], value: 'latency' }] })
  })
  it('makes one edit after the other, so that none is lost', async () => {
    const { draft, asked } = draftOver({ 'config/edit': [200, { text: 'a: 2\n', problems: [], warnings: [], outline: {} }] })
    expect(await Promise.all([draft.edit([]), draft.edit([])])).toEqual([true, true])
    expect(asked.map(([, body]) => body)).toMatchObject([{ text: 'a: 1\n' }, { text: 'a: 2\n' }])
  })
  it('does not take an edit that makes the file wrong', async () => {
    for (const status of [200, 422]) {
      const { draft } = draftOver({ 'config/edit': [status, { text: 'a: x\n', problems: [{ line: 1, message: 'no such strategy', suggestion: 'cost' }] }] })
      expect(await draft.edit([])).toBe(false)
      expect([draft.text, draft.refused?.suggestion, draft.valid, draft.failure]).toEqual(['a: 1\n', 'cost', true, null])
    }
  })
  it('keeps the last outline while the text is wrong', async () => {
    const { draft } = draftOver({ 'config/check': [200, { problems: [{ line: 1, message: 'm' }], warnings: [], outline: null }] })
    draft.text = 'a: ['
    await draft.check()
    expect([draft.valid, draft.outline?.strategy]).toEqual([false, 'cost'])
  })
  it('saves with the stamp, and begins anew with what is answered', async () => {
    const { draft, asked } = draftOver({ config: [200, { ...file, text: 'b: 1\n', stamp: 's2' }] })
    draft.text = 'b: 1\n'
    expect(await draft.save('why')).toBe(true)
    expect(asked[0]).toEqual(['PUT api/config', { text: 'b: 1\n', stamp: 's1', why: 'why' }])
    expect([draft.file?.stamp, draft.changed]).toEqual(['s2', false])
  })
  it('settles a conflict on top of what is on disk', async () => {
    const { draft } = draftOver({ config: [409, { error: { message: 'changed' }, disk: 'd: 1\n', stamp: 's9', yours: 'a: 2\n', merged: 'm: 1\n', conflicts: [] }], 'config/check': [200, { problems: [], warnings: [] }] })
    draft.text = 'a: 2\n'
    expect(await draft.save('')).toBe(false)
    expect(draft.conflict?.merged).toBe('m: 1\n')
    draft.settle('m: 1\n')
    expect([draft.text, draft.file?.stamp, draft.file?.text, draft.changed, draft.conflict]).toEqual(['m: 1\n', 's9', 'd: 1\n', true, null])
  })
  it('says other refusals as failures', async () => {
    const { draft } = draftOver({ config: [403, { error: { code: 'forbidden', message: 'read-only' } }] })
    expect(await draft.save('')).toBe(false)
    expect(draft.failure?.message).toBe('read-only')
  })
})
