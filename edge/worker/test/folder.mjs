// A folder that strowger export has written for Workers, in workerd: files, rules, flags and bindings are the folder's own.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'

import { local } from './miniflare.mjs'

/** KINDS are the modules by their endings, as wrangler takes them with the rules of wrangler.toml. */
const KINDS = { '.mjs': 'ESModule', '.wasm': 'CompiledWasm', '.json': 'Text' }

/** toml is a value of wrangler.toml that stands on a line of its own. */
const toml = (text, name) => JSON.parse(new RegExp(`^${name} = (.*)$`, 'm').exec(text)[1])

/** workerd serves a folder on loopback; bindings are its secrets. */
export async function workerd(dir, bindings) {
  const wrangler = readFileSync(join(dir, 'wrangler.toml'), 'utf8')
  const main = toml(wrangler, 'main')
  const order = (name) => (name === main ? 0 : 1)
  const modules = readdirSync(dir)
    .filter((name) => KINDS[extname(name)])
    .sort((a, b) => order(a) - order(b))
    .map((name) => ({ type: KINDS[extname(name)], path: join(dir, name) }))
  assert.equal(basename(modules[0].path), main)
  const [, className] = /class_name = "(\w+)"/.exec(wrangler)
  assert.deepEqual(toml(wrangler, 'new_sqlite_classes'), [className])
  return local({
    modulesRoot: dir,
    modules,
    compatibilityDate: toml(wrangler, 'compatibility_date'),
    compatibilityFlags: toml(wrangler, 'compatibility_flags'),
    durableObjects: { LEDGER: { className, useSQLite: true } },
    bindings,
  })
}
