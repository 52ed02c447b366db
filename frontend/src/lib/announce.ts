import { strings } from './strings'
import { toneOf } from './chain'
import type { Row } from './wire'

// What a screen reader is told while traffic flows: a sum, at most once in a while.

export const ANNOUNCE_EVERY_MS = 8_000

export class Announcer {
  private arrived = 0
  private failed = 0
  private saidAt = -Infinity

  add(rows: Row[]): void {
    this.arrived += rows.length
    this.failed += rows.filter((r) => r.outcome === 'failed' || toneOf(r.outcome) === 'bad').length
  }

  /** due is the text to say now, or an empty string. */
  due(now: number): string {
    if (this.arrived === 0 || now - this.saidAt < ANNOUNCE_EVERY_MS) return ''
    const text = strings.live.arrived(this.arrived, this.failed)
    this.arrived = 0
    this.failed = 0
    this.saidAt = now
    return text
  }
}
