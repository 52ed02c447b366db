// What is taken out of an answer, and that nothing else is.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Redactor } from '../redact.mjs'

const encoder = new TextEncoder()

/** redacted is a text as it comes out when it goes in by pieces of that many bytes. */
function redacted(text, size, secrets) {
  const redactor = new Redactor(secrets)
  const bytes = encoder.encode(text)
  const out = []
  for (let at = 0; at < bytes.length; at += size) {
    out.push(...redactor.data(bytes.subarray(at, at + size)))
  }
  out.push(...redactor.end())
  return new TextDecoder().decode(new Uint8Array(out))
}

/** escaped is a text of which JSON writes every nth letter by its number. */
const escaped = (text, n) => [...text].map((c, i) => (i % n ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)).join('')

const SECRETS = ['sk-sk-or/key"1234', 'Bearer äöü-private-ß', 'sk-sk-or']

for (const size of [1, 2, 3, 7, 1000]) {
  test(`secrets are taken out of pieces of ${size} bytes, and nothing else`, () => {
    for (const secret of ['sk-sk-or/key"1234', 'äöü-private-ß', 'sk-sk-or']) {
      const json = JSON.stringify(secret).slice(1, -1)
      for (const form of [secret, json, json.replaceAll('/', '\\/'), escaped(secret, 1), escaped(secret, 2), JSON.stringify(escaped(secret, 2).replace('"', '\\"')).slice(1, -1), escaped(secret, 1).replace(/[0-9a-f]{4}/g, (d) => d.toUpperCase())]) {
        assert.equal(redacted(`sk-sk-${form}, ${form}`, size, SECRETS), 'sk-sk-…, …', form)
      }
    }
    assert.equal(redacted('sk-sk-or/key', size, SECRETS), '…/key')
    const text = `data: {"sk-sk-o": "\\u0073k-sk\\n \\" äö – sk-sk-o"}\n\nsk-sk-`
    assert.equal(redacted(text, size, SECRETS), text)
  })
}

test('an event that is whole is not held back', () => {
  const redactor = new Redactor(SECRETS)
  const event = encoder.encode('data: {"delta":"sk-sk-"}\n\n')
  assert.equal(redactor.data(event).length, event.length)
})

test('what is too short to be a secret stays', () => {
  assert.equal(redacted('to be or not', 3, ['Basic or', 'to be']), 'to be or not')
})
