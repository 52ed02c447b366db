// What every caller is to get from every provider. A case has the script of the provider, what is asked, and
// check, which looks at what the caller made of it and at what the provider was sent.
import assert from 'node:assert/strict'

import { USAGE } from './rig.mjs'
import { PIXEL, TIME, WEATHER } from './talk.mjs'

const TEXT = 'Grüße, "Welt" \\ 漢字 🙂\nand more.'
const CITY = { city: 'Köln', degrees: 7.5 }
const THOUGHT = 'Is it "raining"?\nProbably.'
const SIGNATURE = 'c2lnbmVkIGJ5IHRoZSBwcm92aWRlcg=='
const calling = (...places) => ({ toolCalls: places.map(([id, place]) => ({ id, name: WEATHER.name, arguments: JSON.stringify({ place }) })) })

/** signing puts a signature to the first call of Gemini's answer, as the real one does. */
const signing = { gemini: (answer) => answer.replace('{"functionCall":', `{"thoughtSignature":"${SIGNATURE}","functionCall":`) }

/** limiting says of an incomplete response of Responses why it is so, as the real one does. */
const limiting = {
  'openai-responses': (answer) => answer.replace(/"status":"incomplete"/g, '"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}').replaceAll('"incomplete_details":null,', ''),
}

export const cases = {
  text: {
    script: [{ content: TEXT }],
    check({ answers: [answer], caller, requests }) {
      assert.equal(answer.text, TEXT)
      ended(answer, caller, 'stop')
      assert.match(JSON.stringify(requests[0].body), /Say little\./, 'the system prompt')
    },
  },

  loop: {
    tools: true,
    script: [calling(['call_a', 'Köln']), calling(['call_b', 'Paris']), { content: TEXT }],
    check({ answers, caller, requests }) {
      assert.equal(answers.at(-1).text, TEXT)
      assert.deepEqual(answers.map((a) => a.calls.map((c) => [c.name, c.args.place])), [[['get_weather', 'Köln']], [['get_weather', 'Paris']], []])
      answers.forEach((a, i) => ended(a, caller, i < 2 ? 'tools' : 'stop'))
      assert.equal(requests.length, 3)
      for (const what of [/the weather of a place/, /a town/]) assert.match(JSON.stringify(requests[0].body), what, 'the tool')
      sent(requests[2].body, [['Köln', 'rain'], ['Paris', 'sun "and" wind']])
    },
  },

  parallel: {
    tools: true,
    script: [calling(['call_a', 'Köln'], ['call_b', 'Paris']), { content: TEXT }],
    check({ answers, caller, requests }) {
      assert.deepEqual(answers[0].calls.map((c) => [c.name, c.args.place]), [['get_weather', 'Köln'], ['get_weather', 'Paris']])
      assert.equal(answers[1].text, TEXT)
      answers.forEach((a, i) => ended(a, caller, i < 1 ? 'tools' : 'stop'))
      sent(requests[1].body, [['Köln', 'rain'], ['Paris', 'sun "and" wind']])
    },
  },

  'said before a call': {
    tools: true,
    script: [{ content: 'I shall look.', ...calling(['call_a', 'Köln']) }, { content: TEXT }],
    check({ answers, requests }) {
      assert.equal(answers[0].text, 'I shall look.')
      assert.equal(answers[0].calls.length, 1)
      assert.equal(answers[1].text, TEXT)
      assert.match(joined(requests[1].body), /I shall look\./)
    },
  },

  'no arguments': {
    tools: true,
    script: [{ toolCalls: [{ id: 'call_a', name: TIME.name, arguments: '{}' }] }, { content: TEXT }],
    check({ answers, requests }) {
      assert.deepEqual(answers[0].calls.map((c) => [c.name, c.args]), [[TIME.name, {}]])
      assert.equal(answers[1].text, TEXT)
      assert.match(JSON.stringify(requests[1].body), /noon/)
    },
  },

  'a second question': {
    tools: true,
    then: 'And in French?',
    script: [calling(['call_a', 'Köln']), { content: TEXT }, { content: 'Bonjour' }],
    check({ answers, requests }) {
      assert.deepEqual(answers.map((a) => a.text || a.calls[0].name), [WEATHER.name, TEXT, 'Bonjour'])
      sent(requests[2].body, [['Köln', 'rain']])
      assert.match(joined(requests[2].body), /and more\..*And in French\?/)
    },
  },

  'too long': {
    script: [{ content: TEXT, finishReason: 'length', patch: limiting }],
    check({ answers: [answer], caller }) {
      assert.equal(answer.text, TEXT)
      ended(answer, caller, 'length')
    },
  },

  picture: {
    picture: true,
    script: [{ content: TEXT }],
    check({ answers: [answer], requests }) {
      assert.equal(answer.text, TEXT)
      const text = JSON.stringify(requests[0].body)
      assert.ok(text.includes(PIXEL), text)
      assert.ok(text.includes('image/png'), text)
    },
  },

  401: failing(401),
  429: failing(429),
  500: failing(500),

  structured: {
    format: true,
    script: [{ content: JSON.stringify(CITY) }],
    check({ answers: [answer], requests }) {
      assert.deepEqual(answer.made, CITY)
      assert.match(JSON.stringify(requests[0].body), /"degrees"/, 'the schema of the answer')
    },
  },

  reasoning: {
    think: true,
    script: [{ reasoning: THOUGHT, reasoningSignature: SIGNATURE, content: TEXT }],
    check({ answers: [answer], caller, strict }) {
      assert.equal(answer.text, TEXT)
      if (!caller.mute && (strict || !caller.thoughtless)) assert.equal(answer.thoughts, THOUGHT)
      ended(answer, caller, 'stop')
    },
  },

  'signed reasoning': {
    think: true,
    tools: true,
    script: [{ reasoning: THOUGHT, reasoningSignature: SIGNATURE, ...calling(['call_a', 'Köln']), patch: signing }, { reasoning: THOUGHT, reasoningSignature: SIGNATURE, content: TEXT }],
    check({ answers, requests, schema, caller, strict, stream }) {
      assert.equal(answers[0].calls.length, 1)
      if (!caller.mute && (strict || !caller.thoughtless)) assert.equal(answers[0].thoughts, THOUGHT)
      assert.equal(answers[1].text, TEXT)
      if (!(caller.forgetful && stream)) signed[schema]?.(requests[1].body)
    },
  },
}

/** signed is how a schema's provider gets back what it signed. */
const signed = {
  anthropic({ messages }) {
    const [thinking, ...others] = messages.find((m) => m.role === 'assistant').content
    assert.deepEqual(thinking, { type: 'thinking', thinking: THOUGHT, signature: SIGNATURE })
    assert.equal(others.at(-1).type, 'tool_use')
  },
  gemini({ contents }) {
    const call = contents.flatMap((c) => c.parts).find((p) => p.functionCall)
    assert.equal(call.thoughtSignature, SIGNATURE)
  },
  'openai-responses'({ input }) {
    const at = input.findIndex((i) => i.type === 'reasoning')
    assert.ok(at >= 0, 'the reasoning is not there')
    assert.match(Buffer.from(input[at].encrypted_content, 'base64').toString(), /^aimock-encrypted-reasoning:rs/)
    assert.ok(input.findIndex((i) => i.type === 'function_call') > at, 'the call stands before it')
  },
}

function failing(status) {
  return {
    fails: true,
    script: [{ error: { message: 'the provider says no', type: 'some_error' }, status }],
    check({ error, caller }) {
      assert.ok(error, 'nothing was raised')
      assert.equal(error.status, status, error.stack)
      assert.match(error.name, caller.errors[status], error.stack)
      assert.match(error.message, /the provider says no/)
    },
  }
}

/** ended looks at how an answer ends and what is said of it. */
function ended(answer, caller, how) {
  assert.equal(answer.finish, caller.words?.[how], 'finish')
  assert.deepEqual(answer.usage, USAGE, 'usage')
}

/** joined is a body in which pieces of a text that stand beside each other are one. */
const joined = (body) => JSON.stringify(body).replace(/"(,"annotations":\[\])?\},\{("type":"\w+",)?"text":"/g, '')

/** sent looks for calls, each with its result behind it, in what a provider of any schema was sent. */
function sent(body, calls) {
  const text = JSON.stringify(body.messages ?? body.input ?? body.contents).replaceAll('\\', '')
  for (const [place, result] of calls) {
    const at = text.indexOf(`"place":"${place}"`)
    assert.ok(at >= 0, `the call for ${place} in ${text}`)
    assert.ok(text.indexOf(result, at) >= 0, `the result for ${place} in ${text}`)
  }
}
