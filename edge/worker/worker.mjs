// The data plane as a Cloudflare Worker: its bindings, its configuration, and what one isolate shares among requests.

import { Deployment, FILE } from './deployment.mjs'
import { refuse, serve } from './exchange.mjs'
import { Gate, Held } from './gate.mjs'
import { Link } from './link.mjs'
import { Pool } from './pool.mjs'
import { pathOf } from './request.mjs'

const REREAD = 30_000 // milliseconds; as long as KV keeps a value near the isolate, at least
const WATERMARK = 32 << 20 // bytes of an instance's memory
const NOTHING = '{}' // a catalog of nothing

const CHANGED = { code: 'internal', status: 503, message: 'the configuration has changed in the meantime: try again' }

const log = (line) => console.warn(line)

/**
 * worker is a Worker's default export. The module is instantiated here, in global scope, so that no request waits for
 * it; with a document it is configured too. Without one the document is read from the KV namespace STROWGER, under
 * strowger.json, or is the text CONFIG.
 * @param {WebAssembly.Module} module
 * @param {{document?: string | object, reread?: number}} [options]
 */
export function worker(module, options) {
  const isolate = new Isolate(module, options)
  return { fetch: (request, env, ctx) => isolate.fetch(request, env, ctx) }
}

/** Isolate is what serves in one isolate. */
class Isolate {
  #pool
  #link
  #bodies = new Gate(0)
  #answers = new Gate(0)
  #reread
  #deployment
  #problem = 'not read yet' // with the document that was read last
  #unread = '' // why none could be read the last time
  #text // of the document that was read last
  #read = 0 // when it was looked for
  #peak = 0
  #reading = 0 // bodies, now
  #fixed // it came with the Worker

  constructor(module, { document, reread = REREAD } = {}) {
    this.#pool = new Pool(module, { catalog: NOTHING, watermark: WATERMARK, log })
    this.#link = new Link(this.#pool, log)
    this.#reread = reread
    this.#fixed = document !== undefined
    if (this.#fixed) this.#take(document)
  }

  async fetch(request, env, ctx) {
    const waitUntil = (promise) => ctx.waitUntil(promise)
    await this.#refresh(env, waitUntil)
    if (pathOf(request) === '/_/health' && request.method === 'GET') return this.#health(env)
    const deployment = this.#deployment
    if (!deployment) return this.#refuse(request, { code: 'internal', status: 503, message: this.#unread || this.#problem })
    const { refused } = await deployment.caller(request)
    if (refused) return this.#refuse(request, refused)
    const keep = await this.#bodies.enter(weight(request, deployment.limits.maxBody))
    if (!keep) return this.#crowded(request)
    const held = new Held(this.#answers, deployment.limits.maxAnswer)
    this.#reading++
    let reading = true
    const read = () => {
      if (reading) this.#reading--
      reading = false
    }
    const over = () => {
      this.#most()
      read()
      keep(0)
      held.leave()
    }
    try {
      const opened = (size) => {
        read()
        keep(size)
      }
      const host = this.#host(request, opened, held, env, waitUntil)
      let going
      host.waitUntil = (promise) => waitUntil((going = promise))
      const response = await serve(this.#pool, request, host)
      if (response.headers.get('content-type')?.startsWith('text/event-stream')) held.streams()
      if (going) waitUntil(going.then(over, over)) // what is large is held until the exchange is over
      else over()
      return response
    } catch (error) {
      over()
      throw error
    }
  }

  /**
   * #host is what an exchange needs of this isolate. While a body is read another document may be taken over: which one
   * counts, with its keys and its secrets, is settled when the exchange is opened, with the catalog of that moment.
   */
  #host(request, opened, held, env, waitUntil) {
    let deployment = this.#deployment
    const link = this.#link.of(env, waitUntil, deployment.home)
    const host = {
      ...link,
      limits: deployment.limits,
      log,
      opening: async (size) => {
        opened(size)
        let caller
        do {
          deployment = this.#deployment
          caller = await deployment.caller(request)
        } while (deployment !== this.#deployment)
        host.client = caller.client
        return caller.refused
      },
      admit: async (command) => {
        const verdict = await link.admit(command)
        if (verdict.ok || deployment === this.#deployment) return verdict
        return { ok: false, refused: CHANGED } // it would be opened anew, with another catalog
      },
      secret: (reference) => deployment.secret(reference, (name) => text(env[name])),
      fetch: async (url, init) => held.bounded(await fetch(url, init)),
    }
    return host
  }

  /** #refresh looks for another document, behind an answer if there is one already. */
  async #refresh(env, waitUntil) {
    if (this.#fixed) return
    if (!this.#deployment) await this.#look(env) // each for itself: none can wait for what another one does
    else if (Date.now() - this.#read >= this.#reread) waitUntil(this.#look(env))
  }

  async #look(env) {
    this.#read = Date.now()
    let found
    try {
      found = env.STROWGER ? await env.STROWGER.get(FILE, { cacheTtl: REREAD / 1000 }) : text(env.CONFIG)
    } catch (error) {
      log(`${FILE} cannot be read: ${error.message}`)
      this.#unread = `${FILE}: it cannot be read from the KV namespace STROWGER now`
      return
    }
    if (!found) {
      this.#unread = env.STROWGER
        ? `${FILE}: the KV namespace STROWGER has no value of this name; strowger export writes one`
        : `${FILE}: there is none: bind a KV namespace as STROWGER, or the document as the text CONFIG`
      return
    }
    this.#unread = ''
    if (found !== this.#text) this.#take(found, env)
    this.#text = found
  }

  /** #take takes a document over, or says why not and goes on as before. */
  #take(source, env) {
    try {
      const next = new Deployment(source)
      this.#configure(next)
      this.#deployment = next
      this.#bodies.resize(next.limits.maxBody)
      this.#answers.resize(next.limits.maxAnswer)
      this.#problem = ''
      const missing = env ? next.missing((name) => text(env[name])) : []
      if (missing.length > 0) log(`secrets that are not set: ${missing.join(', ')}; wrangler secret put NAME sets one`)
    } catch (error) {
      this.#problem = error.message
      log(`${error.message}${this.#deployment ? '; what was read before stays in use' : ''}`)
    }
  }

  #configure(next) {
    try {
      next.check(this.#pool.configure(next.catalog))
    } catch (error) {
      this.#pool.configure(this.#deployment?.catalog ?? NOTHING)
      throw error.name === 'ModuleError' ? new Error(`${FILE}: catalog: ${error.message}`) : error
    }
  }

  #refuse(request, mistake) {
    return refuse(this.#pool, request, { limits: this.#deployment?.limits }, mistake)
  }

  async #crowded(request) {
    const response = await this.#refuse(request, { code: 'internal', status: 503, message: 'too many large requests at once: try again' })
    response.headers.set('retry-after', '1')
    response.headers.delete('x-should-retry')
    return response
  }

  /** #health says how this isolate is, and nothing that is secret. */
  #health(env) {
    const deployment = this.#deployment
    const { status, problem } = this.#state(deployment, env)
    const state = {
      status,
      rev: deployment?.rev ?? '',
      problem,
      missing_secrets: deployment?.missing((name) => text(env[name])) ?? [],
      instances: this.#pool.instances,
      memory: this.#pool.memory,
      memory_most: this.#most(),
      reading: this.#reading,
      samples_from_others: this.#link.heard,
      home: this.#link.home ?? null,
    }
    return Response.json(state, { status: status === 'failing' ? 503 : 200, headers: { 'cache-control': 'no-store' } })
  }

  /** #most notes how much memory the module has taken at most; that of an instance only grows, until it goes. */
  #most() {
    return (this.#peak = Math.max(this.#peak, this.#pool.memory))
  }

  /** #state is whether calls can work here: all, some or none. */
  #state(deployment, env) {
    const unused = this.#unread || this.#problem
    if (!deployment) return { status: 'failing', problem: unused }
    if (!deployment.reachable((name) => text(env[name]))) {
      return { status: 'failing', problem: 'every endpoint needs a secret that is not set, or is disabled: wrangler secret put NAME sets one' }
    }
    const { limited } = deployment
    if (env.LEDGER || limited === 'none') return { status: 'ok', problem: unused }
    return { status: limited === 'all' ? 'failing' : 'degraded', problem: 'limits hold, and the Durable Object that keeps the accounts is not bound: bind the class Ledger as LEDGER' }
  }
}

/** text is a binding if it is a text. */
const text = (binding) => (typeof binding === 'string' && binding !== '' ? binding : undefined)

/** weight is how large a body may be, in bytes: what is compressed, or does not say it, may be of any size that is read. */
function weight(request, most) {
  if (!request.body) return 0
  const length = Number(request.headers.get('content-length') ?? NaN)
  return Number.isNaN(length) || request.headers.get('content-encoding') ? most : Math.min(length, most)
}
