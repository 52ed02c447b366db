// LangChain's chat models.
import { KEY, PICTURE, REPORT, TOOLS, looping } from '../talk.mjs'

/** classes are the errors of the SDKs below. */
const classes = {
  anthropic: { 401: /^AuthenticationError$/, 429: /^RateLimit(Capacity)?Error$/, 500: /^InternalServerError$/ },
  google: { 401: /^GoogleGenerativeAIFetchError$/, 429: /^RateLimit/, 500: /^GoogleGenerativeAIFetchError$/ },
}

/** broken is what the older of Google's packages cannot. */
const left = 'it leaves a promise behind that nobody can catch'
const broken = { picture: 'it shows pictures to models that it knows', 'a cut': left, 'an error in mid-answer': left, 'no end': left }

const models = [
  {
    name: '@langchain/openai chat', package: '@langchain/openai', schema: 'openai', words: { stop: 'stop', tools: 'tool_calls', length: 'length' }, errors: classes.anthropic, format: true,
    make: ({ ChatOpenAI }, url, { model }) => new ChatOpenAI({ model, apiKey: KEY, maxRetries: 0, configuration: { baseURL: `${url}/v1` } }),
  },
  {
    // What it streamed it sends back without the reasoning.
    name: '@langchain/openai responses', forgetful: true, wordless: true, package: '@langchain/openai', schema: 'openai-responses', words: { stop: 'completed', tools: 'completed', length: 'incomplete' }, errors: classes.anthropic, format: true, think: true,
    make: ({ ChatOpenAI }, url, { model, think }) => new ChatOpenAI({
      model, apiKey: KEY, maxRetries: 0, configuration: { baseURL: `${url}/v1` }, useResponsesApi: true, zdrEnabled: true,
      ...(think && { reasoning: { effort: 'low', summary: 'auto' } }),
    }),
  },
  {
    // Of a stream it adds up the output that both its ends state, and takes the input from the beginning only.
    name: '@langchain/anthropic', sums: true, nameless: true, schema: 'anthropic', words: { stop: 'end_turn', tools: 'tool_use', length: 'max_tokens' }, errors: classes.anthropic, format: true, think: true,
    make: ({ ChatAnthropic }, url, { model, think }) => new ChatAnthropic({
      model, apiKey: KEY, maxRetries: 0, anthropicApiUrl: url, maxTokens: 4096, ...(think && { thinking: { type: 'enabled', budget_tokens: 2048 } }),
    }),
  },
  {
    // It signs every call with the signature of the first.
    name: '@langchain/google-genai', nameless: 'always', unfit: { parallel: 'it signs what was not signed' }, lacks: broken, schema: 'gemini', words: { stop: 'STOP', tools: 'STOP', length: 'MAX_TOKENS' }, errors: classes.google, format: true,
    make: ({ ChatGoogleGenerativeAI }, url, { model }) => new ChatGoogleGenerativeAI({ model, apiKey: KEY, maxRetries: 0, baseUrl: url }),
  },
  {
    name: '@langchain/google', nameless: true, schema: 'gemini', words: { stop: 'STOP', tools: 'STOP', length: 'MAX_TOKENS' }, errors: { 401: /^RequestError$/, 429: /^RequestError$/, 500: /^RequestError$/ }, format: true, think: true,
    make: ({ ChatGoogle }, url, { model, think }) => new ChatGoogle({ model, apiKey: KEY, platformType: 'gai', maxRetries: 0, apiClient: elsewhere(url), ...(think && { thinkingBudget: 1024 }) }),
  },
]

/** elsewhere asks at url what is to be asked of Google, whose address stands in the package. */
const elsewhere = (url) => ({
  hasApiKey: () => true,
  getProjectId: async () => '',
  fetch: (request) => fetch(new Request(request.url.replace(/^https:\/\/[^/]+/, url), request), { headers: { ...Object.fromEntries(request.headers), 'x-goog-api-key': KEY } }),
})

export const langchain = models.map(({ make, ...caller }) => ({
  ...caller, package: [caller.package ?? caller.name, '@langchain/core/messages'],
  load: (m, messages) => looping({
    begin: ({ text, picture, system = '' }) => [
      new messages.SystemMessage(system),
      new messages.HumanMessage(picture ? { content: [{ type: 'text', text }, { type: 'image_url', image_url: { url: PICTURE } }] } : text),
    ],
    ask: (url, history, o) => ask(make(m, url, o), history, o),
    results: (history, list) => history.push(...list.map((r) => new messages.ToolMessage({ tool_call_id: r.id, name: r.name, content: r.content }))),
  }),
}))

async function ask(model, history, { stream, tools, format }) {
  if (format) return made(model, history, stream)
  const asked = tools ? model.bindTools(TOOLS.map((tool) => ({ type: 'function', function: tool }))) : model
  let got
  if (!stream) got = await asked.invoke(history)
  else for await (const chunk of await asked.stream(history)) got = got ? got.concat(chunk) : chunk
  history.push(got)
  return account(got)
}

async function made(model, history, stream) {
  const asked = model.withStructuredOutput(REPORT, { name: 'report', method: 'jsonSchema', includeRaw: true })
  let got
  if (!stream) got = await asked.invoke(history)
  else for await (const chunk of await asked.stream(history)) got = { ...got, ...chunk }
  return { ...account(got.raw), made: got.parsed }
}

function account(got) {
  const said = got.response_metadata
  const blocks = got.contentBlocks ?? []
  const of = (type, name) => blocks.filter((b) => b.type === type).map((b) => b[name] ?? '').join('')
  return {
    text: of('text', 'text'), thoughts: of('reasoning', 'reasoning'),
    calls: (got.tool_calls ?? []).map((c) => ({ id: c.id, name: c.name, args: c.args })),
    finish: said.finish_reason ?? said.finishReason ?? said.stop_reason ?? got.additional_kwargs?.stop_reason ?? said.status,
    model: said.model_name ?? said.model ?? said.modelVersion,
    usage: { input: got.usage_metadata?.input_tokens, output: got.usage_metadata?.output_tokens },
  }
}
