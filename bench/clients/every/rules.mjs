// What the providers refuse, of what a translation may get wrong: each rule is one that a provider states,
// or answers with a 400.

/** rules give the complaints about a body of their schema. */
export const rules = { openai: chat, 'openai-responses': responses, anthropic, gemini }

/** chat is as servers beside OpenAI's own take it, top_k too. */
function chat(body) {
  const { say, complaints } = complaining()
  say(Array.isArray(body.messages) && body.messages.length, 'no messages')
  only(say, body, ['model', 'messages', 'stream', 'stream_options', 'tools', 'tool_choice', 'parallel_tool_calls', 'response_format', 'reasoning_effort', 'max_tokens',
    'max_completion_tokens', 'temperature', 'top_p', 'n', 'stop', 'user', 'store', 'metadata', 'frequency_penalty', 'presence_penalty', 'verbosity', 'reasoning', 'seed', 'logprobs', 'top_k', 'prompt_cache_key', 'safety_identifier', 'service_tier'])
  say(body.stream || !body.stream_options, 'stream_options without stream')
  let open = []
  for (const m of body.messages ?? []) {
    if (m.role === 'tool') {
      say(open.includes(m.tool_call_id), `a result for ${m.tool_call_id}, which was not called`)
      open = open.filter((id) => id !== m.tool_call_id)
      continue
    }
    say(open.length === 0, `no result for ${open}`)
    open = (m.tool_calls ?? []).map((c) => c.id)
    say(['system', 'developer', 'user', 'assistant'].includes(m.role), `the role ${m.role}`)
    say(m.role === 'assistant' || m.content, `a message of ${m.role} without content`)
    for (const c of m.tool_calls ?? []) {
      say(c.type === 'function' && c.id && c.function.name, `the call ${JSON.stringify(c)}`)
      say(object(c.function.arguments), `arguments that are no object: ${c.function.arguments}`)
    }
  }
  say(open.length === 0, `no result for ${open}`)
  for (const t of body.tools ?? []) declared(say, t.function?.name, t.function?.parameters, t.function?.strict)
  return complaints
}

function responses(body) {
  const { say, complaints } = complaining()
  only(say, body, ['model', 'input', 'instructions', 'stream', 'tools', 'tool_choice', 'parallel_tool_calls', 'text', 'reasoning', 'include', 'store', 'max_output_tokens',
    'temperature', 'top_p', 'user', 'metadata', 'truncation', 'prompt_cache_key', 'safety_identifier', 'stream_options', 'background', 'service_tier', 'client_metadata', 'previous_response_id'])
  const items = typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : body.input ?? []
  say(items.length, 'no input')
  const calls = new Set()
  const results = new Set()
  items.forEach((item, i) => {
    if (item.type === 'function_call') {
      calls.add(item.call_id)
      say(item.name && object(item.arguments), `the call ${JSON.stringify(item)}`)
      say(!item.id || item.id.startsWith('fc'), `a call's id is ${item.id}: it begins with fc`)
    } else if (item.type === 'function_call_output') {
      say(calls.has(item.call_id) && !results.has(item.call_id), `a result for ${item.call_id}, which was not called`)
      results.add(item.call_id)
    } else if (item.type === 'reasoning') {
      say(Array.isArray(item.summary), 'reasoning without summary')
      say(['function_call', 'message', 'reasoning'].includes(items[i + 1]?.type ?? (items[i + 1]?.role && 'message')), 'reasoning without the item that followed it')
    } else message(say, item)
  })
  for (const id of calls) say(results.has(id), `no result for ${id}`)
  for (const t of body.tools ?? []) if (t.type === 'function') declared(say, t.name, t.parameters, t.strict)
  return complaints
}

function message(say, item) {
  say((item.type ?? 'message') === 'message', `the item ${item.type}`)
  say(['system', 'developer', 'user', 'assistant'].includes(item.role), `the role ${item.role}`)
  const kinds = item.role === 'assistant' ? ['output_text', 'refusal'] : ['input_text', 'input_image', 'input_file']
  for (const part of Array.isArray(item.content) ? item.content : []) say(kinds.includes(part.type), `a part ${part.type} of ${item.role}`)
}

function anthropic(body) {
  const { say, complaints } = complaining()
  only(say, body, ['model', 'messages', 'system', 'max_tokens', 'stream', 'tools', 'tool_choice', 'thinking', 'temperature', 'top_p', 'top_k', 'stop_sequences', 'metadata',
    'output_config', 'service_tier', 'cache_control', 'context_management', 'container', 'diagnostics'])
  say(body.max_tokens > 0, 'no max_tokens')
  const budget = body.thinking?.budget_tokens
  say(!budget || (budget >= 1024 && budget < body.max_tokens), `a budget of ${budget} with max_tokens ${body.max_tokens}`)
  say(!body.thinking || body.thinking.type === 'disabled' || body.temperature === undefined || body.temperature === 1, 'temperature and thinking')
  let calls = []
  body.messages?.forEach((m, i) => {
    const blocks = typeof m.content === 'string' ? [{ type: 'text', text: m.content }] : m.content
    say(m.role === (i % 2 ? 'assistant' : 'user') || (m.role === 'system' && i), `message ${i} is of ${m.role}`)
    say(blocks.length, `message ${i} is empty`)
    const results = blocks.filter((b) => b.type === 'tool_result').map((b) => b.tool_use_id)
    say(JSON.stringify([...results].sort()) === JSON.stringify([...calls].sort()), `called were ${calls}, results are for ${results}`)
    say(blocks.findIndex((b) => b.type !== 'tool_result') === -1 || blocks.slice(0, results.length).every((b) => b.type === 'tool_result'), `message ${i} has results behind other content`)
    calls = blocks.filter((b) => b.type === 'tool_use').map((b) => b.id)
    for (const b of blocks) block(say, b, m.role)
  })
  for (const t of body.tools ?? []) if (t.input_schema || !t.type) declared(say, t.name, t.input_schema)
  return complaints
}

function block(say, b, role) {
  if (b.type === 'text') say(b.text, 'an empty text block')
  if (b.type === 'tool_use') say(/^[a-zA-Z0-9_-]+$/.test(b.id) && b.name && object(JSON.stringify(b.input)), `the call ${JSON.stringify(b)}`)
  if (b.type === 'thinking') say(role === 'assistant' && b.signature && !b.signature.includes('strowger'), `thinking signed with ${b.signature}`)
  if (b.type === 'redacted_thinking') say(role === 'assistant' && b.data && !b.data.includes('strowger'), `redacted thinking ${b.data}`)
}

function gemini(body) {
  const { say, complaints } = complaining()
  only(say, body, ['contents', 'systemInstruction', 'system_instruction', 'generationConfig', 'generation_config', 'tools', 'toolConfig', 'tool_config', 'safetySettings', 'cachedContent', 'labels', 'store', 'serviceTier'])
  const calls = []
  for (const c of body.contents ?? []) {
    say(['user', 'model', 'function'].includes(c.role ?? 'user'), `the role ${c.role}`)
    say(c.parts?.length, 'a content without parts')
    for (const p of c.parts ?? []) say(['text', 'functionCall', 'functionResponse', 'inlineData', 'fileData', 'thoughtSignature'].some((k) => p[k] !== undefined), `the part ${JSON.stringify(p)}`)
    const results = (c.parts ?? []).flatMap((p) => p.functionResponse ?? [])
    for (const r of results) {
      const call = calls.shift()
      say(r.name === call?.name, `the result of ${r.name}; called was ${call?.name}`)
      say(object(JSON.stringify(r.response)), `a result that is no object: ${JSON.stringify(r.response)}`)
    }
    say(results.length || !calls.length, `no result of ${calls.map((f) => f.name)}`)
    calls.push(...(c.parts ?? []).flatMap((p) => p.functionCall ?? []))
    for (const f of calls) say(f.name && object(JSON.stringify(f.args ?? {})), `the call ${JSON.stringify(f)}`)
  }
  for (const t of body.tools ?? []) for (const f of t.functionDeclarations ?? []) declared(say, f.name, f.parametersJsonSchema ?? f.parameters)
  return complaints
}

/** declared is a tool: its name, its parameters, and whether they are strict. */
function declared(say, name, parameters, strict) {
  say(/^[a-zA-Z_][a-zA-Z0-9_.:-]*$/.test(name), `a tool called ${name}`)
  say(/^object$/i.test(parameters?.type ?? 'object'), `${name} takes ${JSON.stringify(parameters)}`)
  say(!strict || parameters.additionalProperties === false, `${name} is strict and has no additionalProperties: false`)
}

/** only complains of members that the schema does not have. */
function only(say, body, names) {
  for (const name of Object.keys(body)) say(names.includes(name), `the member ${name}`)
}

function object(text) {
  try {
    const v = JSON.parse(text)
    return typeof v === 'object' && v !== null && !Array.isArray(v)
  } catch {
    return false
  }
}

function complaining() {
  const complaints = []
  return { complaints, say: (ok, what) => ok || complaints.push(`the provider was sent ${what}`) }
}
