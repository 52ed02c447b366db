import { Announcer } from './announce'
import { Api, asFailure, type Failure } from './api'
import { Beyond } from './beyond.svelte'
import { filterRows, readQuery } from './filter'
import type { Link, Receiver } from './feed'
import { countNewer, KEPT, mergeRows, newestSeq, oldestSeq } from './merge'
import { matches, paramsOf } from './query'
import { step } from './viewport'
import type { Flight, Learning, Report, Row, Status } from './wire'

export type PageState = 'connecting' | 'serving' | 'degraded' | 'paused' | 'reconnecting' | 'stopped'

/** Milliseconds since 1970. */
export interface Span {
  from: number
  to: number
}

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
/** So many rows at once are more than one can read; they are let in this often and no more. */
const MANY = 10
const MANY_EVERY_MS = 500
/** A filter asks the server when nothing has been typed for so long. */
const TYPING_MS = 250

/** Page is the state of the one page: what arrived, what is shown, what is opened. */
export class Page implements Receiver {
  private readonly api: Api
  private readonly announcer = new Announcer()
  private opening: AbortController | null = null
  private gathered: Row[] = []
  private gathering: ReturnType<typeof setTimeout> | undefined
  private letInAt = 0
  private typing: ReturnType<typeof setTimeout> | undefined
  /** How many rows are held at most: who goes back further holds what he has seen. */
  private room = KEPT

  /** Newest first; rows are never changed in place. */
  all = $state.raw<Row[]>([])
  /** What arrived while paused. */
  held = $state.raw<Row[]>([])
  now = $state.raw(Date.now())
  proxy = $state.raw<Status | null>(null)
  feedLink = $state.raw<Link>({ phase: 'connecting' })
  loaded = $state.raw(false)
  paused = $state.raw(false)
  /** The filter as it is typed. */
  query = $state.raw('')
  /** Only what began in this time; null: any. */
  span = $state.raw<Span | null>(null)
  /** What is going on, newest first. */
  going = $state.raw<Flight[]>([])
  /** What the filter finds behind what is held. */
  readonly beyond = new Beyond()
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

  wanted = $derived(readQuery(this.query))
  narrow = $derived(this.wanted.terms.length > 0 || this.span !== null)
  shown = $derived(this.narrow ? [...filterRows(within(this.all, this.span), this.wanted), ...olderThan(this.all, this.beyond.rows)] : this.all)
  /** All that is recorded has been looked through for what is wanted. */
  searchedAll = $derived(this.atEnd || this.beyond.atEnd)
  /** About how many are recorded, by their numbers; null: all of them are here. */
  recorded = $derived(this.atEnd || this.all.length === 0 ? null : Math.max(newestSeq(this.all), this.all.length))
  heldCount = $derived(this.paused ? countNewer(this.held, newestSeq(this.all)) : 0)
  state = $derived.by((): PageState => {
    const link = this.feedLink
    if (link.phase === 'connecting') return 'connecting'
    if (link.phase === 'up') {
      if ((this.proxy?.degraded.length ?? 0) > 0) return 'degraded'
      return this.paused ? 'paused' : 'serving'
    }
    return this.now - link.since >= STOPPED_AFTER_MS ? 'stopped' : 'reconnecting'
  })
  /** The listed row that is opened, if it is listed. */
  openedId = $derived(this.opened?.id ?? '')

  constructor(api: Api) {
    this.api = api
  }

  // What the feed tells.

  rows(rows: Row[], live: boolean): void {
    if (!this.loaded && this.narrow) this.searched()
    this.loaded = true
    if (live) this.announcer.add(rows.filter((r) => r.seq > newestSeq(this.all)))
    if (live && rows.length > MANY && !this.paused) return this.gather(rows)
    if (this.paused) this.held = mergeRows(this.held, rows)
    else this.take(rows)
  }

  private gather(rows: Row[]): void {
    this.gathered = mergeRows(this.gathered, rows)
    if (this.gathering !== undefined) return
    this.gathering = setTimeout(() => this.letIn(), Math.max(0, this.letInAt + MANY_EVERY_MS - Date.now()))
  }

  private letIn(): void {
    clearTimeout(this.gathering)
    this.gathering = undefined
    this.letInAt = Date.now()
    const rows = this.gathered
    this.gathered = []
    if (this.paused) this.held = mergeRows(this.held, rows)
    else this.take(rows)
  }

  /** take lets rows in; what there is no room for goes to the filter, if one looks that far back. */
  private take(rows: Row[]): void {
    const merged = mergeRows(this.all, rows, Infinity)
    this.all = merged.length > this.room ? merged.slice(0, this.room) : merged
    if (merged.length === this.all.length) return
    this.atEnd = false
    if (this.narrow) this.beyond.absorb(merged.slice(this.room).filter((row) => this.means(row)))
  }

  private means(row: Row): boolean {
    return within([row], this.span).length > 0 && matches(this.wanted, row)
  }

  flights(flights: Flight[]): void {
    this.going = flights
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
    this.gathered = []
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
      this.take(this.held)
      this.held = []
    }
    this.paused = !this.paused
  }

  search(query: string): void {
    if (query === this.query) return
    this.query = query
    this.searched()
  }

  /** during narrows the list to a time. */
  during(span: Span | null): void {
    if (span?.from === this.span?.from && span?.to === this.span?.to) return
    this.span = span
    this.searched()
  }

  private searched(): void {
    this.beyond.reset()
    clearTimeout(this.typing)
    if (this.narrow) this.typing = setTimeout(() => void this.lookFurther(), TYPING_MS)
  }

  /** filter is what the server is asked for what is shown. */
  get filter(): URLSearchParams {
    const filter = paramsOf(this.wanted)
    if (this.span) filter.set('from', new Date(this.span.from).toISOString())
    if (this.span) filter.set('to', new Date(this.span.to).toISOString())
    return filter
  }

  /** lookFurther has the server look for what the filter means, behind what is held. */
  async lookFurther(): Promise<void> {
    if (!this.narrow || this.atEnd || !this.loaded) return
    const oldest = oldestSeq(this.all)
    await this.beyond.look(this.api, this.filter, oldest > 0 ? oldest : null, (row) => this.means(row))
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
    return !this.atEnd && this.all.length > 0
  }

  async loadOlder(): Promise<void> {
    if (this.olderBusy || !this.canLoadOlder) return
    this.olderBusy = true
    this.olderFailure = null
    try {
      const page = await this.api.page(oldestSeq(this.all), OLDER)
      const all = mergeRows(this.all, page.rows, Infinity)
      this.room = Math.max(KEPT, all.length)
      this.all = all
      this.atEnd = page.next === null || page.rows.length === 0
    } catch (e) {
      this.olderFailure = asFailure(e)
    } finally {
      this.olderBusy = false
    }
  }

  // The address of the view.
  /** What of the view stands in the address. */
  get params(): { id: string; q: string } {
    return { id: this.openedId, q: this.query }
  }

  /** follow takes the view from an address: at start, and when it is edited or gone back to. */
  follow(params: Readonly<Record<string, string>>): void {
    const id = params['id'] ?? ''
    this.search(params['q'] ?? '')
    if (id === this.openedId) return
    if (id === '') this.close()
    else void this.open(id)
  }
}

/** olderThan leaves out what is held by now. */
function olderThan(held: Row[], rows: Row[]): Row[] {
  const oldest = oldestSeq(held)
  return oldest === 0 ? rows : rows.filter((row) => row.seq < oldest)
}

/** within keeps what began in a time; the same array without one. */
function within(rows: Row[], span: Span | null): Row[] {
  return span === null ? rows : rows.filter((row) => row.atMs >= span.from && row.atMs < span.to)
}
