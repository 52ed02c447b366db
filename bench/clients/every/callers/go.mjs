// The SDKs for Go, by the program everygo.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { built } from '../../rig.mjs'
import { PIXEL, REPORT, SAID, TOOLS } from '../talk.mjs'

const run = promisify(execFile)
const each = (errors) => ({ 401: errors, 429: errors, 500: errors })

export const go = [
  { name: 'openai-go chat', sdk: 'chat', schema: 'openai', words: { stop: 'stop', tools: 'tool_calls', length: 'length' }, errors: each(/apierror\.Error$/), think: true, mute: true },
  { name: 'openai-go responses', sdk: 'responses', schema: 'openai-responses', words: { stop: 'completed', tools: 'completed', length: 'incomplete' }, errors: each(/apierror\.Error$/), think: true },
  { name: 'anthropic-sdk-go', sdk: 'anthropic', schema: 'anthropic', words: { stop: 'end_turn', tools: 'tool_use', length: 'max_tokens' }, errors: each(/apierror\.Error$/), think: true },
  { name: 'genai for Go', sdk: 'genai', schema: 'gemini', words: { stop: 'STOP', tools: 'STOP', length: 'MAX_TOKENS' }, errors: each(/^genai\.APIError$/), think: true },
].map(({ sdk, ...caller }) => ({ ...caller, package: [], format: true, load: () => talker(sdk, built('everygo', './bench/clients/everygo')) }))

const talker = (sdk, program) => async (url, { strict, picture, ...o }) => {
  const task = { sdk, url, ...o, ...(picture && { picture: PIXEL }), offered: TOOLS, report: REPORT, said: SAID }
  const { stdout } = await run(program, [JSON.stringify(task)], { timeout: 30_000 })
  const { answers, error } = JSON.parse(stdout)
  if (error) throw Object.assign(new Error(error.message), error)
  return answers.map((a) => ({ ...a, calls: a.calls ?? [] }))
}
