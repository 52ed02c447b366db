// Takes the pictures of docs/ from what the checks have looked at: `npm run e2e` first.
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

const root = new URL('../', import.meta.url).pathname
const pictures = {
  overview: 'overview-light', requests: 'requests-detail-light', fallbacks: 'fallbacks-full-light', providers: 'providers-full-light', models: 'models-full-light',
  costs: 'costs-full-light', whatif: 'whatif-full-light', policy: 'policy-full-light', tools: 'tools-full-light', settings: 'settings-full-light',
}
mkdirSync(join(root, '../docs/pictures'), { recursive: true })
for (const [name, shot] of Object.entries(pictures)) {
  const from = join(root, 'shots', `${shot}.png`)
  if (!existsSync(from)) {
    console.error(`${from} is missing: run go tool task ui:test first`)
    process.exit(1)
  }
  copyFileSync(from, join(root, '../docs/pictures', `${name}.png`))
}
