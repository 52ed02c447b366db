// A stream that is silent for longer than callers like: comments keep it alive, and no parser minds them.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { callers } from './callers.mjs'
import { TEXT, speak } from './speech.mjs'
import { stage } from './stage.mjs'

const idle = '40s'
const silent = speak({ pause: 15_500 })
const cases = {
  'silent for 15 s': { one: silent, idle },
  'held for 15 s': { one: silent, idle, routing: { hold: 'whole' } },
}

let s
before(async () => (s = await stage(cases)))
after(() => s?.stop())

describe('alive', { concurrency: 20 }, () => {
  for (const [name, sdk] of Object.entries(callers)) {
    for (const how of Object.keys(cases)) {
      test(`alive: ${how} · ${name}`, async () => {
        const got = await s.ask(how, sdk, 'stream', { watch: true })
        assert.ifError(got.error)
        assert.equal(got.text, TEXT)
        assert.equal(got.finish, 'stop')
        assert.match(got.sse, how.startsWith('held') ? /^:.*\n\n/ : /\n\n:.*\n\n/, 'no comment came')
      })
    }
  }
})
