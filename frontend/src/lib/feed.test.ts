import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Failure, type Api } from './api'
import { browserEvents, Feed, type Events, type Link } from './feed'
import { mergeRows } from './merge'
import { readRow, readStatus, type Flight, type Row, type RowPage } from './wire'

const row = (seq: number): Row => readRow({ seq, id: `r${seq}` }) as Row
const down = () => Promise.reject(new Failure('down', 'unreachable', 'api/status'))

/** A server of rows 1..newest whose every part can fail. */
class Server {
  newest = 0
  started = 'a'
  up = true
  asked: string[] = []
  private waiting: (() => void)[] = []

  add(n: number): void {
    this.newest += n
    for (const wake of this.waiting.splice(0)) wake()
  }
  private rows(from: number, to: number): Row[] {
    return Array.from({ length: Math.max(0, to - from) }, (_, i) => row(to - i))
  }
  api(): Api {
    const part = {
      events: 'api/events',
      status: () => (this.up ? Promise.resolve(readStatus({ started: this.started })) : down()),
      page: (before: number | null, limit: number): Promise<RowPage> => {
        this.asked.push(`page ${before}`)
        if (!this.up) return down()
        const to = before === null ? this.newest : before - 1
        const rows = this.rows(Math.max(0, to - limit), to)
        return Promise.resolve({ rows, next: rows.at(-1)?.seq === 1 ? null : (rows.at(-1)?.seq ?? null), lookedTo: '' })
      },
      flights: () => Promise.resolve([]),
      newer: async (after: number): Promise<RowPage> => {
        this.asked.push(`newer ${after}`)
        if (!this.up) return down()
        if (this.newest <= after) await new Promise<void>((wake) => this.waiting.push(wake))
        if (!this.up) return down()
        return { rows: this.rows(after, this.newest), next: null, lookedTo: '' }
      },
    }
    return part as unknown as Api
  }
}

class Stream implements Events {
  static all: Stream[] = []
  readyState = 0
  onopen: (() => void) | null = null
  onerror: (() => void) | null = null
  closed = false
  private listeners: Record<string, (e: { data: string }) => void> = {}
  constructor() {
    Stream.all.push(this)
  }
  addEventListener(name: string, f: (e: { data: string }) => void): void {
    this.listeners[name] = f
  }
  push(name: string, data: unknown): void {
    this.listeners[name]?.({ data: JSON.stringify(data) })
  }
  close(): void {
    this.closed = true
  }
}

function receiver() {
  const got = {
    list: [] as Row[],
    links: [] as Link['phase'][],
    restarts: 0,
    reachedFirst: false,
    live: 0,
    going: 0,
    rows: (rows: Row[], live: boolean) => {
      got.list = mergeRows(got.list, rows)
      if (live) got.live += rows.length
    },
    status: () => undefined,
    flights: (flights: Flight[]) => void (got.going = flights.length),
    first: () => void (got.reachedFirst = true),
    link: (l: Link) => void got.links.push(l.phase),
    restarted: () => {
      got.list = []
      got.restarts++
    },
  }
  return got
}

const seqs = (rows: Row[]) => rows.map((r) => r.seq)
const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms)

let feed: Feed | undefined
beforeEach(() => {
  vi.useFakeTimers()
  Stream.all = []
})
afterEach(() => {
  feed?.stop()
  vi.useRealTimers()
})

describe('with server-sent events', () => {
  it('shows the backlog, then what is pushed, whichever comes first', async () => {
    const server = new Server()
    server.add(3)
    const got = receiver()
    feed = new Feed(server.api(), got, () => new Stream())
    feed.start()
    await settle()
    Stream.all[0]!.push('rows', { rows: [{ seq: 5 }, { seq: 4 }] })
    expect(seqs(got.list)).toEqual([5, 4, 3, 2, 1])
    expect(got.live).toBe(2)
    expect(got.reachedFirst).toBe(true)
    expect(got.links).toEqual(['connecting', 'up'])
  })

  it('fetches what it missed after a lost connection, and no more', async () => {
    const server = new Server()
    server.add(3)
    const got = receiver()
    feed = new Feed(server.api(), got, () => new Stream())
    feed.start()
    await settle()
    server.up = false
    Stream.all[0]!.onerror?.()
    await settle(2_000)
    expect(got.links.at(-1)).toBe('down')
    server.up = true
    server.add(1_250)
    server.asked = []
    await settle(6_000)
    expect(got.links.at(-1)).toBe('up')
    expect(got.list).toHaveLength(1_253)
    expect(server.asked).toEqual(['page null', 'page 754', 'page 254'])
  })

  it('starts over when another process answers', async () => {
    const server = new Server()
    server.add(3)
    const got = receiver()
    feed = new Feed(server.api(), got, () => new Stream())
    feed.start()
    await settle()
    server.newest = 1
    server.started = 'b'
    Stream.all[0]!.push('status', { started: 'b' })
    await settle(1_000)
    expect(got.restarts).toBe(1)
    expect(seqs(got.list)).toEqual([1])
    expect(Stream.all[0]!.closed).toBe(true)
    expect(got.links.at(-1)).toBe('up')
  })

  it('gives up on streams that never come to life and polls', async () => {
    const server = new Server()
    server.add(1)
    const got = receiver()
    feed = new Feed(server.api(), got, () => {
      const s = new Stream()
      queueMicrotask(() => s.onerror?.())
      return s
    })
    feed.start()
    await settle(5_000)
    expect(Stream.all).toHaveLength(2)
    server.add(1)
    await settle(1_000)
    expect(seqs(got.list)).toEqual([2, 1])
  })

  it('notices a stream that went silent', async () => {
    const server = new Server()
    const got = receiver()
    feed = new Feed(server.api(), got, () => new Stream())
    feed.start()
    await settle()
    Stream.all[0]!.onopen?.()
    Stream.all[0]!.push('status', {})
    await settle(19_000)
    expect(Stream.all).toHaveLength(1)
    await settle(2_000)
    expect(Stream.all[0]!.closed).toBe(true)
    expect(Stream.all.length).toBeGreaterThan(1)
  })
})

describe('without them', () => {
  it('polls for what is newer and does not spin', async () => {
    const server = new Server()
    server.add(2)
    const got = receiver()
    feed = new Feed(server.api(), got, null)
    feed.start()
    await settle()
    expect(seqs(got.list)).toEqual([2, 1])
    server.add(2)
    await settle(300)
    expect(seqs(got.list)).toEqual([4, 3, 2, 1])
    expect(server.asked).toEqual(['page null', 'newer 2', 'newer 4'])
  })

  it('does not spin when the server holds nothing back', async () => {
    let asked = 0
    const api = Object.assign(new Server().api(), {
      newer: () => (asked++, Promise.resolve({ rows: [], next: null })),
    })
    feed = new Feed(api, receiver(), null)
    feed.start()
    await settle(10_000)
    expect(asked).toBeLessThan(12)
  })

  it('reports a lost connection and comes back', async () => {
    const server = new Server()
    const got = receiver()
    feed = new Feed(server.api(), got, null)
    server.up = false
    feed.start()
    await settle(10_000)
    expect(got.links.at(-1)).toBe('down')
    server.up = true
    await settle(6_000)
    expect(got.links.at(-1)).toBe('up')
  })
})

describe('browserEvents', () => {
  afterEach(() => vi.unstubAllGlobals())
  it('is not used in the window', () => {
    vi.stubGlobal('EventSource', class {})
    expect(browserEvents()).not.toBeNull()
    vi.stubGlobal('runtime', {})
    expect(browserEvents()).toBeNull()
  })
})
