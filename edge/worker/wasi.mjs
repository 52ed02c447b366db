// What a Go program of GOOS=wasip1 wants of its host, and no more: a clock, random bytes and a place for its
// last words. It opens no file and no socket, and the clock only has to go forward: the moments that the core
// decides by come with each call.

const SUCCESS = 0
const BADF = 8
const FAULT = 21
const LONGEST_LINE = 64 << 10
const MOST_RANDOM = 65536 // bytes that getRandomValues gives at once

/** Exit is thrown where the module ends itself: its runtime has failed. */
class Exit extends Error {
  constructor(code) {
    super(`the module ended itself with code ${code}`)
    this.name = 'Exit'
  }
}

/**
 * wasi gives the functions of wasi_snapshot_preview1.
 *
 * Random bytes come from crypto.getRandomValues. Cloudflare Workers refuse that in global scope, where an instance
 * is made when a Worker starts; there they come from a fixed sequence. The module seeds its hash tables with them
 * and nothing else: seeds of requests and ids come from the host, while it serves. `predictable` says that it was so.
 *
 * @param {() => WebAssembly.Memory} memory of the instance, once there is one
 * @param {(line: string) => void} log takes the lines that the module writes
 * @returns {{imports: Record<string, Function>, state: {predictable: boolean}}}
 */
export function wasi(memory, log) {
  const state = { predictable: false }
  const view = () => new DataView(memory().buffer)
  const imports = {
    clock_time_get: clock(view),
    random_get: (at, size) => random(new Uint8Array(memory().buffer, at, size), state),
    fd_write: writer(memory, log),
    poll_oneoff: (subscriptions, events, count, ready) => zeros(view(), ready),
    sched_yield: () => SUCCESS,
    args_sizes_get: (count, size) => zeros(view(), count, size),
    args_get: () => SUCCESS,
    environ_sizes_get: (count, size) => zeros(view(), count, size),
    environ_get: () => SUCCESS,
    fd_close: () => BADF,
    fd_fdstat_get: () => BADF,
    fd_fdstat_set_flags: () => BADF,
    fd_prestat_get: () => BADF,
    fd_prestat_dir_name: () => BADF,
    proc_exit: (code) => {
      throw new Exit(code)
    },
  }
  return { imports, state }
}

function zeros(view, ...places) {
  for (const at of places) view.setUint32(at, 0, true)
  return SUCCESS
}

// A clock that says 0, as that of a Worker does before its first request, ends a Go program at once, and one that
// stands still makes it wait for ever. Nanoseconds are beyond what a number holds: they are put together of two halves.
function clock(view) {
  let last = 0
  return (id, precision, at) => {
    last = Math.max(last + 1, Date.now() * 1000) // microseconds
    const high = Math.floor(last / 2 ** 32)
    const low = (last % 2 ** 32) * 1000
    const to = view()
    to.setUint32(at, low % 2 ** 32, true)
    to.setUint32(at + 4, high * 1000 + Math.floor(low / 2 ** 32), true)
    return SUCCESS
  }
}

function random(bytes, state) {
  try {
    for (let at = 0; at < bytes.length; at += MOST_RANDOM) {
      crypto.getRandomValues(bytes.subarray(at, at + MOST_RANDOM))
    }
  } catch {
    state.predictable = true
    let x = 0x9e3779b9 // xorshift32
    for (let i = 0; i < bytes.length; i++) {
      x ^= x << 13
      x ^= x >>> 17
      x ^= x << 5
      bytes[i] = x
    }
  }
  return SUCCESS
}

/** writer is fd_write: whole lines of standard output and standard error go to log. */
function writer(memory, log) {
  let line = ''
  return (fd, vectors, count, written) => {
    if (fd !== 1 && fd !== 2) return BADF
    const view = new DataView(memory().buffer)
    if (vectors + 8 * count > view.byteLength) return FAULT
    let size = 0
    for (let i = 0; i < count; i++) {
      const at = view.getUint32(vectors + 8 * i, true)
      const length = view.getUint32(vectors + 8 * i + 4, true)
      line += new TextDecoder().decode(new Uint8Array(view.buffer, at, length))
      size += length
    }
    view.setUint32(written, size, true)
    const lines = line.split('\n')
    line = lines.pop().slice(0, LONGEST_LINE)
    for (const whole of lines) log(whole)
    return SUCCESS
  }
}
