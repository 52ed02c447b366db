import { asFailure, Failure, type Api } from './api'
import { fields, number, text } from './read'

/** How often a job is asked how far it is. */
const EVERY_MS = 300

/** Job is work of the server that takes longer than an answer may: with progress, and to be cancelled. */
export class Job<T> {
  state = $state.raw<'idle' | 'running' | 'done' | 'failed' | 'cancelled'>('idle')
  done = $state.raw(0)
  total = $state.raw(0)
  result = $state.raw<T | null>(null)
  failure = $state.raw<Failure | null>(null)
  private readonly api: Api
  private id = ''
  private run = 0

  constructor(api: Api) {
    this.api = api
  }

  /** start posts what is to be done and follows it to its end; a later start overtakes it. */
  async start(path: string, document: unknown, read: (v: unknown) => T): Promise<void> {
    this.cancel()
    const run = ++this.run
    this.state = 'running'
    this.done = this.total = 0
    this.result = this.failure = null
    try {
      const id = text(fields(await this.api.send('POST', path, document))['job'])
      if (run !== this.run) return void this.stop(id)
      this.id = id
      for (;;) {
        const s = fields(await this.api.get(`jobs/${encodeURIComponent(id)}`))
        if (run !== this.run) return
        this.done = number(s['done'])
        this.total = number(s['total'])
        const state = text(s['state'])
        if (state === 'done') this.result = read(s['result'])
        if (state === 'failed') this.failure = new Failure(text(s['error']), 'job_failed', path)
        if (state === 'done' || state === 'failed' || state === 'cancelled') return void (this.state = state)
        await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
        if (run !== this.run) return
      }
    } catch (e) {
      if (run !== this.run) return
      this.failure = asFailure(e, path)
      this.state = 'failed'
    }
  }

  /** cancel gives up what is running. */
  cancel(): void {
    if (this.state !== 'running') return
    this.run++
    this.state = 'cancelled'
    if (this.id !== '') this.stop(this.id)
    this.id = ''
  }

  private stop(id: string): void {
    this.api.send('DELETE', `jobs/${encodeURIComponent(id)}`).catch(() => undefined) // it ends by itself
  }
}
