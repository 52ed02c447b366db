// What the stub answers for tools and settings.
import { json } from './stub.mjs'

const tools = [
  {
    id: 'claude-code', name: 'Claude Code', about: "Anthropic's coding agent.",
    steps: [
      { title: 'Say where strowger is', text: 'In the shell that claude is started from.', copy: 'export ANTHROPIC_BASE_URL=http://127.0.0.1:8787\nexport ANTHROPIC_API_KEY=strowger', file: '' },
      { title: 'Or for good', text: '', copy: '{"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:8787"}}', file: '~/.claude/settings.json' },
    ],
    seen: null,
  },
  { id: 'codex', name: 'Codex', about: "OpenAI's coding agent.", steps: [{ title: 'Name strowger as a provider', text: '', copy: 'model_provider = "strowger"', file: '~/.codex/config.toml' }], seen: { at: '', id: 'x', outcome: 'failed', model: 'openai/gpt-5' } },
  { id: 'curl', name: 'curl', about: 'The shortest way to try.', steps: [{ title: 'Ask something', text: '', copy: 'curl http://127.0.0.1:8787/v1/models', file: '' }], seen: null },
]

const settings = {
  listen: '127.0.0.1:8787', admin: '127.0.0.1:8788', config_path: '/home/ada/.config/strowger/strowger.yaml', data_folder: '/home/ada/.local/share/strowger',
  data_bytes: 48_200_000, decisions: 21_304, oldest: '2026-01-02T03:04:05Z', retention: '30d', record: { bodies: false }, timezone: 'Europe/Berlin',
  secrets: [
    { provider: 'openai', ref: 'env:OPENAI_API_KEY', state: 'ok', last4: 'Q7xA' },
    { provider: 'azure', ref: 'keyring:azure', state: 'locked', last4: '' },
    { provider: 'anthropic', ref: 'env:ANTHROPIC_API_KEY', state: 'missing', last4: '' },
    { provider: 'openrouter', ref: 'file:/run/secrets/openrouter', state: 'rejected', last4: 'b31c' },
    { provider: 'ollama', ref: 'none', state: 'none', last4: '' },
  ],
  keys: [
    { name: 'laptop', cost_limit: [{ micro: 20_000_000, per: 'month' }], rate_limit: { requests: 60, per: 'minute' } },
    { name: 'nightly', cost_limit: [], rate_limit: null },
  ],
  versions: { strowger: 'stub', go: 'go1.26', os: 'linux/amd64', sqlite: '3.54.1', module: '' },
}

export class Part {
  empty = false
  failing = false
  job = null

  answer = (req, res, url) => {
    const path = url.pathname.replace('/_/api/', '')
    const known = { tools: () => this.#tools(), settings: () => this.#settings(), purge: () => this.#purge(req), diagnostics: () => ({ versions: settings.versions, left_out: 'prompts, answers, keys' }) }
    if (path.startsWith('jobs/')) return json(res, 200, this.#progress(req)), true
    if (!Object.hasOwn(known, path)) return false
    if (this.failing) return json(res, 503, { error: { status: 503, code: 'store_busy', message: 'the store is being compacted' } }), true
    json(res, 200, known[path]())
    return true
  }

  #tools() {
    const at = new Date().toISOString()
    return { tools: this.empty ? [] : tools.map((t) => (t.seen || t.id === this.heard ? { ...t, seen: { outcome: 'ok', model: 'demo/steady', id: 'y', ...t.seen, at } } : t)) }
  }

  #settings() {
    return this.empty ? { ...settings, config_path: '', data_folder: '', data_bytes: 0, decisions: 0, oldest: null, secrets: [], keys: [] } : settings
  }

  #purge(req) {
    if (req.method === 'GET') return { decisions: 1_200, bytes: 2_700_000, oldest: settings.oldest }
    this.job = { done: 0, asked: 0 }
    return { job: 'j' }
  }

  #progress(req) {
    if (req.method === 'DELETE') return (this.cancelled = true), {}
    this.job.done = Math.min(this.job.done + (this.slow ? 1 : 600), 1_200)
    const ended = this.job.done === 1_200
    return { id: 'j', kind: 'purge', state: ended ? 'done' : 'running', done: this.job.done, total: 1_200, result: ended ? { decisions: 1_200, freed: 2_600_000 } : null, error: '' }
  }
}
