// A caller's answer: whole where it comes at once, else a stream that is written as it comes and is not let grow
// while its caller is slow.

import { joined } from './request.mjs'

const ROOM = 64 << 10 // bytes that may wait for a slow caller

/** Answer is the response to one request, in the making. */
export class Answer {
  /** @type {Promise<Response>} */
  response
  #respond
  #left
  #head
  #queue = []
  #size = 0
  #end = '' // or whole, or cut
  #stream // its controller
  #wanted = false // somebody reads and has nothing
  #gone = false
  #waiting // for room

  /** @param {() => void} left is called when the caller stops reading */
  constructor(left) {
    this.#left = left
    this.response = new Promise((respond) => (this.#respond = respond))
  }

  /** begun says that the head of the answer is on its way, and cannot be taken back. */
  begun = false

  /** streams says that what has begun are server-sent events. */
  get streams() {
    return this.begun && (this.#head.headers.get('content-type') ?? '').startsWith('text/event-stream')
  }

  /** full says that as much is waiting for the caller as may. */
  get full() {
    return this.#size > ROOM
  }

  /** room is fulfilled when the caller has taken enough, or is gone. @returns {Promise<void>} */
  room() {
    return new Promise((resolve) => (this.#waiting = resolve))
  }

  /** reply is how the answer begins. @param {[string, string][]} pairs */
  reply(status, pairs) {
    const headers = new Headers()
    for (const [name, value] of pairs) headers.set(name, value)
    if (headers.get('content-type')?.startsWith('text/event-stream')) {
      headers.set('x-accel-buffering', 'no') // proxies in front are not to hold events back
    }
    this.#head = { status, headers }
  }

  write(bytes) {
    if (this.#gone || bytes.length === 0) return
    this.#queue.push(bytes)
    this.#size += bytes.length
  }

  /** flush sends what was written. */
  flush() {
    if (!this.#head || this.#gone) return
    if (this.begun) {
      this.#give()
      return
    }
    this.begun = true
    if (this.#end === 'whole') {
      const body = joined(this.#queue)
      this.#head.headers.set('content-length', String(body.length))
      this.#respond(new Response(body, this.#head))
      return
    }
    this.#respond(new Response(this.#body(), this.#head))
  }

  /** finish ends the answer: whole, or so that nobody takes it for complete. */
  finish(cut) {
    this.#end = cut ? 'cut' : 'whole'
    this.flush()
  }

  /** instead answers with another response, where none has begun. @param {Promise<Response>} response */
  instead(response) {
    this.#gone = true
    this.#respond(response)
  }

  /** abandon ends an answer that nobody is waiting for. */
  abandon() {
    this.#gone = true
    this.#queue = []
    this.#size = 0
    this.#waiting?.()
    if (!this.begun) this.#respond(new Response(null, { status: 499 }))
    else if (this.#end === '') this.#fail()
  }

  #fail() {
    try {
      this.#stream?.error(new Error('the answer ended in the middle'))
    } catch {
      // it has been cancelled
    }
  }

  // Nothing is put into the stream before it is asked for: breaking it off would take away what waits in it.
  #body() {
    return new ReadableStream(
      {
        start: (controller) => {
          this.#stream = controller
        },
        pull: () => {
          this.#wanted = true
          this.#give()
        },
        cancel: () => {
          this.abandon()
          this.#left()
        },
      },
      { highWaterMark: 0 },
    )
  }

  #give() {
    if (!this.#wanted) return
    const next = this.#queue.shift()
    if (next) {
      this.#wanted = false
      this.#size -= next.length
      this.#stream.enqueue(next)
      if (!this.full) this.#waiting?.()
    } else if (this.#end === 'cut') this.#fail()
    else if (this.#end === 'whole') {
      this.#wanted = false
      this.#stream.close()
    }
  }
}
