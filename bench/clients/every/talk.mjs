// What a caller is to a case: something that talks, in its own words, until nothing more is called.
//
// A caller has a name, the schema it speaks, package (what is to be installed), words (how it says stop,
// tools and length), errors (what an SDK calls that of a status), format and think (whether it can do these), and load,
// which gives what talks. What is its own way, and no fault of the answer:
//
//	mute         it tells no reasoning
//	thoughtless  it finds no reasoning in what another server wrote
//	wordless     of Responses it asks for reasoning, and for no summary of it
//	forgetful    it does not send back the reasoning of a stream
//	nameless     it does not tell the model: of a stream, or always
//	sums         it makes its own sum of the usage that both ends of a stream state
//	byTool       it makes structured output by a tool, where it does not know the model
//	lacks        why it cannot play a case, by the case's name
//	indirect     why it cannot read the providers themselves
//	unfit        why it cannot play a case, or streamed, with a strict provider of its own schema
//
//	talk(url, {model, text, picture, then, system, stream, strict, tools, format, think}) -> answers
//
// url is strowger's own address, or where a provider of the caller's schema is; picture is whether one is
// shown with the text, then what is asked when the first question has its answer; strict is whether every
// event of a stream is strowger's own. An answer is {text, thoughts,
// calls: [{id, name, args}], finish, usage: {input, output}, model, made}; made is what a structured output
// was parsed to. What an SDK raises is thrown.

export const KEY = 'sk-of-the-caller'

export const PLACE = { type: 'object', properties: { place: { type: 'string', description: 'a town' } }, required: ['place'], additionalProperties: false }
export const WEATHER = { name: 'get_weather', description: 'the weather of a place', parameters: PLACE }
export const REPORT = {
  type: 'object', properties: { city: { type: 'string' }, degrees: { type: 'number' } }, required: ['city', 'degrees'], additionalProperties: false,
}

export const TIME = { name: 'get_time', description: 'what time it is', parameters: { type: 'object', properties: {}, required: [], additionalProperties: false } }
export const TOOLS = [WEATHER, TIME]

/** SAID is what the tools say, by the place that they are asked about. */
export const SAID = { 'Köln': 'rain', Paris: 'sun "and" wind', '': 'noon' }
export const said = ({ place = '' }) => SAID[place] ?? `${place}?`

/** PIXEL is a picture. */
export const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
export const PICTURE = `data:image/png;base64,${PIXEL}`

/**
 * looping makes a talk of three steps: begin gives a history, ask an answer that it has added to the
 * history, results adds what the tools said. What begin gives for a text alone is what a second question adds.
 * It can change the model from step to step, if models has one for each.
 */
export const looping = ({ begin, ask, results }) => Object.assign(async (url, { then, models, ...o }) => {
  const history = begin(o)
  const answers = []
  for (let left = 6; left > 0; left--) {
    const answer = await ask(url, history, { ...o, model: models?.[answers.length] ?? o.model })
    answers.push(answer)
    if (answer.calls.length) results(history, answer.calls.map((call) => ({ ...call, content: said(call.args) })))
    else if (then) history.push(begin({ text: then }).at(-1))
    else break
    if (!answer.calls.length) then = undefined
  }
  return answers
}, { changes: true })

/** inOrder throws unless the events of an answer come as a strict reader wants them. */
export const inOrder = { anthropic: anthropicOrder, responses: responsesOrder }

function anthropicOrder(events) {
  const kinds = events.map((e) => e.type).filter((t) => t !== 'ping')
  want(kinds[0] === 'message_start' && kinds.at(-1) === 'message_stop' && kinds.at(-2) === 'message_delta', `events are ${kinds}`)
  want(kinds.filter((k) => k === 'message_start').length === 1, 'message_start comes once')
  let open = null
  let next = 0
  for (const e of events) {
    if (e.type === 'content_block_start') {
      want(open === null && e.index === next, `block ${e.index} starts while ${open} is open, expected is ${next}`)
      open = e.index
      next++
    } else if (e.type === 'content_block_delta') want(e.index === open, `a delta of block ${e.index} while ${open} is open`)
    else if (e.type === 'content_block_stop') {
      want(e.index === open, `block ${e.index} stops while ${open} is open`)
      open = null
    }
  }
  want(open === null, `block ${open} does not stop`)
}

function responsesOrder(events) {
  const kinds = events.map((e) => e.type)
  want(kinds[0] === 'response.created' && /^response\.(completed|incomplete)$/.test(kinds.at(-1)), `events are ${kinds.join(' ')}`)
  events.forEach((e, i) => want(i === 0 || e.sequence_number > events[i - 1].sequence_number, `number ${e.sequence_number} of ${e.type} after ${events[i - 1]?.sequence_number}`))
  const items = new Map()
  for (const e of events) {
    if (e.type === 'response.output_item.added') {
      want(!items.has(e.output_index) && e.output_index === items.size, `item ${e.output_index} is added`)
      items.set(e.output_index, e.item)
    } else if (e.output_index !== undefined) want(items.has(e.output_index), `${e.type} of item ${e.output_index}, which is not there`)
    if (e.item_id) want(items.get(e.output_index)?.id === e.item_id, `${e.type} names ${e.item_id}, the item is ${items.get(e.output_index)?.id}`)
    if (e.type === 'response.output_item.done') want(items.get(e.output_index).id === e.item.id, `item ${e.output_index} ends as ${e.item.id}`)
  }
  const done = events.filter((e) => e.type === 'response.output_item.done').map((e) => e.item.id)
  const output = events.at(-1).response.output.map((i) => i.id)
  want(JSON.stringify(done) === JSON.stringify(output), `items done are ${done}, of the response ${output}`)
}

function want(ok, what) {
  if (!ok) throw new Error(`the stream is not in order: ${what}`)
}
