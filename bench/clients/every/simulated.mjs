// What every caller is to get from bench/provider, which refuses what the real APIs refuse, signs its
// reasoning and wants it back. It is told what to do in the text.
import assert from 'node:assert/strict'

import { TOOLS } from './talk.mjs'

const TEXT = 'Grüße, Welt \\ 漢字 🙂 and more, said in some words.'
const CITY = { city: 'Köln', degrees: 7.5 }
const THOUGHT = 'Is it raining? Probably.'

/** parrots are the models' names at the provider: what it asks for depends on them. */
export const parrots = { openai: 'gpt-5.1', 'openai-responses': 'gpt-5.1', anthropic: 'claude-sonnet-4-5', gemini: 'gemini-3-pro-preview' }

export const simulated = {
  text: {
    text: `sim: text="${TEXT}"`,
    check({ answers: [answer], caller }) {
      assert.equal(answer.text, TEXT)
      ended(answer, caller, 'stop')
    },
  },

  loop: {
    tools: true,
    text: `sim: text="${TEXT}"\nthe tool, please`,
    check: called(1),
  },

  parallel: {
    tools: true,
    text: `sim: calls=3 text="${TEXT}"\nthe tool, please`,
    check: called(3),
  },

  picture: {
    picture: true,
    text: `sim: text="${TEXT}"`,
    check({ answers: [answer] }) {
      assert.equal(answer.text, TEXT)
    },
  },

  401: failing(401),
  429: failing(429),
  500: failing(500),

  structured: {
    format: true,
    text: `sim: text=${JSON.stringify(CITY)}`,
    check({ answers: [answer], caller }) {
      if (caller.byTool) assert.equal(typeof answer.made.city, 'string')
      else assert.deepEqual(answer.made, CITY)
    },
  },

  reasoning: {
    think: true,
    text: `sim: thought="${THOUGHT}" text="${TEXT}"`,
    check({ answers: [answer], caller, strict, schema }) {
      assert.equal(answer.text, TEXT)
      if (!caller.mute && !(schema === 'openai-responses' && caller.wordless) && (strict || !caller.thoughtless)) assert.equal(answer.thoughts, THOUGHT)
      ended(answer, caller, 'stop')
    },
  },

  // Whatever is signed must come back, or the provider says 400.
  'signed reasoning': {
    think: true,
    tools: true,
    text: `sim: calls=2 thought="${THOUGHT}" text="${TEXT}"\nthe tool, please`,
    check: called(2),
  },

  // What was signed in an answer that is over may come back, and may not be wrong.
  'a second question': {
    think: true,
    tools: true,
    text: `sim: thought="${THOUGHT}" text="${TEXT}"\nthe tool, please`,
    then: 'sim: text="Bonjour"',
    check({ answers }) {
      assert.deepEqual(answers.map((a) => a.text || a.calls[0].name), [TOOLS[0].name, TEXT, 'Bonjour'])
    },
  },

  // One conversation with three providers: what one of them signed is nothing to the others.
  'another provider each time': {
    think: true,
    tools: true,
    across: true,
    text: `sim: calls=2 thought="${THOUGHT}" text="${TEXT}"\nthe tools, please`,
    then: 'sim: thought="Hm." text="Bonjour"',
    check({ answers }) {
      assert.deepEqual(answers.map((a) => a.text || a.calls.length), [2, TEXT, 'Bonjour'])
    },
  },

  'a cut': broken('cut'),
  'an error in mid-answer': broken('error_event'),
  'no end': broken('no_finish'),
}

function called(n) {
  return ({ answers, caller }) => {
    assert.deepEqual(answers.map((a) => a.calls.map((c) => c.name)), [Array.from({ length: n }, (_, i) => TOOLS[i % 2].name), []])
    for (const c of answers[0].calls) assert.equal(typeof c.args.place, c.name === TOOLS[0].name ? 'string' : 'undefined')
    assert.equal(answers[1].text, TEXT)
    ended(answers[0], caller, 'tools')
    ended(answers[1], caller, 'stop')
  }
}

function failing(status) {
  return {
    fails: true,
    text: `sim: status=${status}`,
    check({ error, caller }) {
      assert.ok(error, 'nothing was raised')
      assert.equal(error.status, status, error.stack)
      assert.match(error.name, caller.errors[status], error.stack)
    },
  }
}

/** broken is an answer that begins and does not come to its end: no caller may take it for a whole one. */
function broken(fault) {
  return {
    fails: true,
    broken: true,
    text: `sim: fault=${fault} after=3 text="${TEXT}"`,
    check({ error, answers }) {
      assert.ok(error, `nothing was raised: ${JSON.stringify(answers)}`)
      assert.ok(![400, 401, 403, 404].includes(error.status), error.stack)
    },
  }
}

function ended(answer, caller, how) {
  assert.equal(answer.finish, caller.words?.[how], 'finish')
  assert.ok(answer.usage.input > 0 && answer.usage.output > 0, `usage ${JSON.stringify(answer.usage)}`)
}
