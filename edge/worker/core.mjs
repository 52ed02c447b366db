// The module of edge/reactor in JavaScript: bytes in, records out (see docs/reference/abi.md). Standard JavaScript
// only: it runs in Workers, Node and Deno alike.

import { wasi } from './wasi.mjs'

const ABI = 4 // the version of the boundary that this host speaks

const METHODS = ['configure', 'fold', 'decide', 'open', 'step', 'data', 'close', 'models', 'abort', 'admit', 'settle', 'accounts']
const EMPTY = new Uint8Array(0)
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** @typedef {{kind: string, raw: Uint8Array} & Record<string, any>} Rec a record: its control message, and the raw bytes, which are the host's to keep */

/** ModuleError is what the module says that the host did wrong. Code "dead" means that the instance must be dropped. */
export class ModuleError extends Error {
  /** @param {string} code @param {string} message @param {ErrorOptions} [options] */
  constructor(code, message, options) {
    super(message, options)
    this.name = 'ModuleError'
    this.code = code
  }
}

/** bytesOf is a text, an object as JSON, or bytes, as bytes. */
const bytesOf = (value) => {
  if (value === undefined) return EMPTY
  if (value instanceof Uint8Array) return value
  return encoder.encode(typeof value === 'string' ? value : JSON.stringify(value))
}

/** Core is one instance of the module. It is configured before it is asked anything. */
export class Core {
  #exports
  #methods
  #memory = new Uint8Array(0)
  #packed = new BigInt64Array(1) // place<<32 | length, as a call returns it
  #halves = new Uint32Array(this.#packed.buffer)
  #random
  /** @type {ModuleError | undefined} why the instance is of no more use */
  lost

  /**
   * @param {WebAssembly.Module} module
   * @param {{log?: (line: string) => void}} [options] log takes a failing module's last words
   */
  constructor(module, { log = () => {} } = {}) {
    const { imports, state } = wasi(() => this.#exports.memory, log)
    this.#random = state
    const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: imports })
    this.#exports = instance.exports
    this.#methods = {}
    for (const name of METHODS) {
      this.#methods[name] = this.#exports[`strowger_${name}`]
      if (!this.#methods[name]) throw new ModuleError('version', `not a module of strowger, or not of this version: it has no ${name}`)
    }
    this.#exports._initialize()
    const version = this.#exports.strowger_abi_version()
    if (version !== ABI) throw new ModuleError('version', `the module speaks version ${version} of the boundary, this host ${ABI}`)
  }

  /** memory is how much the instance has taken, in bytes. It never shrinks. */
  get memory() {
    return this.#exports.memory.buffer.byteLength
  }

  /** predictable says that there were no random numbers when the instance was made: see wasi. */
  get predictable() {
    return this.#random.predictable
  }

  /** configure takes a catalog in its canonical form and gives its revision. @returns {string} */
  configure(catalog, reset = false) {
    return this.#one('configured', 'configure', { abi: ABI, reset }, bytesOf(catalog)).rev
  }

  /** fold takes a sample that was measured elsewhere; false: of an endpoint that is not known. @returns {boolean} */
  fold(sample) {
    return this.#one('folded', 'fold', {}, bytesOf(sample)).known
  }

  /** open makes an exchange and gives its handle. @returns {number} */
  open(control, body) {
    return this.#one('opened', 'open', control, body).handle
  }

  /** step tells an exchange what happened and gives the commands. @returns {Rec[]} */
  step(handle, control, raw = EMPTY) {
    return this.records(this.#carry('step', handle, bytesOf(control), raw))
  }

  /** data is step with the next bytes of an attempt: nothing is put into JSON. @returns {Rec[]} */
  data(handle, attempt, nowUs, raw) {
    this.#place(EMPTY, raw)
    this.#call('data', handle, attempt, nowUs, raw.length)
    const size = this.#halves[0]
    const at = this.#halves[1]
    return size === 0 ? [] : this.records(this.#view(), at, at + size)
  }

  /** close gives a handle back; what an exchange holds that has not finished is given up. */
  close(handle) {
    this.#one('closed', 'close', undefined, EMPTY, handle)
  }

  /** decide is the decision on a request, of kind decided or refused; raw: as JSON. @returns {Rec} */
  decide(control, body) {
    return this.#one('', 'decide', control, body)
  }

  /** models is the body that answers a request for the list of models, or for one. @returns {Uint8Array} */
  models(control) {
    return this.#one('models', 'models', control, EMPTY).raw
  }

  /** abort is what ends a stream in its caller's schema that no exchange can end. @returns {Uint8Array} */
  abort(control) {
    return this.#one('aborted', 'abort', control, EMPTY).raw
  }

  /** admit reserves what a command of that name says; raw of the record: the accounts. @returns {Rec} */
  admit(nowUs, { kind, raw, ...command }) {
    return this.#one('admitted', 'admit', { now_us: nowUs, ...command }, EMPTY)
  }

  /** settle ends what admit began; raw of the record: the accounts. @returns {Rec} */
  settle(nowUs, { kind, raw, ...command }) {
    return this.#one('settled', 'settle', { now_us: nowUs, ...command }, EMPTY)
  }

  /** accounts gives the accounts; those that are given are taken over first. @returns {Uint8Array} */
  accounts(nowUs, accounts = EMPTY) {
    return this.#one('accounts', 'accounts', { now_us: nowUs }, bytesOf(accounts)).raw
  }

  /** call makes any call and gives its result as it is; of data, control is {attempt, now_us}. @returns {Uint8Array} */
  call(method, handle, control, raw = EMPTY) {
    if (method === 'data') {
      this.#place(EMPTY, raw)
      return this.#result('data', handle, control.attempt, control.now_us, raw.length).slice()
    }
    return this.#carry(method, handle, bytesOf(control), raw).slice()
  }

  /** #one makes a call whose result is one record of that kind; any kind if it is empty. */
  #one(kind, method, control, raw, handle = 0) {
    const records = this.records(this.#carry(method, handle, bytesOf(control), raw))
    if (records.length !== 1 || (kind && records[0].kind !== kind)) {
      throw this.#lose('record', `${method} was not answered with one record of kind ${kind || 'its own'}`)
    }
    return records[0]
  }

  #carry(method, handle, control, raw) {
    this.#place(control, raw)
    switch (method) {
      case 'step':
        return this.#result(method, handle, control.length, raw.length)
      case 'close':
        return this.#result(method, handle)
    }
    return this.#result(method, control.length, raw.length) // models and abort do not look at the second
  }

  /** #place puts what goes with a call where the module wants it. */
  #place(control, raw) {
    if (this.lost) throw this.lost
    const size = control.length + raw.length
    let at = 0
    try {
      at = this.#exports.strowger_alloc(size) >>> 0
    } catch (cause) {
      throw this.#trapped('alloc', cause)
    }
    if (at === 0) throw new ModuleError('limit', `${size} bytes are too many for one call`)
    const memory = this.#view()
    memory.set(control, at)
    memory.set(raw, at + control.length)
  }

  /** #result calls the module; the bytes are its own and good until the next call. */
  #result(method, ...args) {
    this.#call(method, ...args)
    const [size, at] = this.#halves
    return this.#view().subarray(at, at + size)
  }

  /** #call calls the module. Where the result is stands in #halves. */
  #call(method, ...args) {
    try {
      this.#packed[0] = this.#methods[method](...args)
    } catch (cause) {
      throw this.#trapped(method, cause)
    }
  }

  /** #view is the memory, taken anew when it has grown. */
  #view() {
    if (this.#memory.length === 0) this.#memory = new Uint8Array(this.#exports.memory.buffer)
    return this.#memory
  }

  /** records reads a result, which stands in bytes; an error record is thrown. The raw bytes are copied. @returns {Rec[]} */
  records(bytes, at = 0, end = bytes.length) {
    const records = []
    while (at < end) {
      const size = u32(bytes, at)
      const rawAt = at + 8 + size
      const record = control(bytes, at + 4, size)
      at = rawAt + u32(bytes, rawAt - 4)
      record.raw = at === rawAt ? EMPTY : bytes.slice(rawAt, at)
      records.push(record)
    }
    if (records[0]?.kind === 'error') {
      const { code, message } = records[0]
      throw code === 'dead' ? this.#lose(code, message) : new ModuleError(code, message)
    }
    return records
  }

  #trapped(method, cause) {
    return this.#lose('dead', `the module has failed in ${method}: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }

  #lose(code, message, options) {
    this.lost = new ModuleError(code === 'record' ? 'dead' : code, message, options)
    return this.lost
  }
}

const u32 = (bytes, at) => (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0

const WRITE = '{"kind":"write"}'
const RECORD = '{"kind":"record"}'

/** control reads a control message. Those of most are told by their length and first letter. */
function control(result, at, size) {
  const letter = result[at + 9]
  if (size === WRITE.length && letter === 0x77) return { kind: 'write' }
  if (size === RECORD.length && letter === 0x72) return { kind: 'record' }
  return JSON.parse(decoder.decode(result.subarray(at, at + size)))
}
