// Some providers repeat the key that they refuse, under whatever status, and their words go to the caller and into the
// report. So what a provider says is read without the secrets that it was told.

import { joined } from './request.mjs'

const SHORTEST = 8 // what is shorter than a secret ever is would blank out words
const MARK = new TextEncoder().encode('…')
const NOTHING = new Uint8Array(0)

// A letter for each byte, whatever it is.
const decoder = new TextDecoder('latin1')
const letters = (bytes) => decoder.decode(bytes)
const bytewise = (text) => letters(new TextEncoder().encode(text))

/** Redactor takes secrets out of bytes that come in pieces, as they are and as JSON may write them. */
export class Redactor {
  #secrets
  #held = NOTHING // the end of what came, with which a secret may begin

  /** @param {string[]} secrets of "Bearer KEY" the key alone, too */
  constructor(secrets) {
    const parts = new Set(secrets.flatMap((s) => [s, ...s.split(/\s+/)]).filter((s) => s.length >= SHORTEST))
    this.#secrets = [...parts].sort((a, b) => b.length - a.length).map((part) => new Secret(part))
  }

  /** data takes the next bytes and gives those that can go on. @param {Uint8Array} bytes @returns {Uint8Array} */
  data(bytes) {
    return this.#clean(bytes, false)
  }

  /** end gives what was held back, since no more comes. @returns {Uint8Array} */
  end() {
    return this.#held.length === 0 ? NOTHING : this.#clean(NOTHING, true)
  }

  #clean(bytes, last) {
    if (this.#secrets.length === 0) return bytes
    const all = this.#held.length === 0 ? bytes : joined([this.#held, bytes])
    const text = letters(all)
    const clean = []
    let from = 0
    const end = () => (last ? text.length : this.#begun(text, from))
    for (let found; (found = this.#find(text, from)) && end() > found.at; from = found.end) {
      clean.push(all.subarray(from, found.at), MARK)
    }
    this.#held = all.slice(end())
    clean.push(all.subarray(from, end()))
    return clean.length === 1 ? clean[0] : joined(clean)
  }

  /** #find is the first secret in text, the longest there: {at, end}. */
  #find(text, from) {
    let first
    for (const secret of this.#secrets) {
      const found = secret.find(text, from)
      if (found && (!first || found.at < first.at)) first = found
    }
    return first
  }

  /** #begun is where a secret begins of which the rest may be still to come; the end of text if none does. */
  #begun(text, from) {
    return Math.min(...this.#secrets.map((secret) => secret.begun(text, from)))
  }
}

const PARTLY = -2
const NOT = -1
const LONGEST = 14 // letters that JSON may write for one

class Secret {
  #plain
  #forms // of each letter: as it is, and as JSON may escape it
  #escape // without which no letter of it is escaped
  #last // letters with which a piece can end in the middle of this secret
  #most // letters

  constructor(secret) {
    this.#plain = bytewise(secret)
    this.#forms = [...secret].map((letter) => {
      const hex = Array.from({ length: letter.length }, (_, i) => letter.charCodeAt(i).toString(16).padStart(4, '0'))
      const short = '"\\/'.includes(letter) ? [`\\${letter}`] : []
      const escaped = [...short, `\\u${hex.join('\\u')}`, `\\u${hex.join('\\u').replace(/[a-f]/g, (d) => d.toUpperCase())}`]
      const twice = escaped.map((form) => form.replaceAll('\\', '\\\\')) // JSON in a string of JSON
      return [...twice, ...escaped, bytewise(letter)]
    })
    this.#escape = /^[\x20-\x7e]+$/.test(secret) && !/["\\/]/.test(secret) ? '\\u00' : '\\'
    this.#last = new Set(`${this.#plain}\\u0123456789abcdefABCDEF`)
    this.#most = this.#forms.reduce((sum, forms) => sum + Math.max(...forms.map((f) => f.length)), 0)
  }

  find(text, from) {
    if (!text.includes(this.#escape)) {
      const at = text.indexOf(this.#plain, from)
      return at < 0 ? undefined : { at, end: at + this.#plain.length }
    }
    for (let at = from; at < text.length; at++) {
      const end = this.#match(text, at)
      if (end >= 0) return { at, end }
    }
    return undefined
  }

  begun(text, from) {
    if (!this.#last.has(text.at(-1))) return text.length
    for (let at = Math.max(from, text.length - this.#most + 1); at < text.length; at++) {
      if (this.#match(text, at) === PARTLY) return at
    }
    return text.length
  }

  /** #match is where the secret ends that begins there; PARTLY if text ends before, NOT if it is none. */
  #match(text, at) {
    if (text[at] !== this.#plain[0] && text[at] !== '\\') return NOT
    for (const forms of this.#forms) {
      const form = forms.find((f) => text.startsWith(f, at))
      if (form === undefined && text.length - at > LONGEST) return NOT
      if (form === undefined) return forms.some((f) => f.startsWith(text.slice(at, at + f.length))) ? PARTLY : NOT
      at += form.length
    }
    return at
  }
}
