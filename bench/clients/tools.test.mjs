// Tool calls, and the loop of two turns that answers them.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { MODEL, start, user } from './rig.mjs'

const tools = [
  {
    type: 'function',
    function: { name: 'get_weather', description: 'the weather of a place', parameters: { type: 'object', properties: { place: { type: 'string' } } } },
  },
]

let s
before(async () => {
  s = await start()
  const calls = [
    { id: 'call_1', name: 'get_weather', arguments: '{"place":"Köln"}' },
    { id: 'call_2', name: 'get_weather', arguments: '{"place":"Paris"}' },
  ]
  s.one.on({ userMessage: 'weather', hasToolResult: false }, { toolCalls: calls }, { chunkSize: 3 })
  s.one.on({ userMessage: 'weather', hasToolResult: true }, { content: 'Rain in Köln, sun in Paris.' }, { chunkSize: 5 })
})
after(() => s?.stop())

const weather = { 'Köln': 'rain', Paris: 'sun' }

for (const stream of [false, true]) {
  test(`a loop of two turns, ${stream ? 'streamed' : 'plain'}`, async () => {
    const messages = user('weather, please')
    const first = await answer({ model: MODEL, messages, tools }, stream)
    assert.equal(first.finish_reason, 'tool_calls')
    assert.deepEqual(first.message.tool_calls.map((c) => [c.id, c.function.name, JSON.parse(c.function.arguments).place]),
      [['call_1', 'get_weather', 'Köln'], ['call_2', 'get_weather', 'Paris']])
    messages.push(first.message)
    for (const call of first.message.tool_calls) {
      messages.push({ role: 'tool', tool_call_id: call.id, content: weather[JSON.parse(call.function.arguments).place] })
    }
    const second = await answer({ model: MODEL, messages, tools }, stream)
    assert.equal(second.finish_reason, 'stop')
    assert.equal(second.message.content, 'Rain in Köln, sun in Paris.')
    const { body } = s.one.getLastRequest()
    assert.deepEqual(body.messages.map((m) => m.role), ['user', 'assistant', 'tool', 'tool'])
    assert.equal(body.messages[2].content, 'rain')
    assert.deepEqual(body.tools, tools)
  })

  test(`the SDK's own tool runner, ${stream ? 'streamed' : 'plain'}`, async () => {
    const asked = []
    const runner = s.client.chat.completions.runTools({
      model: MODEL, stream, messages: user('weather, please'),
      tools: [{ type: 'function', function: {
        ...tools[0].function, parse: JSON.parse,
        function: ({ place }) => { asked.push(place); return weather[place] },
      } }],
    })
    assert.equal(await runner.finalContent(), 'Rain in Köln, sun in Paris.')
    assert.deepEqual(asked, ['Köln', 'Paris'])
  })
}

async function answer(params, stream) {
  const whole = stream
    ? await s.client.chat.completions.stream(params).finalChatCompletion()
    : await s.client.chat.completions.create(params)
  assert.equal(whole.model, MODEL)
  return whole.choices[0]
}
