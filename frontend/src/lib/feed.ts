import { inWindow } from './address'
import { asFailure, Failure, type Api } from './api'
import { KEPT } from './merge'
import { strings } from './strings'
import { readFlights, readRowPage, readStatus, type Flight, type Row, type Status } from './wire'

// The feed keeps the page up to date: by server-sent events in a browser, by long polling in the
// window or where events do not get through. Each connection begins with the backlog; on a lost
// connection everything newer is fetched again and the receiver merges by seq.

export type Link =
  | { phase: 'connecting' }
  | { phase: 'up' }
  | { phase: 'down'; since: number; failure: Failure }

export interface Receiver {
  rows(rows: Row[], live: boolean): void
  status(status: Status): void
  link(link: Link): void
  /** All that is going on. */
  flights(flights: Flight[]): void
  /** The backlog reached the first decision there is. */
  first(): void
  /** Another process answers now: what was shown may not be its past; all is fetched anew. */
  restarted(): void
}

/** The part of EventSource that is used. */
export interface Events {
  readonly readyState: number
  onopen: ((e: never) => unknown) | null
  onerror: ((e: never) => unknown) | null
  addEventListener(name: string, f: (e: { data: string }) => void): void
  close(): void
}

export type OpenEvents = (address: string) => Events

const PAGE = 100
/** What was missed is fetched in larger pages. */
const MISSED_PAGE = 500
const FIRST_DELAY_MS = 500
const LAST_DELAY_MS = 5_000
const STATUS_MS = 3_000
const SILENCE_MS = 20_000
const OPEN_MS = 5_000
/** After so many streams that never came to life the feed polls instead. */
const DEAD_STREAMS = 2

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })

export class Feed {
  private readonly api: Api
  private readonly to: Receiver
  private readonly open: OpenEvents | null
  private readonly stopped = new AbortController()
  private started = ''
  private newest = 0
  private deadStreams = 0
  private downSince = 0
  private statusAt = -Infinity
  private refreshing = false

  constructor(api: Api, to: Receiver, open: OpenEvents | null) {
    this.api = api
    this.to = to
    this.open = open
  }

  start(): void {
    void this.run()
  }

  stop(): void {
    this.stopped.abort()
  }

  private async run(): Promise<void> {
    this.to.link({ phase: 'connecting' })
    let delay = FIRST_DELAY_MS
    while (!this.stopped.signal.aborted) {
      // Each session has its own signal, so that whatever it left running ends with it.
      const session = new AbortController()
      const end = () => session.abort()
      this.stopped.signal.addEventListener('abort', end, { once: true })
      try {
        this.gotStatus(await this.api.status(session.signal))
        await this.session(session.signal, () => (delay = FIRST_DELAY_MS))
      } catch (e) {
        if (!this.stopped.signal.aborted) this.lost(asFailure(e))
      } finally {
        session.abort()
        this.stopped.signal.removeEventListener('abort', end)
      }
      await pause(delay, this.stopped.signal)
      delay = Math.min(delay * 2, LAST_DELAY_MS)
    }
  }

  private lost(failure: Failure): void {
    if (this.downSince === 0) this.downSince = Date.now()
    this.to.link({ phase: 'down', since: this.downSince, failure })
  }

  private up(): void {
    this.downSince = 0
    this.to.link({ phase: 'up' })
  }

  private gotStatus(status: Status): void {
    this.statusAt = Date.now()
    if (this.started !== '' && status.started !== '' && status.started !== this.started) {
      this.started = status.started
      this.newest = 0
      this.to.restarted()
      throw new Failure(strings.errors.restarted, 'restarted', 'api/status')
    }
    this.started = status.started || this.started
    this.to.status(status)
  }

  private gotRows(rows: Row[], live: boolean): void {
    if (rows.length === 0) return
    for (const row of rows) this.newest = Math.max(this.newest, row.seq)
    this.to.rows(rows, live)
  }

  private async session(signal: AbortSignal, ready: () => void): Promise<void> {
    const known = this.newest
    const streams = this.open !== null && this.deadStreams < DEAD_STREAMS
    // The stream is opened before the backlog is read, so that nothing falls between the two.
    const work = streams ? this.stream(this.open as OpenEvents, signal) : null
    work?.catch(() => undefined)
    await this.backlog(known, signal)
    ready()
    this.up()
    await (work ?? Promise.race([this.poll(signal), this.watchStatus(signal)]))
  }

  /** backlog reads newest pages until it meets what is known. */
  private async backlog(known: number, signal: AbortSignal): Promise<void> {
    let before: number | null = null
    for (let got = 0; got < KEPT; ) {
      const page = await this.api.page(before, known === 0 ? PAGE : MISSED_PAGE, signal)
      this.gotRows(page.rows, known > 0)
      got += page.rows.length
      const oldest = page.rows.at(-1)?.seq ?? 0
      const met = known === 0 || oldest <= known + 1
      if (page.next === null) this.to.first()
      if (met || page.next === null || page.rows.length === 0) return
      before = page.next
    }
  }

  /** stream settles only by failing; the caller then starts anew. */
  private stream(open: OpenEvents, signal: AbortSignal): Promise<never> {
    return new Promise((_, reject) => {
      const events = open(this.api.events)
      let alive = false
      let watchdog: ReturnType<typeof setTimeout>
      const fail = (failure: Failure) => {
        clearTimeout(watchdog)
        events.close()
        this.deadStreams = alive ? 0 : this.deadStreams + 1
        reject(failure)
      }
      const silent = () => fail(new Failure(strings.errors.silent, 'silent', this.api.events))
      const broken = () =>
        fail(new Failure(strings.errors.unreachable, 'unreachable', this.api.events))
      const watch = (ms: number) => {
        clearTimeout(watchdog)
        watchdog = setTimeout(silent, ms)
      }
      const heard = (f: () => void) => {
        alive = true
        watch(SILENCE_MS)
        f()
      }
      events.addEventListener('rows', (e) =>
        heard(() => {
          this.gotRows(readRowPage(json(e.data)).rows, true)
          this.refreshStatus(signal)
        }),
      )
      events.addEventListener('status', (e) =>
        heard(() => {
          try {
            this.gotStatus(readStatus(json(e.data)))
          } catch (restarted) {
            fail(asFailure(restarted))
          }
        }),
      )
      events.addEventListener('inflight', (e) => heard(() => this.to.flights(readFlights(json(e.data)))))
      events.onopen = () => watch(SILENCE_MS)
      events.onerror = broken
      signal.addEventListener('abort', () => (clearTimeout(watchdog), events.close()), { once: true })
      watch(OPEN_MS)
    })
  }

  /** The sums follow new rows soon, but are asked for at most once a second. */
  private refreshStatus(signal: AbortSignal): void {
    if (this.refreshing) return
    this.refreshing = true
    void pause(Math.max(0, this.statusAt + 1_000 - Date.now()), signal)
      .then(() => this.api.status(signal))
      .then((s) => this.gotStatus(s))
      .catch(() => undefined) // the session itself tells when the connection is lost
      .finally(() => (this.refreshing = false))
  }

  private async poll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const asked = Date.now()
      const known = this.newest
      const page = await this.api.newer(known, signal)
      this.gotRows(page.rows, true)
      if (page.rows.length > 0) this.refreshStatus(signal)
      // A full page may have left some behind.
      if (page.rows.length >= PAGE) await this.backlog(known, signal)
      // A server that does not hold the answer back must not be asked in a tight loop.
      const quick = Date.now() - asked < 250
      if (quick) await pause(page.rows.length === 0 ? 1_000 : 250, signal)
    }
  }

  private async watchStatus(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(STATUS_MS, signal)
      if (signal.aborted) return
      this.gotStatus(await this.api.status(signal))
      await this.api.flights(signal).then(
        (flights) => this.to.flights(flights),
        () => undefined, // an older proxy does not know them
      )
    }
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** browserEvents is EventSource, except in the window: its asset server cannot stream everywhere. */
export function browserEvents(): OpenEvents | null {
  if (inWindow() || typeof EventSource === 'undefined') return null
  return (address) => new EventSource(address) as unknown as Events
}
