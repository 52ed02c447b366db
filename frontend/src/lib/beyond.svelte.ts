import { asFailure, type Api, type Failure } from './api'
import type { Row } from './wire'

const PAGE = 100
/** So many rows make a screenful; fewer are looked for further back, for so many pages. */
const ENOUGH = 30
const PAGES = 4

/** Beyond is what a filter finds on the server, behind the rows that are held. */
export class Beyond {
  private own: AbortController | null = null

  /** Newest first, all older than what is held. */
  rows = $state.raw<Row[]>([])
  /** How far back it has looked, as a time; empty: not at all. */
  lookedTo = $state.raw('')
  /** There is nothing further back. */
  atEnd = $state.raw(false)
  busy = $state.raw(false)
  failure = $state.raw<Failure | null>(null)
  private next: number | null = null

  reset(): void {
    this.own?.abort()
    this.rows = []
    this.lookedTo = ''
    this.atEnd = false
    this.busy = false
    this.failure = null
    this.next = null
  }

  /** absorb takes rows that are no longer held; they are newer than what is here. */
  absorb(rows: Row[]): void {
    if (this.lookedTo !== '' || this.atEnd) this.rows = [...rows, ...this.rows]
  }

  /** look goes on from where it was, or from `before`, and keeps what is meant. */
  async look(api: Api, filter: URLSearchParams, before: number | null, meant: (row: Row) => boolean): Promise<void> {
    if (this.busy || this.atEnd) return
    const own = new AbortController()
    this.own = own
    this.busy = true
    this.failure = null
    try {
      for (let page = 0, found = 0; page < PAGES && found < ENOUGH && !this.atEnd; page++) {
        const answer = await api.find(filter, this.next ?? before, PAGE, own.signal)
        if (own.signal.aborted) return
        const rows = answer.rows.filter(meant)
        found += rows.length
        this.rows = [...this.rows, ...rows]
        this.next = answer.next
        this.lookedTo = answer.lookedTo || answer.rows.at(-1)?.at || this.lookedTo
        this.atEnd = answer.next === null
      }
    } catch (e) {
      if (!own.signal.aborted) this.failure = asFailure(e)
    } finally {
      if (this.own === own) this.busy = false
    }
  }
}
