import { asFailure, type Failure } from './api'

/** How long something may take before it is said that it does. */
const SHOWN_AFTER_MS = 300

/**
 * Loader asks for something, keeps the last answer while it asks again, and says how that goes.
 * A later request overtakes an earlier one.
 */
export class Loader<T> {
  value = $state.raw<T | null>(null)
  failure = $state.raw<Failure | null>(null)
  /** It takes long enough to say so. */
  slow = $state.raw(false)
  busy = $state.raw(false)
  private own: AbortController | null = null

  /** load keeps what came; a failure keeps what came before. */
  async load(ask: (signal: AbortSignal) => Promise<T>): Promise<void> {
    this.own?.abort()
    const own = new AbortController()
    this.own = own
    this.busy = true
    const timer = setTimeout(() => (this.slow = this.own === own && !own.signal.aborted), SHOWN_AFTER_MS)
    try {
      const value = await ask(own.signal)
      if (own.signal.aborted) return
      this.value = value
      this.failure = null
    } catch (e) {
      if (!own.signal.aborted) this.failure = asFailure(e)
    } finally {
      clearTimeout(timer)
      if (this.own === own) {
        this.busy = false
        this.slow = false
      }
    }
  }

  /** cancel gives up what is being asked for. */
  cancel(): void {
    this.own?.abort()
    this.busy = false
    this.slow = false
  }
}
