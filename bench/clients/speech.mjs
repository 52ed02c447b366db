// What a raw provider says: answers in OpenAI's chunks, and the ways in which they end.

/** Words of all widths; some providers write them in escapes. */
export const WORDS = ['One ', 'größerer ', '"Vermittler" ', '— ', '漢字 ', '🙂 ', 'and ', 'a \\ ', 'more.']
export const TEXT = WORDS.join('')
export const THOUGHTS = ['Let ', 'me ', 'see… ']
export const USAGE = [11, 22]

/** thirds are the same text, cut at other places. */
export const thirds = (text) => [...text].map((_, i, all) => all.slice(i, i + 3).join('')).filter((_, i) => i % 3 === 0)

const escaped = (json) => json.replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)

/**
 * chunks are the frames of an answer from role to finish reason, without usage and end mark: reasoning, words,
 * and the arguments of one tool call or more, each in pieces. Of an answer that is joined the last piece
 * comes with the finish reason.
 */
function chunks({ id, words, thoughts = [], calls = [], ascii, joined }) {
  const frame = (delta, finish = null) => {
    const chunk = { id, object: 'chat.completion.chunk', created: 1700000000, model: 'its-own-name', system_fingerprint: 'fp_1', choices: [{ index: 0, delta, finish_reason: finish }] }
    const json = JSON.stringify(chunk)
    return `data: ${ascii ? escaped(json) : json}\n\n`
  }
  const deltas = [...thoughts.map((reasoning) => ({ reasoning })), ...words.map((content) => ({ content })), ...calls.flatMap(callDeltas)]
  const finish = calls.length > 0 ? 'tool_calls' : 'stop'
  const last = joined ? deltas.pop() : {}
  return { role: frame({ role: 'assistant', content: words.length > 0 ? '' : null }), said: deltas.map((delta) => frame(delta)), finish: frame(last, finish) }
}

const callDeltas = (pieces, index) => pieces.map((piece, i) => ({
  tool_calls: [i === 0 ? { index, id: `call_${index + 1}`, type: 'function', function: { name: 'get_weather', arguments: piece } } : { index, function: { arguments: piece } }],
}))

/** filled is what is said if nothing else is: words, unless there are calls. */
const filled = ({ words, calls = [], ...what }) => ({ words: words ?? (calls.length > 0 ? [] : WORDS), calls, ...what })

const usageChunk = (id) => `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created: 1700000000, model: 'its-own-name', system_fingerprint: 'fp_1', choices: [], usage: usage() })}\n\n`
const usage = () => ({ prompt_tokens: USAGE[0], completion_tokens: USAGE[1], total_tokens: USAGE[0] + USAGE[1] })
export const failure = (message = 'the engine is overloaded', type = 'server_error') => ({ error: { message, type, param: null, code: null } })

/**
 * speak is a script: an answer of so many pieces (after), then maybe a pause in milliseconds, and then its
 * end. lines go between the pieces, and split sends everything in chunks of a few bytes.
 */
export const speak = ({ id = 'chatcmpl-1', after, end = ends.properly, lines = '', split = false, pause = 0, headers, ...what } = {}) => async (wire, q) => {
  if (!q.body.stream) return wire.whole(whole({ id, ...what }))
  const { words, thoughts = [], calls } = filled(what)
  const all = chunks({ id, ...filled(what) })
  const put = (text) => (split ? wire.trickle(text) : wire.chunk(text))
  wire.begin('text/event-stream', { 'transfer-encoding': 'chunked', ...headers })
  await put(lines + all.role)
  for (const piece of all.said.slice(0, after)) await put(piece + lines)
  if (pause) await wire.pause(pause)
  const told = [...thoughts.map(() => ''), ...words, ...calls.flat()]
  await end(wire, { ...q, put, all, id, said: told.slice(0, after).join('') })
}

/** whole is the same answer when it is no stream. */
export function whole({ id = 'chatcmpl-1', thoughts = [], ...what } = {}) {
  const { words, calls } = filled(what)
  const message = { role: 'assistant', content: words.length > 0 ? words.join('') : null }
  if (thoughts.length > 0) message.reasoning = thoughts.join('')
  if (calls.length > 0) message.tool_calls = calls.map((pieces, i) => ({ id: `call_${i + 1}`, type: 'function', function: { name: 'get_weather', arguments: pieces.join('') } }))
  return { id, object: 'chat.completion', created: 1700000000, model: 'its-own-name', system_fingerprint: 'fp_1', choices: [{ index: 0, message, finish_reason: calls.length > 0 ? 'tool_calls' : 'stop' }], usage: usage() }
}

/**
 * The ends of a stream. All but the proper one wait until the caller has what was said, unless it is not to
 * see it (unseen).
 */
export const ends = {
  async properly(wire, q) {
    await q.put(q.all.finish + (q.body.stream_options?.include_usage ? usageChunk(q.id) : '') + 'data: [DONE]\n\n')
    wire.end()
  },
  'a FIN within a chunk': heard((wire, q) => (wire.chunk(q.all.finish, 0.5), wire.close())),
  'a FIN between chunks': heard((wire) => wire.close()),
  'a RST': heard((wire) => wire.reset()),
  silence: heard(() => {}),
  'an error event': heard((wire) => (wire.chunk(`data: ${JSON.stringify(failure())}\n\n`), wire.end())),
  'a FIN behind the finish reason': heard((wire, q) => (wire.chunk(q.all.finish), wire.close())),
  'no finish reason': heard((wire) => wire.end()),
  'no finish reason, but [DONE]': heard((wire) => (wire.chunk('data: [DONE]\n\n'), wire.end())),
}

/** unseen is an end that does not wait for the caller, who is not to see any of it. */
export const unseen = (end) => (wire, q) => end(wire, { ...q, call: null })

export function heard(end) {
  return async (wire, q) => {
    await q.call?.seen(q.said.length)
    end(wire, q)
  }
}

/** cuts are those that leave the answer unfinished. */
export const { properly, 'a FIN behind the finish reason': finished, ...cuts } = ends

/** goesOn is a script that goes on behind what the assistant said last, and else begins. */
export const goesOn = (what) => async (wire, q) => {
  const last = q.body.messages.at(-1)
  if (last.role !== 'assistant') return speak(what)(wire, q)
  const begun = typeof last.content === 'string' ? last.content : last.content.map((part) => part.text).join('')
  if (!TEXT.startsWith(begun)) throw new Error(`asked to go on behind ${JSON.stringify(begun)}`)
  return speak({ id: 'chatcmpl-2', words: thirds(TEXT.slice(begun.length)) })(wire, q)
}

/** inTurn is a script for each request of a call; the last is for all that follow. */
export const inTurn = (...scripts) => (wire, q) => scripts[Math.min(q.nth, scripts.length) - 1](wire, q)
