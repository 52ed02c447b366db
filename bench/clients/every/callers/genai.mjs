// Google's SDK for JavaScript.
import { KEY, PIXEL, REPORT, TOOLS, looping } from '../talk.mjs'

export const genai = {
  name: '@google/genai', package: '@google/genai', schema: 'gemini', words: { stop: 'STOP', tools: 'STOP', length: 'MAX_TOKENS' }, format: true, think: true,
  errors: { 401: /^ApiError$/, 429: /^ApiError$/, 500: /^ApiError$/ },
  load: ({ GoogleGenAI }) => looping({
    begin: ({ text, picture }) => [{ role: 'user', parts: [{ text }, ...(picture ? [{ inlineData: { mimeType: 'image/png', data: PIXEL } }] : [])] }],
    ask: (url, contents, o) => ask(new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: url, timeout: 20_000 } }), contents, o),
    results: (contents, list) => contents.push({ role: 'user', parts: list.map((r) => ({ functionResponse: { ...(r.id && { id: r.id }), name: r.name, response: { output: r.content } } })) }),
  }),
}

async function ask(client, contents, { model, system, stream, tools, format, think }) {
  const params = {
    model, contents,
    config: {
      systemInstruction: system,
      ...(tools && { tools: [{ functionDeclarations: TOOLS.map(({ parameters, ...tool }) => ({ ...tool, parametersJsonSchema: parameters })) }] }),
      ...(format && { responseMimeType: 'application/json', responseJsonSchema: REPORT }),
      ...(think && { thinkingConfig: { includeThoughts: true } }),
    },
  }
  const parts = []
  const answer = { finish: null, usage: {}, model: null }
  const chunks = stream ? await client.models.generateContentStream(params) : [await client.models.generateContent(params)]
  for await (const chunk of chunks) {
    const [candidate] = chunk.candidates ?? []
    parts.push(...(candidate?.content?.parts ?? []))
    answer.finish = candidate?.finishReason ?? answer.finish
    answer.model = chunk.modelVersion ?? answer.model
    const u = chunk.usageMetadata
    if (u) answer.usage = { input: u.promptTokenCount, output: u.candidatesTokenCount }
  }
  contents.push({ role: 'model', parts })
  const text = parts.filter((p) => !p.thought).map((p) => p.text ?? '').join('')
  return {
    ...answer, text, thoughts: parts.filter((p) => p.thought).map((p) => p.text ?? '').join(''),
    calls: parts.filter((p) => p.functionCall).map(({ functionCall: f }) => ({ id: f.id, name: f.name, args: f.args ?? {} })),
    ...(format && { made: JSON.parse(text) }),
  }
}
