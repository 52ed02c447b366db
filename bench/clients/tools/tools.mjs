// The command lines: how each is told where strowger is, and kept from asking anybody else. run gives the
// program, its arguments and its environment; home is a folder that is its own, url strowger's address.
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const KEY = 'sk-of-the-caller'
const at = (path) => fileURLToPath(new URL(`./node_modules/${path}`, import.meta.url))
const platform = `${process.platform}-${process.arch}`

/** put writes a file into a folder, which is made if it is not there. */
async function put(dir, name, content) {
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, name), typeof content === 'string' ? content : JSON.stringify(content))
}

const claude = {
  name: 'Claude Code', schema: 'anthropic', program: at(`@anthropic-ai/claude-code-${platform}/claude`),
  run: async (home, url, model, prompt) => ({
    args: ['-p', prompt, '--model', model, '--output-format', 'json'],
    env: {
      ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: KEY, CLAUDE_CONFIG_DIR: join(home, 'claude'), ANTHROPIC_SMALL_FAST_MODEL: model,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', CLAUDE_CODE_MAX_RETRIES: '0', DISABLE_AUTOUPDATER: '1', DISABLE_TELEMETRY: '1', DISABLE_ERROR_REPORTING: '1', DISABLE_BUG_COMMAND: '1',
    },
  }),
  said: (out) => JSON.parse(out).result,
}

const codex = {
  name: 'Codex', schema: 'openai-responses', script: true, program: at('@openai/codex/bin/codex.js'),
  async run(home, url, model, prompt) {
    await put(join(home, 'codex'), 'config.toml', `
model = "${model}"
model_provider = "strowger"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.strowger]
name = "strowger"
base_url = "${url}/v1"
env_key = "STROWGER_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
`)
    return { args: ['exec', '--skip-git-repo-check', '--json', prompt], env: { CODEX_HOME: join(home, 'codex'), STROWGER_KEY: KEY } }
  },
  said: (out) => out.split('\n').filter(Boolean).map((l) => JSON.parse(l)).findLast((e) => e.item?.type === 'agent_message')?.item.text,
}

const gemini = {
  name: 'gemini-cli', schema: 'gemini', script: true, program: at('@google/gemini-cli/bundle/gemini.js'),
  async run(home, url, model, prompt) {
    await put(join(home, '.gemini'), 'settings.json', {
      security: { auth: { selectedType: 'gemini-api-key' } }, privacy: { usageStatisticsEnabled: false }, telemetry: { enabled: false },
      general: { maxAttempts: 1, enableAutoUpdate: false, enableAutoUpdateNotification: false },
    })
    return { args: ['-m', model, '-p', prompt, '-o', 'json', '--approval-mode', 'yolo'], env: { GEMINI_API_KEY: KEY, GOOGLE_GEMINI_BASE_URL: url, GEMINI_CLI_TRUST_WORKSPACE: 'true' } }
  },
  said: (out) => JSON.parse(out.slice(out.indexOf('{'))).response,
}

const opencode = {
  name: 'opencode', schema: 'openai', program: at(`opencode-${platform}/bin/opencode`),
  async run(home, url, model, prompt, dir) {
    await put(dir, 'opencode.json', {
      autoupdate: false, share: 'disabled', model: `strowger/${model}`, small_model: `strowger/${model}`, enabled_providers: ['strowger'],
      provider: { strowger: { npm: '@ai-sdk/openai-compatible', name: 'strowger', options: { baseURL: `${url}/v1`, apiKey: KEY }, models: { [model]: { name: 'parrot', tool_call: true } } } },
    })
    return { args: ['run', prompt], env: { OPENCODE_DISABLE_MODELS_FETCH: '1', OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_LSP_DOWNLOAD: '1', OPENCODE_DISABLE_DEFAULT_PLUGINS: '1' } }
  },
  said: (out) => out.trim().split('\n').at(-1),
}

/** tools are all of them; one that is not installed says so. */
export const tools = [claude, codex, gemini, opencode].map((tool) => ({ ...tool, ...(!existsSync(tool.program) && { missing: `${tool.name} is not installed: task test:tools` }) }))
