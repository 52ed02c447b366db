// The data plane over fetch, in web standards only: a Request comes in and a Response goes out.
//
//   const pool = new Pool(new WebAssembly.Module(bytes), { catalog })
//   const response = await serve(pool, request, { secret: (reference) => process.env[reference.slice('env:'.length)] })
//
// A body that ends in an error is an answer that broke off: what writes it must not end it as if it were whole.
// Complete hosts of forty lines are in ../examples; what they have in common is local.mjs, and for node:http incoming.mjs.

import { BUG, Exchange, now, refusal } from './run.mjs'
import { controlOf, discard, pathOf, readBody, schemaOf, unstreamed } from './request.mjs'

const MAX_BODY = 8 << 20
const NOTHING = new Uint8Array(0)
const NOWHERE = 'calls go to /v1/chat/completions, /v1/responses, /v1/messages or /v1beta/models/MODEL:generateContent'

/**
 * @typedef {object} Host what an exchange needs of where it runs; only secret must be there
 * @property {(reference: string, where: {provider: string, header?: string}) => string | undefined | Promise<string | undefined>} secret
 *   the secret that a reference is about; or it throws Unset, of attempt.mjs
 * @property {string} [client] the name of the client key that was checked; empty for none
 * @property {{maxBody?: number, maxAnswer?: number}} [limits] bytes of a request's body, and of a provider's answer
 *   until the caller's has begun as a stream
 * @property {() => string} [id] a new UUIDv7
 * @property {() => number} [now] microseconds since 1970
 * @property {typeof fetch} [fetch]
 * @property {string} [userAgent] sent to providers
 * @property {(size: number) => Promise<import('./request.mjs').Mistake | undefined>} [opening] is told how large the request's body was, just
 *   before its exchange is opened, may change client, and gives what to refuse it with
 * @property {(command: object) => Promise<{ok: boolean, accounts: Uint8Array | string} | undefined>} [admit] asks the machine that keeps the
 *   accounts of several; undefined, or an error: it cannot be asked, and this instance's own accounts hold
 * @property {(command: object) => unknown} [settle] tells that machine what was spent
 * @property {(question: Uint8Array, command: object) => Promise<Uint8Array | undefined>} [lookup] an answer that was kept
 * @property {(question: Uint8Array, body: Uint8Array, ttlUs: number) => unknown} [keep] keeps one
 * @property {(sample: Uint8Array) => void} [record] is told of every attempt, as fold takes it
 * @property {(report: Uint8Array, command: object) => void} [finish] is told of every exchange that has ended
 * @property {(verdict: object) => void} [judge] is told what became of an answer
 * @property {(promise: Promise<unknown>) => void} [waitUntil] keeps the process for what goes on behind the answer
 * @property {AbortSignal} [closing] ends what goes on: the host is shutting down
 * @property {(line: string) => void} [log]
 */

/**
 * serve answers a request of the data plane: POST to an operation, or GET of a list of models.
 * @param {import('./pool.mjs').Pool} pool @param {Request} request @param {Host} host @returns {Promise<Response>}
 */
export async function serve(pool, request, host) {
  const path = pathOf(request)
  try {
    if (path === undefined || request.method !== 'POST') return await listing(pool, request, host, path)
    const read = await readBody(request, host.limits?.maxBody ?? MAX_BODY)
    const unfit = host.opening && (await host.opening(read.body.length))
    const { body, refused = unfit ?? unstreamed(request, path) } = read
    const control = { id: idOf(host), seed: seed(), ...controlOf(request, path), refused }
    if (host.client) control.client_key = host.client
    if (!host.lookup) control.cache_control = 'no-cache, no-store' // so that no answer says it was looked for
    const response = await new Exchange(pool, host, control, body, request.signal).run()
    if (refused?.status === 415) response.headers.set('accept-encoding', 'gzip')
    return response
  } catch (error) {
    if (error.code === 'not_found') return listing(pool, request, host, path)
    host.log?.(`a request could not be served: ${error.message}`)
    return refuse(pool, request, host, BUG)
  }
}

const idOf = (host) => host.id?.() ?? uuid()

/**
 * refuse answers a request that is not served, in the schema of its path; nothing is told of it. Its body is read and
 * dropped before, as much of it as is bearable: whoever is still sending would not see the answer.
 * @param {import('./pool.mjs').Pool} pool @param {Request} request @param {Host} host @param {import('./request.mjs').Mistake} mistake
 */
export async function refuse(pool, request, host, mistake) {
  await discard(request, host.limits?.maxBody)
  const path = pathOf(request)
  const calls = [{ path }, { schema: schemaOf(path, request.headers), operation: 'chat' }]
  return refusal(pool, path ? calls : calls.slice(1), mistake, idOf(host))
}

/** listing answers GET requests about models and endpoints, and says of others why they are not served. */
async function listing(pool, request, host, path) {
  if (path === undefined) return refuse(pool, request, host, { code: 'not_found', message: `no such path; ${NOWHERE}` })
  if (request.method !== 'POST' && pool.use((core) => operates(core, path))) return not(pool, request, host, 'POST')
  let list
  try {
    list = pool.use((core) => core.models({ path }))
  } catch (error) {
    if (error.code !== 'not_found') throw error
    const nowhere = error.message.startsWith('nothing is listed')
    const message = nowhere ? `no such path: ${JSON.stringify(path.slice(0, 256))}; ${NOWHERE}` : error.message
    return refuse(pool, request, host, { code: nowhere ? 'not_found' : 'model_not_found', status: 404, message })
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return not(pool, request, host, 'GET, HEAD')
  return new Response(request.method === 'HEAD' ? null : list, { headers: { 'content-type': 'application/json' } })
}

/** operates says whether calls are served at a path. */
function operates(core, path) {
  try {
    core.close(core.open({ id: '-', seed: '0', path }, NOTHING))
    return true
  } catch (error) {
    if (error.code !== 'not_found') throw error
    return false
  }
}

async function not(pool, request, host, allowed) {
  const message = `${pathOf(request)} takes ${allowed.split(',')[0]}`
  const response = await refuse(pool, request, host, { code: 'method_not_allowed', message })
  response.headers.set('allow', allowed)
  return response
}

// Random digits are had most cheaply as those of a random UUID.

/** seed is what an exchange draws by: 16 hexadecimal digits. */
function seed() {
  const random = crypto.randomUUID()
  return random.slice(0, 8) + random.slice(28)
}

/** uuid is a UUIDv7 (RFC 9562): the time in milliseconds, then random bits. */
function uuid() {
  const time = Date.now().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`
}
