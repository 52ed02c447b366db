// What is read of a caller's request: its path, its body, and the few headers that mean something.

/** REQUEST_HEADERS are those of a request that the core reads: abi.RequestHeaderNames. */
export const REQUEST_HEADERS = ['x-session-id', 'x-session-affinity', 'openai-beta', 'anthropic-version', 'anthropic-beta']

const PAUSE = 30_000 // how long, in milliseconds, the next bytes of a body are waited for
const LEAST_PACE = 4 // bytes a millisecond that have to come after it: a byte now and then would keep a request for ever

const MORE = 8 << 20 // bytes of a refused body that are read and dropped beyond what one may have
const LONGEST = 10_000 // milliseconds that it may take

/** @typedef {{code: string, message: string, param?: string, status?: number}} Mistake what is answered in the place of an exchange */

/**
 * pathOf is the path that a request asks for, as the core looks it up; undefined if that is none.
 * A base URL that ends in a slash makes two of them.
 */
export function pathOf(request) {
  try {
    const path = decodeURIComponent(new URL(request.url).pathname).replace(/^\/+/, '/')
    return size(path) <= 512 ? path : undefined
  } catch {
    return undefined
  }
}

const size = (text) => new TextEncoder().encode(text).length

/** schemaOf is the schema of a request whose path is not served: by the path, else by headers that only one vendor's SDKs send. */
export function schemaOf(path = '', headers) {
  const end = path.replace(/\/+$/, '')
  if (end.endsWith('/messages') || end.endsWith('/messages/count_tokens')) return 'anthropic'
  if (path.includes('/v1beta/') || end.endsWith('enerateContent')) return 'gemini'
  if (end.endsWith('/responses')) return 'openai-responses'
  if (headers.get('anthropic-version')) return 'anthropic'
  if (headers.get('x-goog-api-key') || headers.get('x-goog-api-client')) return 'gemini'
  return 'openai'
}

/** controlOf is what open says of a request beside its id, its seed and the caller's key. */
export function controlOf(request, path) {
  const control = { path }
  const { headers } = request
  const provider = headers.get('x-strowger-provider')
  const cache = headers.get('cache-control')
  if (provider) control.provider = provider
  if (cache) control.cache_control = cache
  for (const name of REQUEST_HEADERS) {
    const value = headers.get(name)
    if (value) (control.headers ??= {})[name] = value
  }
  return control
}

/**
 * unstreamed is what is wrong with a call whose answer would have to be streamed otherwise than as server-sent events:
 * without alt=sse Gemini streams a JSON array, which no SDK asks for.
 * @returns {Mistake | undefined}
 */
export function unstreamed(request, path) {
  if (!path.endsWith(':streamGenerateContent') || new URL(request.url).searchParams.get('alt') === 'sse') return undefined
  return { code: 'invalid_request', param: 'alt', message: 'streams are server-sent events here: add ?alt=sse to the URL' }
}

/**
 * readBody reads a request's body, decoded and within its bounds.
 * @param {Request} request
 * @param {number} most in bytes, decoded
 * @returns {Promise<{body: Uint8Array, refused?: Mistake}>}
 */
export async function readBody(request, most) {
  const reader = request.body?.getReader()
  const read = await decodedBody(request.headers, reader, most)
  if (read.refused && reader && read.refused.status !== 408) await discarded(reader, request.headers, most)
  return read
}

async function decodedBody(headers, reader, most) {
  const encoding = (headers.get('content-encoding') ?? '').trim().toLowerCase()
  const zipped = encoding === 'gzip' || encoding === 'x-gzip'
  if (!zipped && encoding !== '' && encoding !== 'identity') {
    const message = `content-encoding ${encoding.slice(0, 64)} is not supported: send the body as it is, or with gzip`
    return refuse({ code: 'invalid_request', status: 415, message })
  }
  const tooLarge = { code: 'request_too_large', message: `the body is larger than ${byteSize(most)}` }
  if (Number(headers.get('content-length')) > most) return refuse(tooLarge)
  if (!reader) return { body: new Uint8Array(0) }
  const came = { zipped, broke: false, late: false }
  return collect(zipped ? unzipped(reader, undefined, () => (came.broke = true)) : reader, most, tooLarge, came)
}

/** discard reads the body of a request that is refused, and drops it, so that its sender sees the answer. */
export async function discard({ body, headers }, most = 0) {
  if (body && !body.locked) await discarded(body.getReader(), headers, most)
}

// A sender that is still writing when the answer comes is told that its connection broke, by many runtimes. What is
// beyond the bound is left alone: to cancel it ends the connection in Node.
async function discarded(reader, headers, most) {
  let left = most + MORE
  if (Number(headers.get('content-length')) > left) return
  const end = Date.now() + LONGEST
  try {
    while (left > 0) {
      const { done, value } = await within(end - Date.now(), reader.read(), {})
      if (done) return
      left -= value.length
    }
  } catch {
    // it broke off, or does not come
  }
}

/**
 * unzipped reads what comes of reader, behind the bytes that have come of it already, as it was before gzip. broke is
 * called when it is not the bytes that are wrong, but their coming.
 */
export function unzipped(reader, first, broke = () => {}) {
  const start = (controller) => first && controller.enqueue(first)
  const pull = async (controller) => {
    try {
      const { done, value } = await reader.read()
      if (done) controller.close()
      else controller.enqueue(value)
    } catch (error) {
      broke()
      controller.error(error)
    }
  }
  return new ReadableStream({ start, pull }).pipeThrough(new DecompressionStream('gzip')).getReader()
}

async function collect(reader, most, tooLarge, came) {
  const chunks = []
  let length = 0
  const began = Date.now()
  try {
    for (;;) {
      const left = PAUSE + Math.min(0, length / LEAST_PACE - (Date.now() - began))
      const { done, value } = await within(left, reader.read(), came)
      if (done) return { body: joined(chunks, length) }
      length += value.length
      if (length > most) return refuse(tooLarge)
      chunks.push(value)
    }
  } catch {
    if (came.late) return refuse({ code: 'invalid_request', status: 408, message: `the body came too slowly: ${byteSize(length)} and then nothing in time` })
    if (came.zipped && !came.broke) return refuse({ code: 'invalid_request', message: 'the body is not the gzip that its content-encoding says' })
    return refuse({ code: 'invalid_request', message: `the body broke off after ${byteSize(length)}` })
  }
}

/** within waits for so many milliseconds, no longer. */
async function within(ms, promise, came) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      came.late = true
      reject(new Error('late'))
    }, ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

const refuse = (refused) => ({ body: new Uint8Array(0), refused })

/** joined is chunks as one. */
export function joined(chunks, length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)) {
  if (chunks.length === 1) return chunks[0]
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/** byteSize is a size for people. */
export const byteSize = (n) => (n >= 1 << 20 && n % (1 << 20) === 0 ? `${n >> 20} MiB` : `${n} bytes`)
