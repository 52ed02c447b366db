// A provider on a bare socket: what it sends, byte for byte, and how it ends is up to a script.
import http from 'node:http'

/**
 * raw listens on loopback. scripts say by path ("/case/one") what becomes of a request: script(wire, q),
 * where q has the body of the request, the call it belongs to, if that is known, and as nth the number of
 * the request among those of the same call at the same place, from 1.
 */
export async function raw(scripts, calls) {
  const counts = new Map()
  const server = http.createServer(async (req, res) => {
    const wire = new Wire(req.socket)
    let text = ''
    for await (const piece of req.setEncoding('utf8')) text += piece
    const place = req.url.replace(/\/v1\/.*$/, '')
    const body = JSON.parse(text || '{}')
    const id = named(body)
    const nth = (counts.get(`${place} ${id}`) ?? 0) + 1
    counts.set(`${place} ${id}`, nth)
    if (!scripts[place]) return res.writeHead(404).end()
    await Promise.resolve(scripts[place](wire, { body, nth, call: calls.get(id) })).catch((err) => {
      calls.get(id)?.fail(err)
      wire.reset()
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** asked is how often a call came to a place. */
    asked: (place, id) => counts.get(`${place} ${id}`) ?? 0,
    stop: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())),
  }
}

/** named is the name of the call, which is what it says as the user. */
function named(body) {
  const content = body.messages?.findLast((m) => m.role === 'user')?.content
  return typeof content === 'string' ? content : content?.[0]?.text
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Wire is a connection that has asked. */
class Wire {
  constructor(socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('error', () => {}) // whoever asked may leave
  }

  write(bytes) {
    this.socket.write(bytes)
  }

  /** begin sends status and headers of a body in chunks, unless headers say how long it is. */
  begin(type, headers = { 'transfer-encoding': 'chunked' }, status = 200) {
    const lines = Object.entries({ 'content-type': type, connection: 'close', ...headers }).map(([k, v]) => `${k}: ${v}\r\n`)
    this.write(`HTTP/1.1 ${status} Whatever\r\n${lines.join('')}\r\n`)
  }

  /** chunk sends a chunk of the body, whole unless told how much of it. */
  chunk(text, part = 1) {
    const bytes = Buffer.from(text)
    const framed = Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
    this.write(part === 1 ? framed : framed.subarray(0, Math.floor(framed.length * part)))
  }

  /** trickle sends text in chunks of a few bytes, wherever that cuts it. */
  async trickle(text, size = 7) {
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; at += size) {
      const piece = bytes.subarray(at, at + size)
      this.write(Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]))
      await new Promise(setImmediate)
    }
  }

  /** whole sends a body that is no stream, or only its beginning. */
  whole(body, { status = 200, headers, part = 1 } = {}) {
    const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
    this.begin('application/json', { 'content-length': bytes.length, ...headers }, status)
    this.write(bytes.subarray(0, Math.floor(bytes.length * part)))
  }

  /** end is the proper end of a body in chunks. */
  end() {
    this.write('0\r\n\r\n')
    this.close()
  }

  /** close is a FIN, wherever the body stands. */
  close() {
    this.socket.end()
  }

  /** reset is a RST: what is still under way is lost, on either side. */
  reset() {
    this.socket.resetAndDestroy()
  }

  pause = wait
}

/**
 * Call is one request of an SDK: text is what it has got so far, and seen waits until that is as long as
 * it should be, so that a script breaks off neither too early nor too late.
 */
export class Call {
  text = ''
  #waiting = []
  failed = null

  constructor(id) {
    this.id = id
  }

  got(piece) {
    this.text += piece
    for (const { length, resolve } of this.#waiting) if (this.text.length >= length) resolve()
  }

  seen(length) {
    if (this.text.length >= length) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${this.id}: the caller has ${JSON.stringify(this.text)} only`)), 20_000).unref()
      this.#waiting.push({ length, resolve: () => (clearTimeout(timer), resolve()) })
    })
  }

  fail(err) {
    this.failed ??= err
  }

  requests = 0
  sse = ''

  /** fetch is what the SDK asks with: it counts, adds header, and with watch it keeps the bytes of answers. */
  fetch(watch, header = {}) {
    return async (...args) => {
      this.requests++
      const request = new Request(...args)
      for (const [name, value] of Object.entries(header)) request.headers.set(name, value)
      const answer = await fetch(request)
      if (!watch) return answer
      const decoder = new TextDecoder()
      const copy = new TransformStream({
        transform: (bytes, out) => {
          this.sse += decoder.decode(bytes, { stream: true })
          out.enqueue(bytes)
        },
      })
      return new Response(answer.body.pipeThrough(copy), { status: answer.status, headers: answer.headers })
    }
  }
}
