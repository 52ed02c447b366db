// What real providers have streamed, cut in the middle and begun anew elsewhere: an SDK makes the same of it
// as of the stream that was not cut, or is told of the cut. The recordings lie beside the project and not in
// it: in STROWGER_SHARED or, seen from the project, in ../shared.
import assert from 'node:assert/strict'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { callers } from './callers.mjs'
import { stage } from './stage.mjs'

const shared = process.env.STROWGER_SHARED ?? fileURLToPath(new URL('../../../shared', import.meta.url))
const corpus = join(shared, 'corpus')

/** recordings are the streams of chat completions that came to an end, in their events. */
async function recordings() {
  const found = []
  for (const provider of await readdir(corpus).catch(() => [])) {
    const folder = join(corpus, provider, 'openai.chat')
    for (const file of await readdir(folder).catch(() => [])) {
      const { id, response } = JSON.parse(await readFile(join(folder, file), 'utf8'))
      const events = response?.sse?.split(/(?<=\r?\n\r?\n)/) ?? []
      if (response?.status === 200 && /"finish_reason": ?"/.test(response.sse ?? '')) found.push({ id, events })
    }
  }
  return found
}

const told = /"(content|reasoning|reasoning_content|arguments)": ?"[^"]/

/** half is the stream up to the middle of what it tells. */
function half(events) {
  const telling = events.flatMap((e, i) => (told.test(e) ? [i] : []))
  return telling.length > 1 ? events.slice(0, telling[telling.length >> 1]) : []
}

const send = (events, end) => async (wire) => {
  wire.begin('text/event-stream')
  for (const event of events) wire.chunk(event)
  end(wire)
}
/** anew is an event of the same answer when it is given another time: only the id differs. */
const anew = (event) => event.replace(/"id": ?"(?!call|toolu|fc)[^"]+"/, '"id":"given-anew"')

const cases = {
  whole: { one: (wire, q) => send(q.call.about.events, (w) => w.end())(wire) },
  cut: {
    one: (wire, q) => send(half(q.call.about.events), (w) => w.close())(wire),
    two: (wire, q) => send(q.call.about.events.map(anew), (w) => w.end())(wire),
  },
}

let s
let all
before(async () => {
  all = (await recordings()).filter((r) => half(r.events).length > 0)
  s = await stage(cases)
})
after(() => s?.stop())

const summary = ({ text, thoughts, begun, tools, finish }) => ({ text, thoughts, begun, tools, finish })

describe('recorded', { concurrency: 3 }, () => {
  for (const name of ['openai', '@ai-sdk/openai-compatible', '@openrouter/sdk', 'openai-go']) {
    test(`recorded streams, cut and begun anew · ${name}`, async (t) => {
      if (all.length === 0) return t.skip(`no recorded streams in ${corpus}: set STROWGER_SHARED`)
      const sdk = callers[name]
      const seen = { same: 0, told: 0, unreadable: 0 }
      for (const about of all) {
        const whole = await s.ask('whole', sdk, 'stream', { direct: true, about, tools: true })
        const got = await s.ask('cut', sdk, 'stream', { about, tools: true })
        if (process.env.VERBOSE) console.error(name, about.id, got.error?.message ?? 'same', whole.error?.message ?? '')
        if (whole.error) {
          seen.unreadable++ // this SDK does not read that provider, cut or not
        } else if (got.error) {
          seen.told++
          assert.ok(whole.text.startsWith(got.text) && whole.thoughts.startsWith(got.thoughts) && !got.finish?.match(/stop|tool|length/), about.id)
        } else {
          seen.same++
          assert.deepEqual(summary(got), summary(whole), about.id)
          assert.deepEqual([...got.ids], [...whole.ids], about.id)
        }
      }
      t.diagnostic(`recorded streams, cut · ${name}: ${seen.same} the same, ${seen.told} told, ${seen.unreadable} unreadable anyway`)
      assert.ok(seen.same > 0)
    })
  }
})
