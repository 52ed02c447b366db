import { strings } from './strings'
import {
  readFlights,
  readLearning,
  readModels,
  readReport,
  readRowPage,
  readStatus,
  type Flight,
  type Learning,
  type Report,
  type RowPage,
  type Status,
} from './wire'

// The control API, by relative addresses: the page works under any base path and inside the window.

/** Failure is what a person is shown: a cause, a code to look for, and what was asked. */
export class Failure extends Error {
  readonly code: string
  readonly status: number
  readonly path: string
  readonly method: string
  /** What was answered; some refusals say more than their reason. */
  readonly body: string

  constructor(message: string, code: string, path: string, status = 0, method = 'GET', body = '') {
    super(message)
    this.name = 'Failure'
    this.code = code
    this.path = path
    this.status = status
    this.method = method
    this.body = body
  }

  /** Everything one would paste into a report. */
  get text(): string {
    return `${this.message}\ncode: ${this.code}\nrequest: ${this.method} ${this.path}`
  }
}

export const asFailure = (e: unknown, path = ''): Failure =>
  e instanceof Failure
    ? e
    : new Failure(e instanceof Error ? e.message : String(e), 'unexpected', path)

/** How long the server may hold a long poll, and how long we wait for it at most. */
export const POLL_MS = 25_000
const PATIENCE_MS = 10_000

interface ErrorBody {
  error?: { message?: unknown; code?: unknown }
}

/** messageIn reads `{"error":{"code","message"}}`, or takes a short plain text as it is. */
function messageIn(body: string): { message: string; code: string } {
  try {
    const error = (JSON.parse(body) as ErrorBody).error
    return {
      message: typeof error?.message === 'string' ? error.message : '',
      code: typeof error?.code === 'string' ? error.code : '',
    }
  } catch {
    const plain = body.trim()
    return { message: plain.startsWith('<') ? '' : plain.slice(0, 300), code: '' }
  }
}

export class Api {
  private readonly base: string
  private readonly fetch: typeof globalThis.fetch

  constructor(base = 'api/', fetch: typeof globalThis.fetch = (...a) => globalThis.fetch(...a)) {
    this.base = base
    this.fetch = fetch
  }

  get events(): string {
    return `${this.base}events`
  }

  async status(signal?: AbortSignal): Promise<Status> {
    return readStatus(await this.get('status', PATIENCE_MS, signal))
  }

  /** The newest page, or the page older than `before`. */
  async page(before: number | null, limit: number, signal?: AbortSignal): Promise<RowPage> {
    const query = new URLSearchParams({ limit: String(limit) })
    if (before !== null) query.set('before', String(before))
    return readRowPage(await this.get(`decisions?${query}`, PATIENCE_MS, signal))
  }

  /** Rows newer than `after`; the server holds the answer back until there are some. */
  async newer(after: number, signal?: AbortSignal): Promise<RowPage> {
    const path = `decisions?after=${after}&wait=1`
    return readRowPage(await this.get(path, POLL_MS + PATIENCE_MS, signal))
  }

  /** A page of what a filter finds, further back than `before`. */
  async find(filter: URLSearchParams, before: number | null, limit: number, signal?: AbortSignal): Promise<RowPage> {
    const query = new URLSearchParams(filter)
    query.set('limit', String(limit))
    if (before !== null) query.set('before', String(before))
    return readRowPage(await this.get(`decisions?${query}`, PATIENCE_MS, signal))
  }

  async flights(signal?: AbortSignal): Promise<Flight[]> {
    return readFlights(await this.get('inflight', PATIENCE_MS, signal))
  }

  /** Ends a request that is going on. */
  async cancel(id: string): Promise<void> {
    await this.send('DELETE', `inflight/${encodeURIComponent(id)}`)
  }

  async report(id: string, signal?: AbortSignal): Promise<Report> {
    return readReport(await this.get(`decisions/${encodeURIComponent(id)}`, PATIENCE_MS, signal))
  }

  /** What the data plane offers, by id; it is beside the control plane. */
  async models(): Promise<string[]> {
    return readModels(await this.get('../../v1/models', PATIENCE_MS))
  }

  /** What auto mode has learned. */
  async learning(signal?: AbortSignal): Promise<Learning> {
    return readLearning(await this.get('auto', PATIENCE_MS, signal))
  }

  /** Says how an answer was, for auto mode to learn from. */
  async feedback(decision: string, good: boolean): Promise<void> {
    await this.send('POST', 'feedback', { decision, good })
  }

  /** The document at a path of the API, such as `stats?by=provider`. */
  async get(path: string, patience = PATIENCE_MS, signal?: AbortSignal): Promise<unknown> {
    const address = this.base + path
    const init = { headers: { accept: 'application/json' }, cache: 'no-store' as const }
    return parsed(await this.ask(address, patience, init, signal), address)
  }

  /** The text at a path of the API. */
  async text(path: string, signal?: AbortSignal): Promise<string> {
    return this.ask(this.base + path, PATIENCE_MS, { cache: 'no-store' }, signal)
  }

  /** Sends a document, or nothing, and gives the one that is answered; null if none is. */
  async send(method: 'POST' | 'PUT' | 'DELETE', path: string, document?: unknown, signal?: AbortSignal, patience = PATIENCE_MS): Promise<unknown> {
    const address = this.base + path
    const headers = { accept: 'application/json', 'content-type': 'application/json' }
    const body = document === undefined ? null : JSON.stringify(document)
    const answer = await this.ask(address, patience, { method, headers, body }, signal)
    return answer === '' ? null : parsed(answer, address)
  }

  /** The body of an answer that is no refusal. */
  private async ask(address: string, patience: number, init: RequestInit, signal?: AbortSignal): Promise<string> {
    const limit = new AbortController()
    const timer = setTimeout(() => limit.abort(), patience)
    const stop = () => limit.abort()
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted) limit.abort()
    try {
      const answer = await this.fetch(address, { ...init, signal: limit.signal })
      const body = await answer.text()
      if (!answer.ok) throw refused(body, address, answer.status, init.method)
      return body
    } catch (e) {
      if (e instanceof Failure || signal?.aborted) throw e
      const [message, code] = limit.signal.aborted
        ? [strings.errors.slow, 'timeout']
        : [strings.errors.unreachable, 'unreachable']
      throw new Failure(message, code, address, 0, init.method)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    }
  }
}

function refused(body: string, address: string, status: number, method?: string): Failure {
  const { message, code } = messageIn(body)
  return new Failure(
    message || strings.errors.status(status),
    code || `http_${status}`,
    address,
    status,
    method,
    body,
  )
}

function parsed(body: string, address: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new Failure(strings.errors.notJSON, 'not_json', address)
  }
}
