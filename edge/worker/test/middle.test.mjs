// What goes wrong in the middle of an answer, in workerd: a provider that breaks off, and an instance that fails.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'

import { catalogOf, chunk, provider, read, ROOT, stub, user } from './rig.mjs'
import { deployment, start } from './workerd.mjs'

let sim
before(async () => (sim = await provider()))
after(() => sim.stop())

const REAL = readFileSync(join(ROOT, 'edge/worker/main.mjs'), 'utf8')

/** RUINABLE is a main whose first instance POST /ruin makes trap at its next call. */
const RUINABLE = `
import module from './strowger.wasm'
import { worker } from './worker.mjs'
export { Ledger } from './ledger.mjs'
const Real = WebAssembly.Instance
let first
WebAssembly.Instance = function (...args) {
  const instance = new Real(...args)
  first ??= instance
  return instance
}
const real = worker(module)
export default {
  async fetch(request, env, ctx) {
    if (!request.url.endsWith('/ruin')) return real.fetch(request, env, ctx)
    new Uint8Array(first.exports.memory.buffer).fill(0xff)
    return new Response('ruined')
  },
}
`
const parrot = (content, more) => ({ model: 'acme/parrot', messages: user(content), max_tokens: 50, stream: true, ...more })
const served = (providers) => deployment(JSON.parse(catalogOf(providers)))

/** asked is what the SDK of a schema is told: the head of the answer, and its text. */
const asked = {
  openai: async (url, request) => {
    const gpt = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
    const { data, response } = await gpt.chat.completions.create(request).withResponse()
    let text = ''
    for await (const { choices } of data) text += choices[0]?.delta.content ?? ''
    return { response, text }
  },
  anthropic: async (url, request) => {
    const claude = new Anthropic({ baseURL: url, apiKey: 'none', maxRetries: 0 })
    const { data, response } = await claude.messages.create(request).withResponse()
    let text = ''
    for await (const event of data) text += event.delta?.text ?? ''
    return { response, text }
  },
}

for (const schema of ['openai', 'anthropic']) {
  test(`an answer that breaks off in the middle is completed by another provider: ${schema}`, async (t) => {
    const cut = await stub(t, (req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.write(chunk('so it '), () => res.socket.destroy())
    })
    const w = await start(t, { document: served({ one: { base_url: cut.url }, two: { base_url: `${sim.url}/v1` } }), main: REAL })
    const { response, text } = await asked[schema](w.url, parrot('sim: text="so it goes on"\nhi'))
    assert.equal(response.headers.get('x-strowger-provider'), 'one') // whose words had gone out already
    assert.equal(text, 'so it goes on')
    assert.equal(cut.asked.length, 1)
  })
}

for (const [path, words] of [['/v1/chat/completions', /data: \{"error":\{"message":"a bug in strowger/], ['/v1/messages', /event: error\ndata: \{"type":"error"/]]) {
  test(`an instance that fails in the middle of an answer breaks it off with an error, and the next is served: ${path}`, async (t) => {
    let go
    const held = await stub(t, (req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunk('hello'))
      go = () => res.write(chunk('more'))
    })
    const other = { base_url: `${sim.url}/v1` }
    const w = await start(t, { document: served({ one: { base_url: held.url }, two: other }), main: RUINABLE })
    const response = await w.ask(path, parrot('hi'))
    assert.equal(response.headers.get('x-strowger-provider'), 'one')
    assert.equal(await (await w.ask('/ruin')).text(), 'ruined')
    go()
    const { said } = await read(response) // whose end tells nothing: workerd ends a body that has failed as if it were whole
    assert.match(said, /hello/)
    assert.match(said, words)
    assert.doesNotMatch(said, /\[DONE\]|message_stop/)
    await held.asked[0].closed
    const next = await w.ask(path, parrot('sim: text="so it goes"\nhi', { stream: false, provider: { only: ['two'] } }))
    assert.match(await next.text(), /so it goes/)
    assert.equal((await w.state()).instances, 1)
  })
}

test('a provider that is not there is tried once', async (t) => {
  const gone = await stub(t, () => {})
  await gone.stop()
  const w = await start(t, { document: served({ one: { base_url: gone.url } }), main: REAL })
  const response = await w.ask('/v1/chat/completions', parrot('hi'))
  assert.equal(response.status, 502)
  assert.match((await response.json()).error.message, /the connection was refused, or lost/)
  assert.equal(response.headers.get('x-strowger-attempts'), '1')
})
