// Streams that break off and go on elsewhere, or never show that they broke off: to whoever reads them they
// are one answer, to the character, with one id and one end.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { callers } from './callers.mjs'
import { TEXT, THOUGHTS, USAGE, WORDS, ends, finished, goesOn, inTurn, speak, thirds, unseen } from './speech.mjs'
import { slug, stage } from './stage.mjs'

const HALF = 4
const cut = ends['a FIN within a chunk']
const second = (more) => speak({ id: 'chatcmpl-2', words: thirds(TEXT), ascii: true, ...more })
const prefill = { prefill: true }
const ARGS = ['{"place":', '"Köln"}']
const other = ['One ', 'größerer ', 'Apfel.']

const cases = {}
for (const how of ['a FIN within a chunk', 'a RST', 'silence', 'an error event', 'no finish reason, but [DONE]']) {
  const idle = how === 'silence' ? '1s' : undefined
  cases[`replay behind ${how}`] = { one: speak({ after: HALF, end: ends[how] }), two: second(), idle }
}
Object.assign(cases, {
  'replay behind one word': { one: speak({ after: 1, end: cut }), two: second() },
  'replay behind all words': { one: speak({ end: cut }), two: second() },
  'replay in bytes': { one: speak({ after: HALF, end: cut, split: true }), two: second({ split: true }) },
  'replay by another model': { one: speak({ after: HALF, end: cut }), other: second() },
  'replay behind reasoning': { one: speak({ after: 2, thoughts: THOUGHTS, end: cut }), two: second({ thoughts: thirds(THOUGHTS.join('')) }) },
  'replay behind reasoning and text': { one: speak({ after: 6, thoughts: THOUGHTS, end: cut }), two: second({ thoughts: ['Something ', 'else.'] }) },
  'replay of three': { one: speak({ after: 2, end: cut }), two: second({ after: 7, end: cut }), other: speak({ id: 'chatcmpl-3' }) },
  'prefill elsewhere': { one: speak({ after: HALF, end: cut }), two: goesOn(), endpoint: prefill, routing: { resume: 'prefill' } },
  'prefill by the same': { one: inTurn(speak({ after: HALF, end: cut }), goesOn()), endpoint: prefill },
  'prefill in bytes': { one: speak({ after: HALF, end: cut, split: true }), two: goesOn(), endpoint: prefill, routing: { resume: 'prefill' } },
  'prefill behind reasoning and text': { one: speak({ after: 6, thoughts: THOUGHTS, end: cut }), two: goesOn(), endpoint: prefill, routing: { resume: 'prefill' } },
  'replay in one piece with its end': { one: speak({ after: HALF, end: cut }), two: second({ words: [TEXT], joined: true }) },
  'replay that goes on to a tool call': { one: speak({ words: WORDS, calls: [ARGS], after: HALF, end: cut }), two: second({ calls: [ARGS] }) },
  'no replay where only [DONE] is missing': { one: speak({ end: finished }), two: second() },
  'hold of tokens': { one: speak({ words: other, after: 2, end: unseen(cut) }), two: second(), routing: { hold: { tokens: 40 } } },
  'hold of tokens that are there': { one: speak({ after: 8, end: cut }), two: second(), routing: { hold: { tokens: 2 } } },
  'hold of time': { one: speak({ words: other, after: 2, end: unseen(cut) }), two: second(), routing: { hold: { for: '5s' } } },
  'hold of time that is over': { one: speak({ after: 2, end: cut }), two: second(), routing: { hold: { for: '50ms' } } },
  'hold of the whole': { one: speak({ words: other, end: unseen(ends['an error event']) }), two: second(), routing: { hold: 'whole' } },
  'hold asked for': { one: speak({ words: other, end: unseen(cut) }), two: second() },
  'hold of a whole tool call': { one: speak({ calls: [['{"pla', 'ce":']], end: unseen(cut) }), two: speak({ id: 'chatcmpl-2', calls: [ARGS] }), routing: { hold: 'whole' } },
  'comments in the middle': { one: speak({ lines: ': one\n\n:\n\n: OPENROUTER PROCESSING\n\n' }) },
  'comments in bytes': { one: speak({ lines: ': one\r\n\r\n:two\n\n', split: true }) },
})

/** directives are what a request asks for itself. */
const directives = { 'hold asked for': { hold: 'whole' } }
const tools = (name) => (name.endsWith('tool call') ? [['get_weather', ARGS.join('')]] : [])
const textless = 'hold of a whole tool call'
const thoughts = (name) => (name.includes('reasoning') ? THOUGHTS.join('') : '')
const model = (name) => `acme/${slug(name)}`

/** models are those that chunks name, in turn. */
const models = {
  'replay by another model': [model('replay by another model'), model('replay by another model-other')],
  'replay of three': [model('replay of three'), model('replay of three-other')],
}
const attempts = (name) => (/^comments|^no /.test(name) ? 1 : name === 'replay of three' ? 3 : 2)
const ids = (name) => (name.startsWith('hold') && !name.includes(' that ') ? ['chatcmpl-2'] : ['chatcmpl-1'])
const seen = (single) => ({ first: [0, 1], last: [-1] })[single] ?? []

let s
before(async () => (s = await stage(cases)))
after(() => s?.stop())

describe('resumed', { concurrency: 8 }, () => {
  for (const [sdk, caller] of Object.entries(callers)) {
    for (const name of Object.keys(cases)) {
      test(`one answer: ${name} · ${sdk}`, async () => {
        const got = await s.ask(name, caller, 'stream', { usage: true, tools: tools(name).length > 0, directives: directives[name] })
        assert.ifError(got.error)
        assert.equal(got.text, name === textless ? '' : TEXT)
        assert.deepEqual(got.tools, tools(name))
        assert.match(got.finish, tools(name).length > 0 ? /^tool.calls$/ : /^stop$/)
        assert.deepEqual(got.usage, name.startsWith('no replay') ? null : USAGE)
        assert.deepEqual([...got.ids], ids(name))
        assert.equal(got.thoughts, caller.thoughtless ? '' : thoughts(name))
        assert.deepEqual(got.models, (models[name] ?? [model(name)]).slice(...seen(caller.single)))
        assert.equal(got.asked('one') + got.asked('two') + got.asked('other'), attempts(name), 'requests to providers')
      })
    }
  }
})
