// What an isolate has to do with the others: money is asked for at the one object that keeps the accounts, and what
// was measured is exchanged there, behind the answers.

import { lasts } from './deployment.mjs'

const RHYTHM = 1000 // milliseconds between two exchanges of samples
const STALE = 10_000 // after that a planned exchange is taken for lost: with its request, its timer has gone
const MOST_WAITING = 500 // samples
const MOST_FOLDED = 256 // samples of others at once: a new isolate hears thousands, and counting them takes time of the processor
const MOST_HEARD = 4096
const SETTLE_TRIES = 4
const decoder = new TextDecoder()

const UNREACHABLE = {
  code: 'internal',
  status: 503,
  message: 'the accounts of this deployment cannot be reached, and without them nothing is spent: try again',
}
const UNREADABLE = {
  code: 'internal',
  status: 503,
  message: 'the accounts of this deployment cannot be read, and without them nothing is spent: the log of its Ledger says why',
}
const UNBOUND = {
  code: 'internal',
  status: 503,
  message: 'limits hold for this request, and the Durable Object that keeps the accounts is not bound: bind the class Ledger as LEDGER',
}

/** Link is an isolate's connection to the Ledger. */
export class Link {
  #pool
  #log
  #name // of this isolate among the others; random numbers are only there while a request is served
  #samples = []
  #lost = 0
  #cursor = 0
  #last = 0
  #planned = 0
  #alone = false // the Ledger could not be reached the last time
  /** what the Ledger says of the samples that go home */
  home
  /** how many samples have come from others */
  heard = 0
  #others = [] // samples that have not been folded yet

  constructor(pool, log) {
    this.#pool = pool
    this.#log = log
  }

  /** of is what one request uses: the object that it reaches, and what is to outlive the request. */
  of(env, waitUntil, home) {
    const ledger = env.LEDGER?.get(env.LEDGER.idFromName('strowger'))
    const soon = () => ledger && this.#soon(ledger, waitUntil, home)
    if (this.#last === 0 || this.#others.length > 0) soon() // what is known elsewhere
    let reservation
    return {
      admit: async ({ kind, raw, ...command }) => {
        if (!command.rate && !lasts(command.limits)) return { ok: true } // nobody keeps an account for one request
        if (!ledger) return { ok: false, refused: UNBOUND }
        try {
          const { ok, id, accounts, unreadable } = await ledger.admit(command)
          if (unreadable) return { ok, refused: UNREADABLE }
          reservation = id
          return { ok, accounts }
        } catch (error) {
          this.#log(`the ledger cannot be reached: ${error.message}`)
          return { ok: false, refused: UNREACHABLE }
        }
      },
      settle: ({ spent_micro: spent }) => {
        if (reservation) waitUntil(this.#settle(ledger, reservation, spent))
        reservation = undefined
      },
      record: (sample) => {
        this.#samples.push(decoder.decode(sample))
        if (this.#samples.length > MOST_WAITING) {
          this.#samples.shift()
          this.#lost++
        }
        soon()
      },
    }
  }

  // What is not settled is counted as wholly spent in the end.
  async #settle(ledger, reservation, spent) {
    for (let n = 1; ; n++) {
      try {
        return await ledger.settle(reservation, spent)
      } catch (error) {
        if (n === SETTLE_TRIES) return this.#log(`what a request has spent could not be written down: ${error.message}`)
        await pause(100 * 4 ** n)
      }
    }
  }

  /** #fold has the newest samples of others counted; the rest is for the next times, each behind an answer. */
  #fold() {
    const newest = this.#others.splice(-MOST_FOLDED)
    for (const sample of newest) this.#pool.fold(sample)
    if (newest.length > 0) this.#pool.use(() => {})
    this.heard += newest.length
  }

  #soon(ledger, waitUntil, home) {
    const now = Date.now()
    if (now - this.#planned < STALE) return
    this.#planned = now
    waitUntil(this.#sync(ledger, home))
  }

  async #sync(ledger, home) {
    await pause(this.#last + RHYTHM - Date.now())
    this.#last = Date.now()
    this.#planned = 0
    this.#name ??= crypto.randomUUID()
    const samples = this.#samples.splice(0)
    const lost = this.#lost
    this.#lost = 0
    try {
      const news = await ledger.sync({ by: this.#name, after: this.#cursor, samples, lost, home })
      this.#cursor = news.last
      this.home = news.home
      this.#others = this.#others.concat(news.samples).slice(-MOST_HEARD)
      this.#fold()
      this.#alone = false
    } catch (error) {
      if (!this.#alone) this.#log(`samples cannot be exchanged, this isolate goes by its own: ${error.message}`)
      this.#alone = true
      this.#samples.unshift(...samples)
      this.#lost += lost + Math.max(this.#samples.length - MOST_WAITING, 0)
      this.#samples = this.#samples.slice(-MOST_WAITING)
    }
  }
}

const pause = (ms) => ms > 0 && new Promise((resolve) => setTimeout(resolve, ms))
