// The instances of the module that serve one after the other, and what goes from one to the next: what was measured,
// and the accounts.

import { Core } from './core.mjs'

/** MOST_SAMPLES are kept for instances to come. Statistics halve in ten minutes: older ones hardly matter. */
const MOST_SAMPLES = 4096

/** Pool makes instances of a module as they are needed: one that serves, and those that still have exchanges. */
export class Pool {
  #module
  #log
  #watermark
  #catalog
  #serving // the Entry that takes new exchanges
  #entries = new Map() // of every Core
  #samples = [] // a ring of {sample, by}
  #total = 0 // samples ever
  #accounts // as they were last, for the next instance
  /** rev is the revision of the catalog. */
  rev = ''

  /**
   * @param {WebAssembly.Module} module
   * @param {{catalog: string | Uint8Array, watermark?: number, log?: (line: string) => void}} options an instance whose memory is above
   *   the watermark, in bytes, takes no new exchanges and goes with its last one
   */
  constructor(module, { catalog, watermark = 64 << 20, log = () => {} }) {
    this.#module = module
    this.#log = log
    this.#watermark = watermark
    this.configure(catalog)
  }

  /** instances is how many there are, with those that only end what they have begun. */
  get instances() {
    return this.#entries.size
  }

  /** memory is how much all of them have taken, in bytes. */
  get memory() {
    let sum = 0
    for (const { core } of this.#entries.values()) sum += core.memory
    return sum
  }

  /** configure changes the catalog everywhere and gives its revision; it stays as it was if that is not valid. */
  configure(catalog) {
    const serving = this.#serve(catalog)
    this.rev = serving.core.configure(catalog)
    this.#catalog = catalog
    for (const { core } of this.#entries.values()) {
      if (core !== serving.core && !core.lost) core.configure(catalog)
    }
    return this.rev
  }

  /** acquire gives the instance for a new exchange, which knows what the others have measured. Release it. @returns {Core} */
  acquire() {
    const entry = this.#serve(this.#catalog)
    for (let n = Math.max(entry.seen, this.#total - this.#samples.length); n < this.#total; n++) {
      const { sample, by } = this.#samples[n % MOST_SAMPLES]
      if (by !== entry.core) this.#fold(entry.core, sample)
    }
    entry.seen = this.#total
    entry.users++
    return entry.core
  }

  /** release takes an instance back, and lets it go if it is lost or has grown too large. @param {Core} core */
  release(core) {
    const entry = this.#entries.get(core)
    if (!entry) return
    entry.users--
    if (core === this.#serving?.core && (core.lost || core.memory > this.#watermark)) this.#retire()
    if (entry !== this.#serving && entry.users <= 0) this.#entries.delete(core)
  }

  /** admitted tells that an instance, the one that serves, has reserved something: it counts even if the instance is lost. */
  admitted(core, nowUs) {
    this.#accounts = core.accounts(nowUs)
  }

  /**
   * settled tells that a command is settled, or was closed with nothing spent. Where another instance serves by now, it has taken over the accounts, with
   * what was reserved then.
   */
  settled(core, command, nowUs) {
    const serving = this.#serve(this.#catalog).core
    this.#accounts = serving === core ? core.accounts(nowUs) : serving.settle(nowUs, command).raw
  }

  /** fold takes a sample that was measured elsewhere, or on an instance, which has counted it already. */
  fold(sample, by) {
    this.#samples[this.#total % MOST_SAMPLES] = { sample, by }
    this.#total++
  }

  /** use asks an instance something that is no exchange. @template T @param {(core: Core) => T} ask @returns {T} */
  use(ask) {
    const core = this.acquire()
    try {
      return ask(core)
    } finally {
      this.release(core)
    }
  }

  /** #fold gives an instance a sample. One that it cannot read, such as another version's, is no reason to serve nobody. */
  #fold(core, sample) {
    try {
      core.fold(sample)
    } catch (error) {
      if (core.lost) throw error
      this.#log(`a sample is passed over: ${error.message}`)
    }
  }

  /** #serve gives the instance that serves, and makes it if need be. */
  #serve(catalog) {
    if (this.#serving?.core.lost) this.#retire()
    if (!this.#serving) this.#begin(catalog)
    return this.#serving
  }

  #begin(catalog) {
    const core = new Core(this.#module, { log: this.#log })
    core.configure(catalog)
    if (this.#accounts) core.accounts(Date.now() * 1000, this.#accounts)
    this.#serving = { core, users: 0, seen: 0 }
    this.#entries.set(core, this.#serving)
  }

  /** #retire lets the instance take no new exchanges. Its accounts go on with the next one: those that were last if it is lost. */
  #retire() {
    const { core, users } = this.#serving
    this.#serving = undefined
    if (users <= 0) this.#entries.delete(core)
    if (core.lost) return
    this.#accounts = core.accounts(Date.now() * 1000)
    this.#begin(this.#catalog)
  }
}
