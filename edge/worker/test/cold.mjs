// How long the Worker takes to begin in workerd: JSON on standard output. node worker/test/cold.mjs [runs]
//
// workerd is started anew for each number, with the Worker and with one that does nothing; its clock stands still while
// it computes, so that all is measured from outside.
import { createServer } from 'node:http'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

import { local } from './miniflare.mjs'
import { catalogOf } from './rig.mjs'
import { deployment, modules } from './workerd.mjs'

const runs = Number(process.argv[2] ?? 10)

const provider = createServer((req, res) => {
  req.resume().on('end', () => {
    res.setHeader('content-type', 'application/json')
    res.end('{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}')
  })
})
await new Promise((resolve) => provider.listen(0, '127.0.0.1', resolve))
const catalog = JSON.parse(catalogOf({ one: { base_url: `http://127.0.0.1:${provider.address().port}/v1` } }))
const document = JSON.stringify(deployment(catalog))

const WITH = `
import module from './strowger.wasm'
import document from './strowger.json'
import { worker } from './worker.mjs'
export default worker(module, { document })`
const EMPTY = "export default { fetch: () => new Response('{}') }"
const ANEW = `
import module from './strowger.wasm'
import document from './strowger.json'
import { Core } from './core.mjs'
const catalog = JSON.stringify(JSON.parse(document).catalog)
export default { fetch: (request) => {
  if (new URL(request.url).pathname === '/instantiate') new Core(module)
  if (new URL(request.url).pathname === '/configure') new Core(module).configure(catalog)
  return new Response('{}')
} }`

/** files are the modules of a Worker with that main. */
function files(main) {
  const all = modules(main, [{ type: 'Text', path: '/strowger.json', contents: document }]).filter(({ path }) => path !== '/ledger.mjs')
  return main === EMPTY ? [all[0]] : all
}

async function started(main, use) {
  const source = files(main)
  const began = performance.now()
  const { url, stop } = await local({ modules: source })
  try {
    return await use(url, began)
  } finally {
    await stop()
  }
}

const body = JSON.stringify({ model: 'acme/parrot', messages: [{ role: 'user', content: 'hello' }] })

async function ask(url, path, init) {
  const began = performance.now()
  const response = await fetch(url + path, init)
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return performance.now() - began
}

const chat = (url) => ask(url, '/v1/chat/completions', { method: 'POST', body })

/** told is the middle and the ends of some milliseconds. */
function told(all) {
  all.sort((a, b) => a - b)
  const round = (ms) => Math.round(ms * 100) / 100
  return { p50: round(all[all.length >> 1]), least: round(all[0]), most: round(all.at(-1)), n: all.length }
}

const found = { start_empty_ms: [], start_ms: [], first_request_ms: [], request_ms: [], nothing_ms: [], instantiate_ms: [], instantiate_configure_ms: [] }
for (let i = 0; i < runs; i++) {
  found.start_empty_ms.push(await started(EMPTY, async (url, began) => (await ask(url, '/'), performance.now() - began)))
  await started(WITH, async (url, began) => {
    found.first_request_ms.push(await chat(url))
    found.start_ms.push(performance.now() - began)
    for (let n = 0; n < 20; n++) found.request_ms.push(await chat(url))
  })
  await started(ANEW, async (url) => {
    await ask(url, '/') // the connection, and the Worker's own start
    for (let n = 0; n < 5; n++) {
      found.nothing_ms.push(await ask(url, '/'))
      found.instantiate_ms.push(await ask(url, '/instantiate'))
      found.instantiate_configure_ms.push(await ask(url, '/configure'))
    }
  })
}
provider.close()
console.log(JSON.stringify({ what: 'worker cold start', runtime: 'workerd', node: process.version, ...Object.fromEntries(Object.entries(found).map(([k, v]) => [k, told(v)])) }, null, 2))
