import { Announcer } from './announce'
import { Api, asFailure, type Failure } from './api'
import { filterRows } from './filter'
import type { Link, Receiver } from './feed'
import { readHash, writeHash } from './hash'
import { countNewer, KEPT, mergeRows, newestSeq, oldestSeq } from './merge'
import { step } from './viewport'
import type { Learning, Report, Row, Status } from './wire'

export type PageState = 'connecting' | 'serving' | 'reconnecting' | 'stopped'

export type Opened =
  | { phase: 'loading'; id: string }
  | { phase: 'shown'; id: string; report: Report }
  | { phase: 'failed'; id: string; failure: Failure }

/** What was said of an answer, and whether it has been kept. */
export interface Said {
  id: string
  good: boolean
  /** null while it is on its way; else whether it was kept, or why not. */
  kept: true | Failure | null
}

/** So long may an answer fail to come before the proxy is called stopped. */
const STOPPED_AFTER_MS = 15_000
const OLDER = 100

/** Page is the state of the one page: what arrived, what is shown, what is opened. */
export class Page implements Receiver {
  private readonly api: Api
  private readonly announcer = new Announcer()
  private opening: AbortController | null = null

  /** Newest first; rows are never changed in place. */
  all = $state.raw<Row[]>([])
  /** What arrived while paused. */
  held = $state.raw<Row[]>([])
  now = $state.raw(Date.now())
  proxy = $state.raw<Status | null>(null)
  feedLink = $state.raw<Link>({ phase: 'connecting' })
  loaded = $state.raw(false)
  paused = $state.raw(false)
  query = $state.raw('')
  /** The row the keys move; 0 when there is none. */
  cursor = $state.raw(0)
  opened = $state.raw<Opened | null>(null)
  olderBusy = $state.raw(false)
  olderFailure = $state.raw<Failure | null>(null)
  atEnd = $state.raw(false)
  spoken = $state.raw('')
  /** What auto mode has learned; null while nobody has asked. */
  learning = $state.raw<Learning | null>(null)
  /** What was said last of an answer. */
  said = $state.raw<Said | null>(null)

  shown = $derived(filterRows(this.all, this.query))
  heldCount = $derived(this.paused ? countNewer(this.held, newestSeq(this.all)) : 0)
  state = $derived.by((): PageState => {
    const link = this.feedLink
    if (link.phase === 'connecting') return 'connecting'
    if (link.phase === 'up') return this.proxy?.state === 'stopped' ? 'stopped' : 'serving'
    return this.now - link.since >= STOPPED_AFTER_MS ? 'stopped' : 'reconnecting'
  })
  /** The listed row that is opened, if it is listed. */
  openedId = $derived(this.opened?.id ?? '')

  constructor(api: Api) {
    this.api = api
  }

  // What the feed tells.

  rows(rows: Row[], live: boolean): void {
    this.loaded = true
    if (live) this.announcer.add(rows.filter((r) => r.seq > newestSeq(this.all)))
    if (this.paused) this.held = mergeRows(this.held, rows)
    else this.all = mergeRows(this.all, rows)
  }

  status(status: Status): void {
    this.proxy = status
  }

  link(link: Link): void {
    this.feedLink = link
    if (link.phase === 'up') this.loaded = true
  }

  first(): void {
    this.atEnd = true
  }

  restarted(): void {
    this.all = []
    this.held = []
    this.atEnd = false
  }

  /** tick moves the clock: ages, the stopped state, and what is announced. */
  tick(now: number): void {
    this.now = now
    const text = this.announcer.due(now)
    if (text !== '') this.spoken = text
  }

  // What the person does.

  togglePause(): void {
    if (this.paused) {
      this.all = mergeRows(this.all, this.held)
      this.held = []
    }
    this.paused = !this.paused
  }

  search(query: string): void {
    this.query = query
  }

  /** move puts the cursor on the next or previous row; an open pane follows. */
  move(by: 1 | -1): void {
    const at = this.shown.findIndex((r) => r.seq === this.cursor)
    const row = this.shown[step(at, by, this.shown.length)]
    if (!row) return
    this.cursor = row.seq
    if (this.opened) void this.open(row.id)
  }

  select(row: Row): void {
    this.cursor = row.seq
    void this.open(row.id)
  }

  openCursor(): void {
    const row = this.shown.find((r) => r.seq === this.cursor)
    if (row && row.id !== this.openedId) void this.open(row.id)
  }

  close(): void {
    this.opening?.abort()
    this.opening = null
    this.opened = null
  }

  /** open fetches a report; a later open overtakes an earlier one. */
  async open(id: string): Promise<void> {
    this.opening?.abort()
    const own = new AbortController()
    this.opening = own
    // While the next one loads the last one stays, so that the pane does not flicker.
    if (this.opened?.phase !== 'shown') this.opened = { phase: 'loading', id }
    else this.opened = { ...this.opened, id }
    try {
      const report = await this.api.report(id, own.signal)
      if (own.signal.aborted) return
      this.opened = { phase: 'shown', id, report }
      this.cursor = report.seq || this.cursor
      if (report.decision.auto) void this.look()
    } catch (e) {
      if (!own.signal.aborted) this.opened = { phase: 'failed', id, failure: asFailure(e) }
    }
  }

  /** look asks what has been learned; where nobody answers, nothing is said of it. */
  private async look(): Promise<void> {
    try {
      this.learning = await this.api.learning()
    } catch {
      this.learning = null
    }
  }

  /** say tells how the answer of a decision was. */
  async say(id: string, good: boolean): Promise<void> {
    const own: Said = { id, good, kept: null }
    this.said = own
    let kept: Said['kept']
    try {
      await this.api.feedback(id, good)
      kept = true
    } catch (e) {
      kept = asFailure(e)
    }
    if (this.said === own) this.said = { ...own, kept }
    if (kept === true) await this.look()
  }

  get canLoadOlder(): boolean {
    return !this.atEnd && this.all.length > 0 && this.all.length < KEPT
  }

  async loadOlder(): Promise<void> {
    if (this.olderBusy || !this.canLoadOlder) return
    this.olderBusy = true
    this.olderFailure = null
    try {
      const page = await this.api.page(oldestSeq(this.all), OLDER)
      this.all = mergeRows(this.all, page.rows)
      this.atEnd = page.next === null || page.rows.length === 0
    } catch (e) {
      this.olderFailure = asFailure(e)
    } finally {
      this.olderBusy = false
    }
  }

  // The address of the view.

  get hash(): string {
    return writeHash({ id: this.openedId, query: this.query })
  }

  /** follow takes the view from an address: at start, and when it is edited or gone back to. */
  follow(hash: string): void {
    const view = readHash(hash)
    if (view.query !== this.query) this.query = view.query
    if (view.id === this.openedId) return
    if (view.id === '') this.close()
    else void this.open(view.id)
  }
}
