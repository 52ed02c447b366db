// One attempt at a provider: the request is made, sent, and what comes back is told as it comes.

import { Redactor } from './redact.mjs'
import { byteSize, joined, unzipped } from './request.mjs'

/** ANSWER_HEADERS are those of a provider's answer that the core reads: abi.HeaderNames. */
export const ANSWER_HEADERS = [
  'retry-after', 'retry-after-ms', 'x-should-retry', 'ratelimit',
  'x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests', 'x-ratelimit-remaining-tokens',
  'x-ratelimit-reset-tokens', 'x-rate-limit-reset-tokens', 'x-ratelimit-remaining-requests-minute',
  'x-ratelimit-reset-requests-minute', 'x-ratelimit-remaining-requests-day', 'x-ratelimit-reset-requests-day',
  'x-ratelimit-remaining-tokens-minute', 'x-ratelimit-reset-tokens-minute', 'anthropic-ratelimit-requests-remaining',
  'anthropic-ratelimit-requests-reset', 'anthropic-ratelimit-tokens-remaining', 'anthropic-ratelimit-tokens-reset',
  'anthropic-ratelimit-input-tokens-remaining', 'anthropic-ratelimit-input-tokens-reset',
  'anthropic-ratelimit-output-tokens-remaining', 'anthropic-ratelimit-output-tokens-reset', 'ratelimitbysize-remaining',
  'ratelimitbysize-reset', 'x-ratelimitbysize-remaining', 'x-ratelimitbysize-reset', 'x-ratelimit-remaining',
  'x-ratelimit-reset', 'ratelimit-remaining', 'ratelimit-reset',
]

const MOST_OF_AN_ERROR = 64 << 10
const MOST_LEFT = 64 << 10 // of an answer that nobody wants any more, read so that its connection can be used again

/**
 * @typedef {object} Listener
 * @property {(status: number, headers: Record<string, string>) => void} headers
 * @property {(bytes: Uint8Array) => Promise<void> | undefined} data
 * @property {() => void} ended
 * @property {(outcome: string, message: string, died?: boolean) => void} failed
 * @property {() => boolean} wanted whether the attempt is still the one in flight
 * @property {() => boolean} streams whether the caller's answer has begun as a stream: from then on nothing is gathered
 */

/**
 * carry carries the attempt that send asks for, until it has ended or signal ends it. Redirects are not followed:
 * the credential is for the provider's own address. fetch does not tell a connection that takes long from an answer
 * that does, so that of the timeouts connect is not kept here: those that the core keeps hold.
 * Deno's fetch sends a request whose connection died once more by itself, before anybody is told.
 * @param {import('./core.mjs').Rec} send @param {object} host @param {AbortSignal} signal @param {Listener} to
 */
export async function carry(send, host, signal, to) {
  const { request, secrets, credentials, problem } = await prepared(send, host)
  if (!to.wanted()) return
  if (problem) {
    to.failed(...problem)
    return
  }
  const fetch = host.fetch ?? globalThis.fetch // Workers want it called by its own name
  let response
  try {
    response = await fetch(send.url, { ...request, signal })
  } catch (error) {
    to.failed(...failure(error, 'no answer'))
    return
  }
  const headers = {}
  for (const name of ANSWER_HEADERS) {
    const value = response.headers.get(name)
    if (value) headers[name] = value
  }
  const status = response.status || 302 // of a redirect some do not say more than that it is one
  to.headers(status, headers)
  const encoding = (response.headers.get('content-encoding') ?? '').trim().toLowerCase()
  const plain = encoding === '' || encoding === 'identity'
  if (!plain && encoding !== 'gzip' && encoding !== 'x-gzip') {
    to.failed('bad_answer', `the answer has the content-encoding ${encoding.slice(0, 64)}, which was not asked for and is not read`)
    cancel(response.body)
  } else if (!response.body) to.ended()
  else {
    const reader = plain ? response.body.getReader() : decoded(response.body.getReader())
    if (status > 299) await carryError(reader, secrets, to)
    else await carryAnswer(reader, new Redactor(credentials), host.limits?.maxAnswer ?? Infinity, to)
  }
}

// Most runtimes decode what comes compressed; Deno leaves it as it is where its kind was asked for. No text begins as gzip does.
function decoded(reader) {
  let plain
  const read = async () => {
    if (plain) return plain.read()
    const first = await reader.read()
    if (first.value?.[0] !== 0x1f) {
      plain = reader
      return first
    }
    plain = unzipped(reader, first.value)
    return plain.read()
  }
  return { read, cancel: () => reader.cancel() }
}

/**
 * carryAnswer tells of an answer as it comes. It may be an error whatever its status says, and only the core can tell:
 * the credentials that the request carried are taken out of all of it. most bounds what may have to be gathered.
 */
async function carryAnswer(reader, redactor, most, to) {
  let size = 0
  let left = MOST_LEFT
  const tell = (bytes) => (bytes.length > 0 ? to.data(bytes) : undefined)
  for (;;) {
    let part
    try {
      part = await reader.read()
    } catch (error) {
      tell(redactor.end())
      to.failed(...broken(error))
      return
    }
    if (part.done) {
      tell(redactor.end())
      to.ended()
      return
    }
    size += part.value.length
    if (size > most && !to.streams()) {
      to.failed('bad_answer', `the answer is larger than ${byteSize(most)}`)
      cancel(reader)
      return
    }
    if (to.wanted()) {
      const room = tell(redactor.data(part.value))
      if (room) await room
    } else if ((left -= part.value.length) < 0) {
      cancel(reader)
      return
    }
  }
}

/** carryError tells of an answer with an error status in one piece, without any of the secrets that the request carried. */
async function carryError(reader, secrets, to) {
  const chunks = []
  let size = 0
  let broke
  try {
    while (size < MOST_OF_AN_ERROR) {
      const { done, value } = await reader.read()
      if (done) break
      chunks.push(value)
      size += value.length
    }
  } catch (error) {
    broke = error
  }
  cancel(reader)
  const redactor = new Redactor(secrets)
  const text = [redactor.data(joined(chunks, size).subarray(0, MOST_OF_AN_ERROR))]
  if (size < MOST_OF_AN_ERROR) text.push(redactor.end()) // else it may be the beginning of a secret
  for (const bytes of text) if (bytes.length > 0) await to.data(bytes)
  if (broke) to.failed(...broken(broke))
  else to.ended()
}

/** prepared is what fetch is to send, with the secrets in it; or the problem, which is how the attempt has failed. */
async function prepared(send, host) {
  const headers = new Headers()
  const secrets = []
  const credentials = [] // those of them that cannot be ordinary words
  let what = `base_url of provider ${send.provider} is not usable`
  try {
    const url = new URL(send.url)
    if (!/^https?:$/.test(url.protocol) || url.username || url.password) return { problem: ['unreachable', what] }
    headers.set('content-type', 'application/json')
    headers.set('user-agent', host.userAgent ?? 'strowger')
    headers.set('accept', send.stream ? 'text/event-stream' : 'application/json')
    headers.set('accept-encoding', 'identity')
    for (const [name, value] of send.request_headers ?? []) headers.set(name, value)
    if (send.key) {
      what = `no key for provider ${send.provider}`
      const key = await resolved(host, send.key, { provider: send.provider })
      credentials.push(key)
      headers.set(send.key_header, (send.key_prefix ?? '') + latin(key))
    }
    for (const [name, reference] of send.headers) {
      what = `header ${name} of provider ${send.provider}`
      const value = await resolved(host, reference, { provider: send.provider, header: name })
      if (/auth|key|token|secret|cookie/i.test(name)) credentials.push(value)
      else if (!reference.startsWith('literal:')) secrets.push(value)
      headers.set(name, latin(value))
    }
  } catch (error) {
    // What others say of a header that is none of use has its value in it.
    const why = error instanceof Unset ? error.message : 'it cannot be sent as a header: is it a single line?'
    return { problem: ['credentials', `${what}: ${why}`] }
  }
  return { request: { method: 'POST', headers, body: send.raw, redirect: 'manual' }, secrets: [...secrets, ...credentials], credentials }
}

/** Unset says that a secret is missing, by the name that it has at this host. Its message goes to callers. */
export class Unset extends Error {
  /** @param {string} name */
  constructor(name) {
    super(name ? `the secret ${name} is not set` : 'the secret is not known here')
    this.name = 'Unset'
  }
}

/** resolved is the secret that a reference is about. */
async function resolved(host, reference, where) {
  const secret = await host.secret(reference, where)
  if (!secret) throw new Unset(reference.slice(reference.indexOf(':') + 1))
  return secret.trim()
}

/** latin is a text as the value of a header: a letter that has no place there is sent as the bytes of its UTF-8. */
const latin = (text) => (/^[\x20-\x7e\t]*$/.test(text) ? text : String.fromCharCode(...new TextEncoder().encode(text)))

// What each runtime says when a connection fails, as far as it tells. Their own words may hold an address: they are
// not passed on.
const REASONS = [
  [/UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT/, 'connect_timeout', 'no connection in time'],
  [/UND_ERR_(HEADERS|BODY)_TIMEOUT/, 'unreachable', 'nothing came in time'],
  [/refused/i, 'unreachable', 'connection refused'],
  [/ENOTFOUND|EAI_AGAIN|dns|lookup|resolve/i, 'unreachable', "the name of the provider's host cannot be resolved"],
  [/certificate|CERT_|SELF_SIGNED|UNABLE_TO_VERIFY/i, 'unreachable', "the provider's certificate is not trusted"],
  [/reset|EPIPE|broken pipe/i, 'unreachable', 'connection reset', true],
  [/connection lost/i, 'unreachable', 'the connection was refused, or lost'], // so workerd calls both: it may never have been
  [/UND_ERR_SOCKET|closed|terminated|unexpected end|end of file/i, 'unreachable', 'the connection was closed', true],
]

/** failure is how an attempt failed, from what fetch threw. died: there was a connection, and it ended. */
function failure(error, what) {
  const said = [error?.message, error?.cause?.message, error?.cause?.code].join(' ').replace(/\(?https?:\S+/g, '')
  for (const [words, outcome, message, died = false] of REASONS) {
    if (words.test(said)) return [outcome, died ? `${what}: ${message}` : message, died]
  }
  return ['unreachable', `${what}: the connection failed`, false]
}

/** broken is how an answer failed that had begun. */
function broken(error) {
  const [, message] = failure(error, 'the connection broke in mid-answer')
  return ['cut', message]
}

const cancel = (stream) => stream?.cancel().catch(() => {})
