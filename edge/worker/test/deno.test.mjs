// The example for Deno, and the vectors and the exchanges in it, with the Deno that npm has installed beside.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

import { suite } from './examples.mjs'
import { ROOT } from './rig.mjs'

const deno = join(ROOT, 'edge/node_modules/.bin/deno')

suite('deno', [deno, 'run', '--no-config', '--allow-read', '--allow-env', '--allow-net=127.0.0.1', join(ROOT, 'edge/examples/deno.ts')])

for (const name of ['core', 'exchange', 'instances']) {
  test(`deno: ${name}`, async () => {
    const file = join(ROOT, `edge/worker/test/${name}.test.mjs`)
    const { stdout } = await promisify(execFile)(deno, ['test', '--no-check', '-A', file], { cwd: join(ROOT, 'edge'), env: { ...process.env, NO_COLOR: '1' }, maxBuffer: 1 << 24 }).catch((error) => {
      throw new Error(`${error.stdout}\n${error.stderr}`)
    })
    assert.match(stdout, /ok \| [1-9]\d* passed/)
  })
}
