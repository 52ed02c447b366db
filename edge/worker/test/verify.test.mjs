// The module in JavaScript hosts against the native core: every call of a script that edge/verify writes, in Node, in
// Deno and in workerd, the program that Cloudflare Workers run in. STROWGER_VERIFY_CASES changes how many generated
// cases there are.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'

import { Core } from '../core.mjs'
import { local } from './miniflare.mjs'
import { add, pieces, replay } from './replay.mjs'
import { module, moduleFile, ROOT } from './rig.mjs'

const run = promisify(execFile)
const here = join(ROOT, 'edge/worker/test')
const cases = Number(process.env.STROWGER_VERIFY_CASES ?? 2500)
const dir = mkdtempSync(join(tmpdir(), 'strowger-verify-'))
const script = join(dir, 'calls.script')

before(() => run('go', ['run', './edge/verify/pack', '-answers', '-generated', String(cases), script], { cwd: ROOT }))

after(() => rmSync(dir, { recursive: true, force: true }))

/** equal checks that everything was compared, and is the same. */
function equal(t, seen) {
  assert.equal(seen.difference, null, JSON.stringify(seen.difference, null, 2))
  assert.ok(seen.decisions >= 4 * cases && seen.cases > cases + 3000 && seen.exchanges > 2 * cases + 3000, JSON.stringify(seen))
  t.diagnostic(JSON.stringify(seen))
}

/** inProcess replays the script in a process of its own. */
const inProcess = (program, ...args) => async (t) => {
  const { stdout } = await run(program, [...args, join(here, 'replay_host.mjs'), moduleFile(), script])
  equal(t, JSON.parse(stdout))
}

/** inWorkerd sends the script to a Worker in pieces: its memory is bounded. */
async function inWorkerd(t) {
  const text = (path, file = path) => ({ type: 'ESModule', path: `/${path}`, contents: readFileSync(join(here, file), 'utf8') })
  const { url, stop } = await local({
    modules: [
      text('replay_worker.mjs'), text('replay.mjs'), text('core.mjs', '../core.mjs'), text('wasi.mjs', '../wasi.mjs'),
      { type: 'CompiledWasm', path: '/strowger.wasm', contents: readFileSync(moduleFile()) },
    ],
  })
  t.after(stop)
  const seen = {}
  for (const piece of pieces(new Uint8Array(readFileSync(script)))) {
    const response = await fetch(url, { method: 'POST', body: piece })
    assert.equal(response.status, 200, await response.clone().text())
    add(seen, await response.json())
    if (seen.difference) break
  }
  equal(t, seen)
}

// All at once: they need nothing of each other.
describe('decides as the native core', { concurrency: true }, () => {
  test('Node', inProcess(process.execPath))
  test('Deno', inProcess(join(ROOT, 'edge/node_modules/.bin/deno'), 'run', '--no-config', '--allow-read'))
  test('workerd', inWorkerd)
})

test('a difference is found, and said', () => {
  const [piece] = pieces(new Uint8Array(readFileSync(script)))
  const changed = piece.slice()
  changed[changed.length - 3] ^= 1 // in the last answer
  assert.equal(replay(() => new Core(module()), piece).difference, null)
  const { difference } = replay(() => new Core(module()), changed)
  assert.match(difference.case, /^vectors\//)
  assert.notEqual(difference.native, difference.got)
})
