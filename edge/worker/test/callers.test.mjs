// What a request is answered in and where its client key stands is told here as the core tells it: from one table.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'

import { clientKey } from '../deployment.mjs'
import { pathOf, schemaOf } from '../request.mjs'

const cases = JSON.parse(readFileSync(new URL('../../../core/router/testdata/callers.json', import.meta.url), 'utf8'))

test('schemas and client keys are those of the core', () => {
  assert.ok(cases.length > 0)
  for (const c of cases) {
    const request = new Request(`http://edge${c.path}?${c.query ?? ''}`, { headers: c.headers ?? {} })
    const schema = schemaOf(pathOf(request), request.headers)
    assert.deepEqual([schema, clientKey(request, schema)], [c.schema, c.key ?? ''], JSON.stringify(c))
  }
})
