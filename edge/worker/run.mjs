// One request from its beginning to its end: an exchange of the core is told what happens, and what it says is done.
// Nothing is decided here.

import { Answer } from './answer.mjs'
import { carry } from './attempt.mjs'

const SLOW = 10_000 // microseconds that doing what a step says may take without it mattering
const PATIENCE = 120_000 // milliseconds that a caller may take to read on
const DRAIN = 500 // milliseconds that an attempt may still take that has said all that matters
const MOST_TRIES = 3 // to be admitted by the machine that keeps the accounts
const LONGEST_TIMER = 2 ** 31 - 1
const NOTHING = new Uint8Array(0)

/** BUG is what is answered when the module, or this host, has failed. */
export const BUG = { code: 'internal', message: 'a bug in strowger ended this request; its log says more' }

const HECTIC = { code: 'rate_limited', message: 'the limits that hold for this request change too quickly: try again' }

/** now is the time in microseconds since 1970. */
export const now = () => Date.now() * 1000

/** refusal is the answer of an exchange that is opened with a mistake, as the first of calls that there is: a path, or a schema and an operation. */
export function refusal(pool, calls, refused, id) {
  for (const call of calls) {
    try {
      return pool.use((core) => {
        const handle = core.open({ id, seed: '0', ...call, refused }, NOTHING)
        const answer = new Answer(() => {})
        for (const record of core.step(handle, { now_us: now(), event: 'started' })) {
          if (record.kind === 'reply') answer.reply(record.status, record.headers)
          if (record.kind === 'write') answer.write(record.raw)
        }
        core.close(handle)
        answer.finish(false)
        return answer.response
      })
    } catch {
      // nothing is served at that path, or the module cannot even say so
    }
  }
  return Response.json({ error: { message: refused.message, type: 'server_error', param: null, code: refused.code } }, { status: refused.status ?? 500 })
}

/** unreserved is accounts, as JSON, in which nothing is reserved. */
function unreserved(accounts) {
  const all = JSON.parse(typeof accounts === 'string' ? accounts : new TextDecoder().decode(accounts))
  for (const account of all.accounts) account.reserved_micro = 0
  return JSON.stringify(all)
}

/** Exchange carries one exchange of the core. */
export class Exchange {
  #pool
  #host
  #control
  #body
  #core
  #handle = 0
  #answer
  #signal
  #over = false
  #done // called at the end of all
  #attempt // {n, end: AbortController}, the one in flight
  #timer
  #blocked = false // the caller is being waited for
  #late = false // the timer went off meanwhile
  #owed // what was admitted and has not been settled
  #spent = 0
  #sent = false // an attempt was sent of which no sample has come

  constructor(pool, host, control, body, signal) {
    this.#pool = pool
    this.#host = host
    this.#control = control
    this.#body = body
    this.#signal = signal
    this.#answer = new Answer(() => this.#step({ event: 'left' }))
  }

  /** run begins the exchange and gives the answer when it has begun. */
  async run() {
    this.#host.waitUntil?.(new Promise((done) => (this.#done = done)))
    try {
      const commands = await this.#admitted()
      this.#body = NOTHING
      this.#signal?.addEventListener('abort', this.#leave)
      this.#host.closing?.addEventListener('abort', this.#close)
      this.#do(commands)
    } catch (error) {
      if (error.code === 'not_found') {
        this.#end()
        throw error
      }
      this.#crashed(error)
    }
    if (this.#signal?.aborted) this.#leave()
    if (this.#host.closing?.aborted) this.#close()
    return this.#answer.response
  }

  #leave = () => {
    this.#answer.abandon()
    this.#step({ event: 'left' })
  }

  #close = () => this.#step({ event: 'closing' })

  #now() {
    return this.#host.now ? this.#host.now() : now()
  }

  #log(line) {
    this.#host.log?.(line)
  }

  #open() {
    this.#core = this.#pool.acquire()
    this.#handle = this.#core.open(this.#control, this.#body)
    const commands = this.#core.step(this.#handle, { now_us: this.#now(), event: 'started' })
    if (commands.some((c) => c.kind === 'admit')) this.#pool.admitted(this.#core, this.#now())
    return commands
  }

  /**
   * #admitted opens the exchange and gives its first commands. Where another machine keeps the accounts it is asked;
   * if it does not admit, the exchange is forgotten and opened anew with the accounts that came back, so that it is
   * refused or takes less.
   */
  async #admitted() {
    for (let tries = 1, accounts; ; tries++) {
      const commands = this.#open()
      // What others have reserved may be given back without this machine being told: it counts for this request only.
      if (accounts) this.#core.accounts(this.#now(), unreserved(accounts))
      const admit = this.#host.admit && commands.find((c) => c.kind === 'admit')
      if (!admit) return commands
      const verdict = await this.#asked(admit)
      if (!verdict || verdict.ok) return commands
      this.#core.close(this.#handle)
      this.#pool.settled(this.#core, { ...admit, kind: 'settle', spent_micro: 0 }, this.#now()) // instances to come know of what was reserved
      accounts = verdict.accounts
      if (accounts) this.#core.accounts(this.#now(), accounts)
      this.#pool.release(this.#core)
      this.#core = undefined
      this.#control.refused = verdict.refused ?? (tries === MOST_TRIES ? HECTIC : undefined)
    }
  }

  async #asked(command) {
    try {
      return await this.#host.admit(command)
    } catch (error) {
      this.#log(`the accounts cannot be asked, those of this instance hold: ${error.message}`)
      return undefined
    }
  }

  /** #step tells the exchange what happened and does what it says. */
  #step(event) {
    if (this.#over || !this.#core) return
    try {
      this.#do(this.#core.step(this.#handle, { now_us: this.#now(), ...event }))
    } catch (error) {
      this.#crashed(error)
    }
  }

  /** #data is #step for the bytes of an answer; it gives what to wait for where the caller is slow. */
  #data(n, bytes) {
    try {
      this.#do(this.#core.data(this.#handle, n, this.#now(), bytes))
    } catch (error) {
      this.#crashed(error)
    }
    return this.#answer.full ? this.#room() : undefined
  }

  // While a slow caller is waited for, the provider is not listened to: nothing came, but that was not its silence.
  async #room() {
    const since = this.#now()
    const timer = setTimeout(this.#leave, PATIENCE)
    this.#blocked = true
    await this.#answer.room()
    this.#blocked = false
    clearTimeout(timer)
    const took = Math.round(this.#now() - since)
    if (took > SLOW) this.#step({ event: 'blocked', for_us: took })
    if (this.#late) this.#woke()
  }

  #do(commands) {
    for (const command of commands) this.#obey(command)
    if (!this.#over) this.#answer.flush()
  }

  #obey(command) {
    switch (command.kind) {
      case 'write':
        return this.#answer.write(command.raw)
      case 'send':
        return this.#send(command)
      case 'wake':
        return this.#wake(command.at_us)
      case 'cancel':
        return this.#stop()
      case 'reply':
        return this.#answer.reply(command.status, command.headers)
      case 'lookup':
        return void this.#lookup(command)
      case 'keep':
        return this.#keep(command)
      case 'admit':
        this.#owed = command
        return undefined
      case 'settle':
        return this.#settle(command)
      case 'record':
        return this.#record(command.raw)
      case 'judge':
        return this.#tell('judge', command)
      case 'finish':
        return this.#finish(command)
    }
    return undefined // answering, remember and converse are about the machine's own memory
  }

  #send(send) {
    this.#stop()
    this.#sent = true
    const attempt = { n: send.attempt, end: new AbortController() }
    this.#attempt = attempt
    const current = () => this.#attempt === attempt
    const said = (event) => current() && this.#step({ attempt: attempt.n, ...event })
    carry(send, this.#host, attempt.end.signal, {
      headers: (status, headers) => said({ event: 'headers', status, headers }),
      data: (bytes) => (current() ? this.#data(attempt.n, bytes) : undefined),
      ended: () => {
        attempt.over = true
        said({ event: 'ended' })
      },
      failed: (outcome, message, died = false) => {
        attempt.over = true
        said({ event: 'failed', outcome, message, died })
      },
      wanted: current,
      streams: () => this.#answer.streams,
    })
      .catch((error) => this.#crashed(error))
      .finally(() => attempt.ended?.())
  }

  /** #stop ends the attempt in flight at once. */
  #stop() {
    this.#attempt?.end.abort()
    this.#attempt = undefined
  }

  #wake(at) {
    clearTimeout(this.#timer)
    const ms = Math.ceil((at - this.#now()) / 1000)
    this.#timer = setTimeout(() => this.#woke(at), Math.min(Math.max(ms, 0), LONGEST_TIMER))
  }

  #woke(at = 0) {
    this.#late = this.#blocked
    if (this.#late) return
    if (this.#now() < at) this.#wake(at) // timers are not that exact
    else this.#step({ event: 'woke' })
  }

  async #lookup(command) {
    let body
    try {
      body = await this.#host.lookup?.(command.raw, command)
    } catch (error) {
      this.#log(`the cache cannot be asked: ${error.message}`)
    }
    if (this.#over) return
    const event = { now_us: this.#now(), event: 'cached', attempt: command.attempt }
    try {
      this.#do(this.#core.step(this.#handle, body ? { ...event, hit: true } : event, body))
    } catch (error) {
      this.#crashed(error)
    }
  }

  #keep({ raw, question_bytes: size, ttl_us: ttl }) {
    this.#tell('keep', raw.subarray(0, size), raw.subarray(size), ttl)
  }

  #settle(command) {
    this.#owed = undefined
    this.#tell('settle', command)
    try {
      this.#pool.settled(this.#core, command, this.#now())
    } catch (error) {
      this.#log(`the accounts are not kept for the next instance: ${error.message}`)
    }
  }

  #record(sample) {
    this.#pool.fold(sample, this.#core)
    this.#sent = false
    if (this.#owed) this.#spent += JSON.parse(new TextDecoder().decode(sample)).cost_micro ?? 0
    this.#tell('record', sample)
  }

  /** #tell tells the host something. What goes wrong there is no reason to break the answer. */
  #tell(what, ...told) {
    const failed = (error) => this.#log(`${what} failed: ${error.message}`)
    try {
      const going = this.#host[what]?.(...told)
      if (going?.then) going.then(undefined, failed)
    } catch (error) {
      failed(error)
    }
  }

  #finish(command) {
    this.#over = true
    if (command.outcome === 'left') this.#answer.abandon()
    this.#answer.finish(command.cut)
    this.#tell('finish', command.raw, command)
    this.#end()
  }

  /** #crashed makes of an instance that has failed, or of a bug here, an error for this caller alone. */
  #crashed(error) {
    if (this.#over) return
    this.#over = true
    this.#log(`a bug: an exchange failed: ${error.message}`)
    this.#stop()
    if (this.#owed) {
      // What was under way may be billed in full, and nobody will say how much it was.
      const spent = this.#sent ? Math.max(this.#spent, this.#owed.amount_micro ?? 0) : this.#spent
      this.#settle({ ...this.#owed, kind: 'settle', spent_micro: spent })
    }
    this.#end()
    const { id, path } = this.#control
    if (!this.#answer.begun) {
      this.#answer.instead(refusal(this.#pool, [{ path }], BUG, id))
      return
    }
    if (this.#answer.streams) this.#answer.write(this.#aborted(id, path))
    this.#answer.finish(true)
  }

  #aborted(id, path) {
    try {
      return this.#pool.use((core) => core.abort({ path, id, refused: BUG }))
    } catch {
      return NOTHING // then it is only cut
    }
  }

  /** #end gives back what the exchange held. An attempt that goes on may run out for a moment, so that its connection can be used again. */
  #end() {
    this.#over = true
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#leave)
    this.#host.closing?.removeEventListener('abort', this.#close)
    if (this.#core) {
      try {
        if (!this.#core.lost && this.#handle) this.#core.close(this.#handle)
      } catch (error) {
        this.#log(`an exchange could not be closed: ${error.message}`)
      }
      this.#pool.release(this.#core)
    }
    this.#drain()
  }

  #drain() {
    const attempt = this.#attempt
    this.#attempt = undefined
    if (!attempt || attempt.over) return void this.#done?.()
    const timer = setTimeout(() => attempt.end.abort(), DRAIN)
    attempt.ended = () => {
      clearTimeout(timer)
      this.#done?.()
    }
  }
}
