// Every caller against a provider of every schema, plain and streamed. A test is called
// "caller → place · case, plain", which table.mjs makes its table of.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { callers } from './callers.mjs'
import { SCHEMAS } from './front.mjs'
import { USAGE, modelTo, start } from './rig.mjs'
import { parrots } from './simulated.mjs'

/** schemas are those of the providers. */
export const schemas = Object.keys(SCHEMAS)

// CALLERS and PLACES, names with commas between, choose some of them.
const chosen = (list, name) => !process.env[list] || process.env[list].split(',').includes(name)

let s

/**
 * play has a test for each caller, place, case and way. A place has a name, cases, schema and model; sim is
 * whether bench/provider is there. Without a schema it is reached in the caller's own, without strowger.
 */
export async function play(places) {
  before(async () => {
    s = await start(schemas)
  })
  after(() => s?.stop())
  for (const caller of (await callers()).filter((c) => chosen('CALLERS', c.name))) {
    for (const place of places.filter((p) => chosen('PLACES', p.name))) {
      describe(`${caller.name} → ${place.name}`, { concurrency: 4 }, () => at(caller, place))
    }
  }
}

function at(caller, place) {
  for (const [name, c] of Object.entries(place.cases)) {
    if ((c.format && !caller.format) || (c.think && !caller.think) || (c.broken && !place.schema)) continue
    if (c.across && !(place.schema && caller.talk?.changes)) continue
    for (const stream of c.broken ? [true] : [false, true]) {
      const title = `${caller.name} → ${place.name} · ${name}, ${stream ? 'streamed' : 'plain'}`
      test(title, { skip: missing(caller, place, name, stream), timeout: 60_000 }, () => cell(caller, place, c, stream))
    }
  }
}

/** others are the models of three schemas, that one first. */
const others = (schema) => schemas.map((_, i) => modelTo(schemas[(schemas.indexOf(schema) + i) % schemas.length], 'sim')).slice(0, 3)

/** missing is why a test is not played. */
function missing(caller, place, name, stream) {
  if (place.sim && (place.schema ?? caller.schema) === caller.schema) {
    const why = caller.unfit?.[name] ?? (stream && caller.unfit?.streamed)
    if (why) return why
  }
  return caller.missing ?? caller.lacks?.[name] ?? (!place.schema && caller.indirect)
}

async function cell(caller, place, { script, text, then, picture, across, fails, check, tools, format, think }, stream) {
  const { say, requests, complaints } = s.play(script)
  const schema = place.schema ?? caller.schema
  const url = place.schema ? s.url : place.sim ? s.simulated : s.direct(schema)
  const o = {
    model: place.model ?? (place.sim ? parrots[schema] : `parrot-${schema}`), text: text ?? say('weather, please'), system: 'Say little.',
    picture, then, stream, ...(across && { models: others(schema) }), strict: Boolean(place.schema) && schema !== caller.schema, tools, format, think,
  }
  const answers = []
  let error = null
  try {
    answers.push(...(await caller.talk(url, o)))
  } catch (err) {
    error = { name: err.name === 'Error' ? err.constructor.name : err.name, status: err.status ?? err.statusCode, message: err.body ?? err.message, stack: err.stack }
  }
  if (error && !fails) throw new Error(`${error.name}: ${error.message}${complaints.length ? `; ${complaints}` : ''}`, { cause: error })
  assert.deepEqual(complaints, [])
  if (caller.sums && stream) for (const a of answers) a.usage = USAGE
  check({ answers, error, caller, requests, schema, strict: o.strict, stream })
  if (place.schema && caller.nameless !== 'always' && !(caller.nameless && stream)) {
    answers.forEach((a, i) => assert.equal(a.model, o.models?.[i] ?? place.model, 'the model'))
  }
}
