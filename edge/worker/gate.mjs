// How much of large bodies and answers there may be at once. A Worker has 128 MB for all it does; a body is held several
// times while it is read and decided on, and an answer that is no stream until all of it is there.

const SMALL = 256 << 10 // bytes; what is no larger is let in without being counted
const LONGEST_WAIT = 10_000 // milliseconds
const MOST_WAITING = 64

/** Gate lets in as many bytes as fit; others wait, in their order. */
export class Gate {
  #most
  #room
  #waiting = []

  /** @param {number} most bytes at once */
  constructor(most) {
    this.#most = this.#room = most
  }

  /** resize changes how many fit. */
  resize(most) {
    this.#room += most - this.#most
    this.#most = most
    this.#admit()
  }

  /**
   * enter is fulfilled with keep, which gives back all but so many bytes, nothing in the end; or with undefined if there
   * was no room in time.
   * @param {number} size @returns {Promise<((size: number) => void) | undefined>}
   */
  async enter(size) {
    if (size <= SMALL) return () => {}
    if (this.#waiting.length > 0 || size > this.#room) {
      if (this.#waiting.length >= MOST_WAITING || !(await this.#turn(size))) return undefined
    } else this.#room -= size
    let held = size
    return (size) => {
      const less = held - (size <= SMALL ? 0 : size)
      if (less <= 0) return
      held -= less
      this.#room += less
      this.#admit()
    }
  }

  #turn(size) {
    return new Promise((resolve) => {
      const one = { size, resolve }
      this.#waiting.push(one)
      one.timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(one), 1)
        resolve(false)
        this.#admit() // it may have stood in front of smaller ones
      }, LONGEST_WAIT)
    })
  }

  #admit() {
    while (this.#waiting.length > 0 && this.#waiting[0].size <= this.#room) {
      const { size, resolve, timer } = this.#waiting.shift()
      clearTimeout(timer)
      this.#room -= size
      resolve(true)
    }
  }
}

/** Held is what one exchange holds of provider's answers: nothing when the caller is given them as they come. */
export class Held {
  #gate
  #most
  #keep
  #streams = false

  /** @param {Gate} gate @param {number} most bytes of one answer */
  constructor(gate, most) {
    this.#gate = gate
    this.#most = most
  }

  /** streams says that the caller's answer has begun, as a stream: from now on nothing is gathered. */
  streams() {
    this.#streams = true
    this.leave()
  }

  leave() {
    this.#keep?.(0)
    this.#keep = undefined
  }

  /**
   * bounded is as much of a response as an attempt reads, with a body that goes on beyond a small size only when the gate
   * has let it in, or nothing is gathered. One that does not say how long it is, or comes compressed, may be of any size
   * that is read. What kind of content the provider says it is tells nothing: events may be gathered, too.
   * @param {Response} response
   */
  bounded(response) {
    const { status, ok, headers, body } = response
    const length = headers.get('content-encoding') ? NaN : Number(headers.get('content-length') ?? NaN)
    if (!ok || !body || length <= SMALL) return response
    const size = Number.isNaN(length) ? this.#most : Math.min(length, this.#most)
    const getReader = () => this.#reader(body.getReader(), size)
    return { status, ok, headers, body: { getReader, cancel: () => body.cancel() } }
  }

  #reader(reader, most) {
    let size = 0
    const read = async () => {
      if (size > SMALL && !this.#streams && !this.#keep) await this.#enter(most)
      const part = await reader.read()
      size += part.value?.length ?? 0
      return part
    }
    return { read, cancel: () => reader.cancel() }
  }

  async #enter(size) {
    const keep = await this.#gate.enter(size)
    if (!keep) throw new Error('too many large answers at once')
    if (this.#streams) keep(0)
    else this.#keep = keep
  }
}
