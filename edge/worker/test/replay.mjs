// A script of edge/verify in JavaScript: calls of the boundary with what the native core answers, to be made once
// more and compared, byte for byte. See the package's documentation for the format. Standard JavaScript only.

const HEAD = 'strowger script 1\n'
const METHODS = ['configure', 'fold', 'decide', 'open', 'step', 'data', 'close', 'models', 'abort', 'admit', 'settle', 'accounts']
const CASE = 0x43
const CALL = 0x4d
const AROUND = 80
const decoder = new TextDecoder()

/** entries gives the entries from a place on: {at, end} and a case's name, or a call. */
function* entries(bytes, at) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const field = () => {
    const from = at + 4
    at = from + view.getUint32(at, true)
    return bytes.subarray(from, at)
  }
  while (at < bytes.length) {
    const begin = at
    const [kind, second] = [bytes[at], bytes[at + 1]]
    at += 2
    if (kind === CASE) {
      const name = field()
      yield { at: begin, end: at, fresh: second === 1, name }
    } else if (kind === CALL) {
      const handle = view.getUint32(at, true)
      at += 4
      yield { at: begin, end: at, method: METHODS[second], handle, control: field(), raw: field(), want: field() }
    } else {
      throw new Error(`the script has an entry ${kind} at byte ${begin}`)
    }
  }
}

/** pieces cuts a script in front of cases on new instances: what can be replayed by itself. */
export function* pieces(script) {
  if (decoder.decode(script.subarray(0, HEAD.length)) !== HEAD) throw new Error('not a script of strowger, or one of another version')
  let from = HEAD.length
  for (const entry of entries(script, from)) {
    if (entry.fresh && entry.at > from) {
      yield script.subarray(from, entry.at)
      from = entry.at
    }
  }
  if (from < script.length) yield script.subarray(from)
}

/**
 * replay makes the calls of a piece and gives how many there were, and the first difference, if there is one.
 * @param {() => {call: Function}} make gives a new instance, a Core
 * @param {Uint8Array} piece
 */
export function replay(make, piece) {
  const seen = { cases: 0, calls: 0, decisions: 0, exchanges: 0, difference: null }
  let core
  let name = ''
  let n = 0
  for (const entry of entries(piece, 0)) {
    if (entry.name) {
      if (entry.fresh) core = make()
      name = decoder.decode(entry.name)
      n = 0
      seen.cases++
      continue
    }
    n++
    seen.calls++
    if (entry.method === 'decide') seen.decisions++
    if (entry.method === 'open') seen.exchanges++
    let got
    let error
    try {
      const control = entry.method === 'data' ? JSON.parse(decoder.decode(entry.control)) : entry.control
      got = core.call(entry.method, entry.handle, control, entry.raw)
    } catch (cause) {
      error = String(cause)
    }
    const at = error ? 0 : different(entry.want, got)
    if (at < 0) continue
    seen.difference = {
      case: name, call: n, method: entry.method, handle: entry.handle, error, byte: at,
      native: clip(entry.want, at), got: got && clip(got, at),
      control: clip(entry.control, 0), body: clip(entry.raw, 0),
      again: `strowger verify --only ${name}`,
    }
    return seen
  }
  return seen
}

/** add counts what a piece has seen into a sum; the first difference stays. */
export function add(sum, seen) {
  for (const name of ['cases', 'calls', 'decisions', 'exchanges']) sum[name] = (sum[name] ?? 0) + seen[name]
  sum.difference ??= seen.difference
  return sum
}

/** different is the first byte that differs; -1: none. */
function different(a, b) {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return i
  }
  return a.length === b.length ? -1 : length
}

const clip = (bytes, at) => decoder.decode(bytes.subarray(Math.max(0, at - AROUND), at + AROUND))
