// Ledger is the one object of a deployment that all isolates share: it keeps the accounts, so that limits hold for all
// of them together, and passes on what each has measured. The accounts are the core's own: an instance of the module
// that needs no catalog.

import { DurableObject } from 'cloudflare:workers'

import { Core } from './core.mjs'
import { post } from './home.mjs'
import module from './strowger.wasm'

const MOST_SAMPLES = 4096 // that are kept for isolates to come, and on their way home
const MOST_AT_ONCE = 500 // samples in a batch that goes home, if the last rows do not make it more
const FIRST_PAUSE = 5_000 // milliseconds before samples that did not go home go again; doubled each time
const LONGEST_PAUSE = 600_000
const MOST_ABANDONED = 1000 // reservations that are remembered after they were given up
const MOST_REFUSED = 64 // times that parts of one batch are refused before the rest of it is dropped

const TABLES = `
  CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS reserved (id TEXT PRIMARY KEY, at INTEGER NOT NULL, command TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS reserved_at ON reserved (at);
  CREATE TABLE IF NOT EXISTS abandoned (id TEXT PRIMARY KEY, at INTEGER NOT NULL, command TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS samples (seq INTEGER PRIMARY KEY AUTOINCREMENT, origin TEXT NOT NULL, n INTEGER NOT NULL, docs TEXT NOT NULL);
`

/** Ledger keeps what is spent, and passes samples on. Isolates call admit, settle and sync. */
export class Ledger extends DurableObject {
  /** ABANDONED is how old a reservation gets, in milliseconds: its isolate seems to have died, and all of it counts as spent. */
  static ABANDONED = 20 * 60_000
  /** LATE is for how long after that, in milliseconds, what was really spent may still be said. */
  static LATE = 24 * 3600_000
  /** GATHER is how long samples wait for others before they go home, in milliseconds. */
  static GATHER = 5_000

  #sql
  #core

  constructor(ctx, env) {
    super(ctx, env)
    this.#sql = ctx.storage.sql
    this.#sql.exec(TABLES)
  }

  /**
   * admit reserves what a command of that name says, unless a limit or a rate forbids it. With ok, id is what to settle;
   * without there is nothing to. Otherwise accounts are as they stand, or unreadable.
   */
  async admit(command) {
    let ok, raw
    try {
      ;({ ok, raw } = this.#account((core) => core.admit(now(), command)))
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      console.warn(error.message)
      return { ok: false, unreadable: true }
    }
    const accounts = decoder.decode(raw)
    if (!ok) return { ok, accounts }
    this.#keep('accounts', accounts)
    if (command.limits.length === 0) return { ok }
    const id = crypto.randomUUID()
    this.#sql.exec('INSERT INTO reserved VALUES (?, ?, ?)', id, Date.now(), JSON.stringify(command))
    await this.#wake(Date.now() + this.constructor.ABANDONED)
    return { ok, id }
  }

  /** settle ends what admit began. It may be said again: false says that it was over. */
  settle(id, spent) {
    const [row] = this.#sql.exec('SELECT command FROM reserved WHERE id = ?', id)
    if (!row) return this.#settleLate(id, spent)
    const { raw } = this.#account((core) => core.settle(now(), { ...JSON.parse(row.command), spent_micro: spent }))
    this.#sql.exec('DELETE FROM reserved WHERE id = ?', id)
    this.#keep('accounts', decoder.decode(raw))
    return true
  }

  /** #settleLate counts the difference to what an abandoned reservation was taken for. */
  #settleLate(id, spent) {
    const [row] = this.#sql.exec('SELECT command, at FROM abandoned WHERE id = ? AND at > ?', id, Date.now() - this.constructor.LATE)
    if (!row) return false
    const command = JSON.parse(row.command)
    const more = spent - command.amount_micro
    const raw = this.#account((core) => {
      if (more >= 0) return core.settle(now(), { ...command, amount_micro: 0, spent_micro: more }).raw
      return core.accounts(now(), lessened(core.accounts(now()), command.limits, -more, row.at * 1000))
    })
    this.#sql.exec('DELETE FROM abandoned WHERE id = ?', id)
    this.#keep('accounts', decoder.decode(raw))
    return true
  }

  /**
   * sync takes the samples of an isolate and gives it those of others that came after a place, and the place to ask from
   * the next time. home is where samples go.
   */
  async sync({ by, after, samples, lost, home }) {
    const before = this.#last()
    if (samples.length > 0) {
      this.#sql.exec('INSERT INTO samples (origin, n, docs) VALUES (?, ?, ?)', by, samples.length, JSON.stringify(samples))
      this.#trim()
    }
    this.#settleHome(home, lost, before)
    if (home && samples.length > 0 && !this.#kept('trouble')) await this.#wake(Date.now() + this.constructor.GATHER)
    const last = this.#last()
    const rows = this.#sql.exec('SELECT docs FROM samples WHERE seq > ? AND origin <> ? ORDER BY seq', after > last ? 0 : after, by)
    return { last, samples: [...rows].flatMap(({ docs }) => listed(docs)), home: home && this.#homeState() }
  }

  /** alarm settles what was abandoned, and sends samples home. What goes wrong with one does not keep the others. */
  async alarm() {
    const { ABANDONED, LATE } = this.constructor
    for (const { id } of [...this.#sql.exec('SELECT id FROM reserved WHERE at <= ?', Date.now() - ABANDONED)]) {
      try {
        this.#abandon(id)
      } catch (error) {
        console.warn(`an abandoned reservation cannot be settled, and stays: ${error.message}`)
        this.#sql.exec('UPDATE reserved SET at = ? WHERE id = ?', Date.now(), id)
      }
    }
    this.#sql.exec('DELETE FROM abandoned WHERE at <= ?', Date.now() - LATE)
    this.#sql.exec('DELETE FROM abandoned WHERE id NOT IN (SELECT id FROM abandoned ORDER BY at DESC LIMIT ?)', MOST_ABANDONED)
    const pause = await this.#sendHome()
    const [oldest] = this.#sql.exec('SELECT min(at) AS at FROM reserved')
    if (oldest.at !== null) await this.#wake(oldest.at + ABANDONED)
    if (pause !== undefined) await this.#wake(Date.now() + pause)
  }

  /** #abandon counts all of a reservation as spent, and remembers that. */
  #abandon(id) {
    const [{ command }] = this.#sql.exec('SELECT command FROM reserved WHERE id = ?', id)
    this.settle(id, JSON.parse(command).amount_micro)
    this.#sql.exec('INSERT INTO abandoned VALUES (?, ?, ?)', id, Date.now(), command)
  }

  /** #account asks the core about the accounts. One that has failed is replaced by one with the accounts as they were written. */
  #account(ask) {
    if (!this.#core || this.#core.lost) {
      const core = new Core(module, { log: (line) => console.warn(line) })
      const accounts = this.#kept('accounts')
      try {
        if (accounts) core.accounts(now(), accounts)
      } catch (error) {
        throw new Unreadable(error.message)
      }
      this.#core = core
    }
    return ask(this.#core)
  }

  /** #trim forgets the oldest samples; those that were to go home are counted. */
  #trim() {
    const sent = Number(this.#kept('sent') ?? 0)
    let [{ sum }] = this.#sql.exec('SELECT coalesce(sum(n), 0) AS sum FROM samples')
    while (sum > MOST_SAMPLES) {
      const [{ seq, n }] = this.#sql.exec('SELECT seq, n FROM samples ORDER BY seq LIMIT 1')
      this.#sql.exec('DELETE FROM samples WHERE seq = ?', seq)
      if (this.#kept('home') && seq > sent) this.#forget(n)
      sum -= n
    }
  }

  /** #forget counts samples at the beginning of what is to go home as dropped, but for those that have gone or were dropped. */
  #forget(n) {
    const begun = JSON.parse(this.#kept('until') ?? 'null')
    const done = Math.min(begun?.skip ?? 0, n)
    this.#drop(n - done)
    if (begun) this.#keep('until', JSON.stringify({ ...begun, skip: begun.skip - done, size: Math.max(begun.size - (n - done), 1) }))
  }

  #last() {
    const [{ last }] = this.#sql.exec('SELECT coalesce(max(seq), 0) AS last FROM samples')
    return last
  }

  /** #settleHome notes where samples go. What had been measured before there was a home, up to before, stays. */
  #settleHome(home, lost, before) {
    const is = home ? JSON.stringify(home) : undefined
    const was = this.#kept('home')
    if (is !== was) {
      this.#keep('home', is)
      this.#keep('trouble', undefined)
      this.#keep('tries', undefined)
      if (is && this.#kept('sent') === undefined) this.#keep('sent', String(before))
    }
    if (is && lost > 0) this.#drop(lost)
  }

  #drop(n) {
    this.#keep('dropped', String(Number(this.#kept('dropped') ?? 0) + n))
  }

  #homeState() {
    const [{ pending }] = this.#sql.exec('SELECT coalesce(sum(n), 0) AS pending FROM samples WHERE seq > ?', Number(this.#kept('sent') ?? 0))
    const done = JSON.parse(this.#kept('until') ?? 'null')?.skip ?? 0
    return { pending: Math.max(pending - done, 0), problem: this.#kept('trouble') ?? '' }
  }

  /**
   * #sendHome sends one batch and gives how long to wait before the next, nothing if there is none. One that was sent
   * and not answered goes again under its name, so that it is taken once. One that is refused for what is in it goes
   * again in halves, until what is bad is alone; that is dropped.
   */
  async #sendHome() {
    const home = JSON.parse(this.#kept('home') ?? 'null')
    const batch = home && this.#batch(home)
    if (!batch) return undefined
    const secret = this.env[home.secret]
    const failed = secret ? await post(home, secret, batch.body) : { problem: `the secret ${home.secret} is not set`, again: true }
    if (failed) console.warn(`samples do not go to ${home.url}: ${failed.problem}`)
    this.#keep('trouble', failed?.problem)
    if (failed?.again) {
      const tries = Number(this.#kept('tries') ?? 0)
      this.#keep('tries', String(tries + 1))
      return Math.min(FIRST_PAUSE * 2 ** tries, LONGEST_PAUSE) * (0.75 + Math.random() / 2)
    }
    this.#keep('tries', undefined)
    if (!failed) this.#drop(-batch.dropped)
    this.#goOn(batch, failed)
    return this.#last() > Number(this.#kept('sent')) ? 0 : undefined
  }

  /** #goOn notes what becomes of a batch that was answered. */
  #goOn({ until, skip, n, of, refused }, failed) {
    const again = failed?.content ? refused + 1 : refused
    const rest = again > MOST_REFUSED && failed ? of - skip : n // of which it is over, one way or the other
    const halved = failed?.content && n > 1 && rest === n
    if (failed && !halved) this.#drop(rest)
    const done = halved ? skip : skip + rest
    const size = halved ? Math.ceil(n / 2) : failed ? n : 2 * n
    if (done < of) this.#keep('until', JSON.stringify({ until, skip: done, size, refused: again }))
    else {
      this.#keep('until', undefined)
      this.#keep('sent', String(until))
    }
  }

  /** #batch is what goes home next; nothing if there is nothing. */
  #batch(home) {
    const begun = JSON.parse(this.#kept('until') ?? 'null') // rows of which a part was sent
    const samples = []
    let until = 0
    for (const { seq, docs } of this.#sql.exec('SELECT seq, docs FROM samples WHERE seq > ? ORDER BY seq', Number(this.#kept('sent') ?? 0))) {
      if (begun ? seq > begun.until : samples.length >= MOST_AT_ONCE) break
      samples.push(...listed(docs))
      until = seq
    }
    const { skip = 0, size = samples.length, refused = 0, name = crypto.randomUUID(), dropped = Number(this.#kept('dropped') ?? 0) } = begun ?? {}
    const part = samples.slice(skip, skip + size)
    if (part.length === 0) {
      this.#keep('until', undefined) // what had been begun was forgotten meanwhile
      if (until > 0) this.#keep('sent', String(until))
      return begun || until > 0 ? this.#batch(home) : undefined
    }
    until = begun?.until ?? until
    this.#keep('until', JSON.stringify({ until, skip, size: part.length, refused, name, dropped }))
    const body = `{"from":${JSON.stringify(home.name)},"batch":"${name}","dropped":${dropped},"samples":[${part.join(',')}]}`
    return { until, skip, n: part.length, of: samples.length, refused, dropped, body }
  }

  /** #wake has the alarm go off then, or earlier. */
  async #wake(at) {
    const set = await this.ctx.storage.getAlarm()
    if (set === null || set > at) await this.ctx.storage.setAlarm(at)
  }

  #kept(name) {
    const [row] = this.#sql.exec('SELECT value FROM kept WHERE name = ?', name)
    return row?.value
  }

  #keep(name, value) {
    if (value === undefined) this.#sql.exec('DELETE FROM kept WHERE name = ?', name)
    else this.#sql.exec('INSERT OR REPLACE INTO kept VALUES (?, ?)', name, value)
  }
}

/** Unreadable says that the accounts which were written are none. */
class Unreadable extends Error {
  constructor(why) {
    super(`the accounts cannot be read, and nothing limited is served: ${why}`)
  }
}

/** listed are the samples of a row; one that cannot be read has none. */
function listed(docs) {
  try {
    return JSON.parse(docs)
  } catch {
    console.warn('samples that cannot be read are passed over')
    return []
  }
}

/** lessened are accounts from which an amount is taken that was counted at that time; what has begun since does not hold it. */
function lessened(accounts, limits, amount, at) {
  const all = JSON.parse(decoder.decode(accounts))
  for (const one of all.accounts) {
    const held = one.start_us <= at && limits.some(({ account, per }) => account === one.account && per === one.per)
    if (held) one.spent_micro = Math.max(one.spent_micro - amount, 0)
  }
  return JSON.stringify(all)
}

const decoder = new TextDecoder()
const now = () => Date.now() * 1000
