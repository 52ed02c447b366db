// Answers that are no streams: what breaks is made good elsewhere and is not seen, and one that was put
// together of a stream is the same as one that was not.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { callers } from './callers.mjs'
import { TEXT, THOUGHTS, USAGE, ends, failure, inTurn, speak, thirds, unseen, whole } from './speech.mjs'
import { stage } from './stage.mjs'

const ARGS = ['{"place":', '"Köln"}']
const second = speak({ id: 'chatcmpl-2', words: thirds(TEXT) })
const assemble = { assemble: true }
const half = { part: 0.5 }

const broken = {
  'a body cut short': (wire) => (wire.whole(whole(), half), wire.close()),
  'a body in chunks cut short': (wire) => (wire.begin('application/json'), wire.chunk(JSON.stringify(whole()), 0.5), wire.close()),
  'a body cut by a RST': async (wire) => (wire.whole(whole(), half), await wire.pause(50), wire.reset()),
  'a body that stalls': (wire) => wire.whole(whole(), half),
  'a body that never begins': (wire) => wire.begin('application/json', { 'content-length': 1000 }),
  'an error for a body': (wire) => wire.whole(failure()),
}
const cases = {}
for (const [name, one] of Object.entries(broken)) {
  cases[name] = { one: async (wire) => one(wire), two: second, idle: /stalls|never/.test(name) ? '1s' : undefined }
}
for (const [name, how] of Object.entries({ cut: 'a FIN within a chunk', silent: 'silence', failing: 'an error event', 'without a finish reason': 'no finish reason, but [DONE]' })) {
  cases[`a stream that is ${name}, assembled`] = { one: speak({ after: 4, end: unseen(ends[how]) }), two: second, provider: assemble, idle: name === 'silent' ? '1s' : undefined }
}
for (const [what, spoken] of Object.entries({ text: {}, 'a tool call': { calls: [ARGS] }, reasoning: { thoughts: THOUGHTS } })) {
  cases[`${what} as it is`] = { one: speak(spoken) }
  cases[`${what}, assembled`] = { one: speak({ ...spoken, split: true }), provider: assemble }
}
const limited = (headers) => (wire) => wire.whole(failure('too many', 'requests'), { status: 429, headers })
Object.assign(cases, {
  'a connection that is closed first': { one: inTurn(async (wire) => wire.close(), speak()) },
  'a connection that is reset first': { one: inTurn(async (wire) => wire.reset(), speak()) },
  'limited for a second': { one: inTurn(async (wire) => limited({ 'retry-after': 1 })(wire), speak()) },
  'a mistake': { one: async (wire) => wire.whole(failure('wrong', 'invalid_request_error'), { status: 400 }) },
  'too dear': { one: speak(), route: { cost_limit: { usd: 0.000001, per: 'request' } } },
  'down': { one: async (wire) => wire.whole(failure(), { status: 500 }) },
})

let s
before(async () => (s = await stage(cases)))
after(() => s?.stop())

function good(got) {
  assert.ifError(got.error)
  assert.equal(got.text, TEXT)
  assert.equal(got.finish, 'stop')
}

/** ways are how an SDK can ask; one of them only streams. */
const ways = (sdk) => ['whole', 'stream'].filter((way) => sdk[way])

describe('whole', { concurrency: 8 }, () => {
  for (const [name, sdk] of Object.entries(callers)) {
    for (const broken of Object.keys(cases).filter((c) => sdk.whole && cases[c].two)) {
      test(`${broken} falls back · ${name}`, async () => {
        const got = await s.ask(broken, sdk, 'whole')
        good(got)
        assert.deepEqual(got.usage, USAGE)
        assert.deepEqual([...got.ids], ['chatcmpl-2'])
        assert.equal(got.asked('two'), 1)
      })
    }

    for (const what of ['text', 'a tool call', 'reasoning'].filter(() => sdk.whole)) {
      test(`${what} is the same, assembled · ${name}`, async () => {
        const [plain, assembled] = await Promise.all([`${what} as it is`, `${what}, assembled`].map((c) => s.ask(c, sdk, 'whole', { tools: what === 'a tool call' })))
        for (const got of [plain, assembled]) {
          assert.ifError(got.error)
          assert.equal(got.text, what === 'a tool call' ? '' : TEXT)
          assert.deepEqual(got.tools, what === 'a tool call' ? [['get_weather', '{"place":"Köln"}']] : [])
          assert.deepEqual(got.usage, USAGE)
        }
        assert.equal(assembled.thoughts, plain.thoughts)
        assert.equal(assembled.finish, plain.finish)
        assert.deepEqual([...assembled.ids], [...plain.ids])
        if (plain.raw) assert.deepEqual({ ...assembled.raw, model: '' }, { ...plain.raw, model: '' })
      })
    }

    for (const way of ways(sdk)) {
      for (const how of ['closed', 'reset']) {
        test(`a connection that is ${how} first, ${way} · ${name}`, async () => {
          const got = await s.ask(`a connection that is ${how} first`, sdk, way)
          good(got)
          assert.equal(got.asked('one'), 2)
          assert.equal(got.requests, 1)
        })
      }

      test(`limited for a second, ${way} · ${name}`, async () => {
        const began = performance.now()
        const got = await s.ask('limited for a second', sdk, way)
        good(got)
        assert.equal(got.asked('one'), 2)
        assert.equal(got.requests, 1)
        assert.ok(performance.now() - began > 900, 'it did not wait')
      })
    }

    // OpenAI's SDKs heed x-should-retry; the others go by the status.
    test(`errors that are not to be retried · ${name}`, async (t) => {
      for (const [what, status, most] of [['a mistake', 400, 1], ['too dear', 429, name.startsWith('openai') ? 1 : 2]]) {
        const got = await s.ask(what, sdk, 'stream', { retries: 1 })
        assert.equal(got.error?.status ?? got.error?.statusCode ?? got.error?.lastError?.statusCode, status)
        assert.ok(got.requests <= most, `${got.requests} requests`)
        t.diagnostic(`${status} with x-should-retry: false · ${name}: ${got.requests} sent`)
      }
      const got = await s.ask('down', sdk, 'stream', { retries: 1 })
      assert.ok(got.requests > 1, 'the SDK retries nothing, so nothing was shown')
    })
  }
})
