// The SDKs as callers: each makes of an answer what its own parser makes of it, told in the same words.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { HTTPClient, OpenRouter } from '@openrouter/sdk'
import { createOpenRouter } from '@openrouter/ai-sdk-provider'
import { generateText, jsonSchema, streamText, tool } from 'ai'
import OpenAI from 'openai'

import { built, user } from './rig.mjs'

const KEY = 'sk-of-the-caller'
const WEATHER = { type: 'object', properties: { place: { type: 'string' } } }
const DESCRIPTION = 'the weather of a place'
const tools = [{ type: 'function', function: { name: 'get_weather', description: DESCRIPTION, parameters: WEATHER } }]

/**
 * Each caller has stream(at, call, options) and whole(at, call, options). at is the base URL, call what the
 * text goes to as it comes, and options are model, tools (whether there are some) and retries. Both give an
 * account: text, thoughts, tools that were called as [name, arguments], every id and model that was named,
 * the finish reason, usage, and the error that was raised. Some SDKs name one model
 * only (single: the first, or the last), and one has no word for reasoning (thoughtless).
 */
export const callers = {
  openai: {
    stream: (at, call, o) => account(call, async (got) => {
      for await (const chunk of await openai(at, o).chat.completions.create(asking(call, o, true))) got.chunk(chunk)
    }),
    whole: (at, call, o) => account(call, async (got) => got.whole(await openai(at, o).chat.completions.create(asking(call, o)))),
  },

  'openai .stream()': {
    stream: (at, call, o) => account(call, async (got) => {
      const runner = openai(at, o).chat.completions.stream(asking(call, o))
      runner.on('chunk', (chunk) => got.chunk(chunk))
      runner.on('tool_calls.function.arguments.done', (done) => got.tools.push([done.name, done.arguments]))
      got.whole(await runner.finalChatCompletion(), false)
    }),
  },

  '@ai-sdk/openai': { ...aisdk((baseURL, fetch) => createOpenAI({ baseURL, apiKey: KEY, fetch }).chat), thoughtless: true },
  '@ai-sdk/openai-compatible': aisdk((baseURL, fetch) => createOpenAICompatible({ name: 'strowger', baseURL, apiKey: KEY, fetch, includeUsage: true })),
  '@openrouter/ai-sdk-provider': { ...aisdk((baseURL, fetch) => createOpenRouter({ baseURL, apiKey: KEY, fetch, compatibility: 'strict' })), single: 'last' },

  '@openrouter/sdk': {
    stream: (at, call, o) => account(call, async (got) => {
      const stream = await openrouter(at, o).chat.send({ chatRequest: camel(asking(call, o, true)) })
      for await (const chunk of stream) got.chunk(chunk)
    }),
    whole: (at, call, o) => account(call, async (got) => got.whole(await openrouter(at, o).chat.send({ chatRequest: camel(asking(call, o)) }))),
  },

  'openai-go': {
    stream: (at, call, o) => account(call, (got) => openaigo(got, at, call, { ...o, stream: true })),
    whole: (at, call, o) => account(call, (got) => openaigo(got, at, call, o)),
  },
}

const openai = (baseURL, { retries = 0, fetch }) => new OpenAI({ baseURL, apiKey: KEY, maxRetries: retries, timeout: 30_000, fetch })

/** openrouter's SDK counts no retries: it goes on for a while. */
const openrouter = (serverURL, { retries = 0, fetch }) => new OpenRouter({
  apiKey: KEY, serverURL, httpClient: new HTTPClient({ fetcher: fetch }),
  retryConfig: retries === 0 ? { strategy: 'none' } : { strategy: 'backoff', backoff: { initialInterval: 10, maxInterval: 20, exponent: 1, maxElapsedTime: 100 }, retryConnectionErrors: false },
})

/** openaigo is a program of its own, which says in JSON what it gets. */
async function openaigo(got, baseURL, call, { model, stream, usage, tools, retries = 0, header }) {
  const task = { baseURL: `${baseURL}/`, model, text: call.id, header, stream, usage, tools, retries }
  const child = spawn(built('openaigo', './bench/clients/openaigo'), [JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  for await (const line of createInterface({ input: child.stdout })) {
    const { text, arguments: args, account: told } = JSON.parse(line)
    if (text) got.say(text)
    if (args) call.got(args)
    if (told) Object.assign(got, told, { ids: new Set(told.ids) })
    if (told) [call.requests, call.sse] = [told.requests, told.sse]
  }
  if ((await ended) !== 0) throw new Error('openaigo failed')
  if (got.error) throw got.error
}

function asking(call, o, stream) {
  return {
    model: o.model, messages: user(call.id),
    ...(o.tools && { tools }),
    ...(stream && { stream: true }),
    ...(o.usage && { stream_options: { include_usage: true } }),
  }
}

/** camel is a request as OpenRouter's SDK wants it; a tool's own schema stays as it is. */
const camel = ({ stream_options: options, ...body }) => ({ ...body, ...(options && { streamOptions: { includeUsage: true } }) })

/** aisdk is the AI SDK with one of its providers. */
function aisdk(provider) {
  const request = (at, call, o) => ({
    model: provider(at, o.fetch)(o.model), messages: user(call.id), maxRetries: o.retries ?? 0,
    ...(o.tools && { tools: { get_weather: tool({ description: DESCRIPTION, inputSchema: jsonSchema(WEATHER) }) } }),
  })
  return {
    single: 'first',
    stream: (at, call, o) => account(call, async (got) => {
      const result = streamText({ ...request(at, call, o), onError: () => {} })
      let broken
      for await (const part of result.fullStream) {
        if (part.type === 'text-delta') got.say(part.text)
        else if (part.type === 'reasoning-delta') got.thoughts += part.text
        else if (part.type === 'tool-input-delta') call.got(part.delta)
        else if (part.type === 'tool-call') got.tools.push([part.toolName, part.invalid ? `${part.input} (marked as invalid)` : JSON.stringify(part.input)])
        else if (part.type === 'finish-step') got.named(part.response)
        else if (part.type === 'finish') got.finish = part.finishReason
        else if (part.type === 'error') broken ??= { error: part.error }
      }
      // Who reads no parts asks for the text: either it is all of it, or that fails.
      const text = await result.text.catch((error) => ((broken ??= { error }), null))
      if (broken) throw broken.error
      if (text !== got.text) throw new Error(`the text is ${JSON.stringify(text)}, its pieces ${JSON.stringify(got.text)}`)
      const usage = await result.usage
      if (usage.totalTokens) got.usage = [usage.inputTokens, usage.outputTokens]
    }),
    whole: (at, call, o) => account(call, async (got) => {
      const result = await generateText(request(at, call, o))
      got.say(result.text)
      got.tools = result.toolCalls.map((t) => [t.toolName, JSON.stringify(t.input)])
      got.finish = result.finishReason
      got.usage = [result.usage.inputTokens, result.usage.outputTokens]
      got.thoughts = result.reasoningText ?? ''
      got.named(result.response)
    }),
  }
}

/** account is what ask told an Account; what it threw is in there. */
async function account(call, ask) {
  const got = new Account(call)
  try {
    await ask(got)
  } catch (err) {
    got.error = err
  }
  if (call.failed) throw call.failed // the provider's script did not get to its end
  return got
}

class Account {
  text = ''
  thoughts = ''
  tools = []
  begun = '' // arguments of tools, complete or not
  ids = new Set()
  models = []
  finish = null
  usage = null
  error = null

  constructor(call) {
    this.call = call
  }

  say(piece) {
    this.text += piece
    this.call.got(piece)
  }

  named({ id, modelId, model = modelId }) {
    if (id) this.ids.add(id)
    if (model !== this.models.at(-1)) this.models.push(model)
  }

  /** chunk takes one of OpenAI's, in whichever case its names are. */
  chunk(c) {
    this.named(c)
    const choice = c.choices[0]
    if (c.usage) this.usage = [c.usage.prompt_tokens ?? c.usage.promptTokens, c.usage.completion_tokens ?? c.usage.completionTokens]
    if (!choice) return
    const { content, reasoning, tool_calls: calls, toolCalls = calls } = choice.delta
    if (content) this.say(content)
    if (reasoning) this.thoughts += reasoning
    for (const t of toolCalls ?? []) {
      if (t.function?.name) this.name = t.function.name
      this.begun += t.function?.arguments ?? ''
      this.call.got(t.function?.arguments ?? '')
    }
    const finish = choice.finish_reason ?? choice.finishReason
    if (finish) this.finish = finish
    if (finish && this.begun) this.tools = [[this.name, this.begun]]
  }

  /** whole takes an answer that is no stream; its text too unless that was told before. */
  whole(c, all = true) {
    this.named(c)
    this.raw = c
    const { message, finish_reason: reason, finishReason = reason } = c.choices[0]
    if (all) {
      this.say(message.content ?? '')
      this.thoughts = message.reasoning ?? ''
    }
    this.tools = (message.tool_calls ?? message.toolCalls ?? []).map((t) => [t.function.name, t.function.arguments])
    this.finish = finishReason
    const u = c.usage
    if (u) this.usage = [u.prompt_tokens ?? u.promptTokens, u.completion_tokens ?? u.completionTokens]
  }
}
