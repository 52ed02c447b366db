// What the tests of the Worker share: workerd with the Worker in it, as miniflare runs it, on loopback.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { Core } from '../core.mjs'
import { COMPATIBILITY, local } from './miniflare.mjs'
import { module, moduleFile, ROOT } from './rig.mjs'

export { hashed } from './hashed.mjs'

/** FAST is a main with everything sooner than it is meant to be. */
export const FAST = `
import module from './strowger.wasm'
import { worker } from './worker.mjs'
import { Ledger as Real } from './ledger.mjs'
export class Ledger extends Real { static ABANDONED = 1500; static GATHER = 50 }
export default worker(module, { reread: 0 })
`

const source = (name) => readFileSync(join(ROOT, 'edge/worker', name), 'utf8')

/** imported adds to files what text imports of the Worker's, and what that imports: {name: text}. */
function imported(text, files = {}) {
  for (const [, name] of text.matchAll(/(?:from|import) '\.\/([^']+\.mjs)'/g)) {
    if (files[name]) continue
    files[name] = source(name)
    imported(files[name], files)
  }
  return files
}

/** modules are the Worker's, with that main. */
export function modules(main = source('main.mjs'), more = []) {
  const files = Object.entries({ 'main.mjs': main, ...imported(main) })
  return [
    ...files.map(([name, contents]) => ({ type: 'ESModule', path: `/${name}`, contents })),
    { type: 'CompiledWasm', path: '/strowger.wasm', contents: readFileSync(moduleFile()) },
    ...more,
  ]
}

/** deployment is a document for a catalog that is given as an object; its keys are the catalog's, too. */
export function deployment(catalog, more = {}) {
  if (more.keys && !catalog.keys) catalog = { ...catalog, keys: more.keys }
  const rev = new Core(module()).configure(JSON.stringify(catalog))
  return { strowger: 1, rev, catalog, secrets: {}, open: true, ...more }
}

/**
 * start starts workerd. document goes into KV, unless kv is false; others are names of more Workers, each an isolate of
 * its own, with the same KV and the same Ledger.
 */
export async function start(t, { document, kv = true, main = FAST, more, bindings = {}, ledger = true, others = [], persist, source } = {}) {
  const log = []
  const shared = {
    modulesRoot: '/',
    compatibilityDate: COMPATIBILITY,
    compatibilityFlags: ['enable_request_signal'],
    bindings,
    ...(kv ? { kvNamespaces: { STROWGER: 'strowger' } } : {}),
  }
  const object = (scriptName) => (ledger ? { durableObjects: { LEDGER: { className: 'Ledger', useSQLite: true, ...(scriptName ? { scriptName } : {}) } } } : {})
  const options = {
    ...(persist ? { kvPersist: join(persist, 'kv'), durableObjectsPersist: join(persist, 'do') } : {}),
    handleRuntimeStdio: (out, err) => [out, err].forEach((s) => s.on('data', (b) => log.push(String(b)))),
    workers: [
      { name: 'one', modules: source ?? modules(main, more), ...shared, ...object() },
      ...others.map((name) => ({ name, modules: modules(main.replace(/^export class Ledger.*$/m, ''), more), ...shared, ...object('one') })),
    ],
  }
  const { mf, url, stop } = await local(options)
  t.after(stop)
  const put = async (doc) => (await mf.getKVNamespace('STROWGER', 'one')).put('strowger.json', typeof doc === 'string' ? doc : JSON.stringify(doc))
  if (kv && document !== undefined) await put(document)
  const ask = (path, body, { by, ...init } = {}) => sent(mf, url, by, path, { method: 'POST', body: typeof body === 'object' ? JSON.stringify(body) : body, ...init })
  const get = (path, { by, ...init } = {}) => sent(mf, url, by, path, init)
  return { url, mf, log, put, ask, get, stop, state: async (by) => (await get('/_/health', { by })).json() }
}

/** sent sends a request to the first Worker as anybody would, to others through miniflare. */
async function sent(mf, url, by, path, init) {
  if (!by || by === 'one') return fetch(url + path, init)
  return (await mf.getWorker(by)).fetch(url + path, init)
}

/** until waits until something is so. */
export async function until(what, is, most = 20_000) {
  for (const end = Date.now() + most; ; ) {
    const so = await is()
    if (so) return so
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
