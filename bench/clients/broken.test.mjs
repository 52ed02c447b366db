// Streams that break off and that nobody goes on with: whoever reads them is told so, in whichever SDK. What
// had come is there, and nothing else; a tool call is whole or none.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { callers } from './callers.mjs'
import { THOUGHTS, WORDS, cuts, ends, failure, heard, speak } from './speech.mjs'
import { slug, stage } from './stage.mjs'

const HALF = 4
const FIRST = WORDS.slice(0, HALF).join('')
const ARGS = ['{"pla', 'ce":"K', 'öln"}']
const off = { resume: 'off' }

const cases = {}
for (const [how, end] of Object.entries(cuts)) {
  const idle = how === 'silence' ? '1s' : undefined
  cases[`cut by ${how}`] = { one: speak({ after: HALF, end }), two: speak(), routing: off, idle }
  cases[`cut by ${how}, alone`] = { one: speak({ after: HALF, end }), idle }
  cases[`a tool call cut by ${how}`] = { one: speak({ calls: [ARGS], after: 2, end }), two: speak({ calls: [ARGS] }), idle }
  cases[`a second tool call cut by ${how}`] = { one: speak({ calls: [ARGS, ARGS], after: 5, end }), two: speak({ calls: [ARGS, ARGS] }), idle }
  cases[`a tool call behind text cut by ${how}`] = { one: speak({ words: WORDS, calls: [ARGS], after: WORDS.length + 2, end }), two: speak({ words: WORDS, calls: [ARGS] }), idle }
  cases[`a tool call that lacks only its end, cut by ${how}`] = { one: speak({ calls: [ARGS], end }), two: speak({ calls: [ARGS] }), idle }
}
cases['another text'] = { one: speak({ after: HALF, end: ends['a RST'] }), two: speak({ id: 'chatcmpl-2', words: ['One ', 'größerer ', 'Apfel.'] }) }
cases['another reasoning'] = { one: speak({ thoughts: THOUGHTS, after: 2, end: ends['a RST'] }), two: speak({ id: 'chatcmpl-2', thoughts: ['Let ', 'us.'] }) }
cases['another text, shorter'] = { one: speak({ after: HALF, end: ends['an error event'] }), two: speak({ id: 'chatcmpl-2', words: WORDS.slice(0, 2) }) }

const error = `data: ${JSON.stringify(failure())}\n\n`
const both = heard((wire) => (wire.chunk(error), wire.close()))
const signs = {
  'error event and broken connection': both,
  'error event only': heard((wire) => (wire.chunk(error), wire.end())),
  'error event, then [DONE]': heard((wire) => (wire.chunk(`${error}data: [DONE]\n\n`), wire.end())),
  'broken connection only': ends['a FIN within a chunk'],
  'broken connection only, connection: close': ends['a FIN within a chunk'],
  'error event and broken connection, connection: close': both,
  'error event and malformed chunk, connection: close': heard((wire) => (wire.chunk(error), wire.write('x\r\n'), wire.close())),
  'end without finish reason or [DONE]': ends['no finish reason'],
  '[DONE] without finish reason': ends['no finish reason, but [DONE]'],
}
for (const [how, end] of Object.entries(signs)) {
  const headers = { connection: how.includes('close') ? 'close' : 'keep-alive' }
  cases[how] = { one: speak({ after: HALF, end, headers }) }
  cases[`tool call: ${how}`] = { one: speak({ calls: [ARGS], after: 2, end, headers }) }
}

let s
before(async () => (s = await stage(cases)))
after(() => s?.stop())

/** raised: the SDK told of an error, and of no end. */
function raised(got) {
  assert.ok(got.error, `ended as if all were well, with ${JSON.stringify(got.text)}`)
  assert.ok(got.finish === null || got.finish === 'error' || got.finish === 'other', `finish reason ${got.finish}`)
  for (const call of got.tools) assert.deepEqual(call, ['get_weather', ARGS.join('')], 'a tool call that is not whole')
}

describe('broken', { concurrency: 8 }, () => {
  for (const [name, sdk] of Object.entries(callers)) {
    for (const how of Object.keys(cuts)) {
      for (const alone of ['', ', alone']) {
        test(`cut by ${how}${alone} · ${name}`, async () => {
          const got = await s.ask(`cut by ${how}${alone}`, sdk, 'stream')
          raised(got)
          assert.equal(got.text, FIRST)
          assert.equal(got.asked('two'), 0, 'somebody else was asked')
        })
      }

      for (const [what, whole] of [['a tool call', 0], ['a second tool call', 1], ['a tool call behind text', 0], ['a tool call that lacks only its end,', 1]]) {
        test(`${what} cut by ${how} · ${name}`, async () => {
          const got = await s.ask(`${what} cut by ${how}`, sdk, 'stream', { tools: true })
          raised(got)
          assert.ok(got.tools.length <= whole, `${got.tools.length} tool calls`)
          assert.equal(got.text, what.includes('text') ? WORDS.join('') : '')
          assert.equal(got.asked('two'), 0, 'somebody else was asked')
        })
      }
    }

    // Which of the two signs it is that an SDK heeds: strowger gives both, an error event and then a broken
    // connection. Some heed the first only, and some end a call whose arguments are half there, and run it,
    // where the connection does not break.
    test(`the signs of a cut · ${name}`, async (t) => {
      for (const [how, end] of Object.entries(signs)) {
        const got = await s.ask(how, sdk, 'stream', { direct: true })
        const kind = got.error?.constructor === Object ? got.error.name ?? 'an object' : got.error?.constructor?.name
        t.diagnostic(`${how} · ${name}: ${got.error ? `raises ${kind}` : `ends, ${got.finish}`}`)
        const call = await s.ask(`tool call: ${how}`, sdk, 'stream', { direct: true, tools: true })
        t.diagnostic(`tool call: ${how} · ${name}: ${call.error ? 'raises' : `ends, ${call.finish}`}${call.tools.map(([, args]) => `, calls with ${args}`)}`)
        assert.ok(got.error && call.error && call.tools.length === 0 || how !== 'error event and broken connection', 'both signs are not enough')
      }
    })

    for (const [how, text] of [['another text', FIRST], ['another text, shorter', FIRST], ['another reasoning', '']]) {
      test(`ends at ${how} · ${name}`, async () => {
        const got = await s.ask(how, sdk, 'stream')
        raised(got)
        assert.equal(got.text, text)
        assert.equal(got.asked('two'), 1)
      })
    }
  }

  // The bytes that all of them get.
  test('an error event, no [DONE], and a connection that breaks', async () => {
    const answer = await fetch(`${s.url}/${slug('cut by silence')}/chat/completions`, {
      method: 'POST', body: JSON.stringify({ model: `acme/${slug('cut by silence')}`, stream: true, messages: [{ role: 'user', content: 'hello' }] }),
    })
    let text = ''
    await assert.rejects(async () => {
      for await (const bytes of answer.body.pipeThrough(new TextDecoderStream())) text += bytes
    }, /terminated/)
    const events = text.split('\n\n').filter(Boolean)
    assert.equal(typeof JSON.parse(events.at(-1).replace('data: ', '')).error.message, 'string')
    assert.ok(!text.includes('[DONE]'))
  })
})
