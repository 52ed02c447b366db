// All callers. One whose package is not installed is there too, with what is missing.
import { agents } from './callers/agents.mjs'
import { aisdk } from './callers/aisdk.mjs'
import { anthropic } from './callers/anthropic.mjs'
import { genai } from './callers/genai.mjs'
import { go } from './callers/go.mjs'
import { langchain } from './callers/langchain.mjs'
import { openaiChat, openaiResponses } from './callers/openai.mjs'
import { openrouter } from './callers/openrouter.mjs'

const all = [openaiChat, openaiResponses, anthropic, genai, ...aisdk, ...langchain, openrouter, ...agents, ...go]

/** callers gives them, each with talk, or with missing. */
export const callers = () => Promise.all(all.map(async (caller) => {
  try {
    const modules = await Promise.all([caller.package].flat().map((name) => import(name)))
    return { ...caller, talk: caller.load(...modules) }
  } catch (err) {
    if (err.code !== 'ERR_MODULE_NOT_FOUND' && !err.message.includes('go build')) throw err
    return { ...caller, missing: err.message.split(/ imported|\n/)[0] }
  }
}))
