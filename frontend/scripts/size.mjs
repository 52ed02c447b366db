// The budget: what a first visit loads, gzipped, and everything there is. Fails above it.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { gzipSync } from 'node:zlib'

const FIRST = 120 * 1024
const ALL = 200 * 1024
const dist = new URL('../dist/', import.meta.url).pathname

const size = (name) => gzipSync(readFileSync(join(dist, name)), { level: 9 }).length
const kib = (n) => `${(n / 1024).toFixed(1)} KiB`

/** The files a module loads at once; those of import() come later. */
function imports(name) {
  const text = readFileSync(join(dist, name), 'utf8')
  return [...text.matchAll(/(?:import|from)\s*["'](\.[^"']+)["']/g)].map((m) => normalize(join(dirname(name), m[1])))
}

const page = readFileSync(join(dist, 'index.html'), 'utf8')
const first = new Set(['index.html'])
const queue = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map((m) => m[1])
while (queue.length > 0) {
  const name = queue.pop()
  if (first.has(name)) continue
  first.add(name)
  if (name.endsWith('.js')) queue.push(...imports(name))
}

const everything = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((e) => e.isFile() && e.name !== '.gitkeep')
  .map((e) => join(e.parentPath, e.name).slice(dist.length))
const sum = (names) => [...names].reduce((n, name) => n + size(name), 0)

for (const name of [...first].sort()) console.log(`${kib(size(name)).padStart(10)}  ${name}`)
const [now, all] = [sum(first), sum(everything)]
console.log(`first load ${kib(now)} of ${kib(FIRST)}, all ${kib(all)} of ${kib(ALL)} (gzip)`)
if (now > FIRST || all > ALL) {
  console.error('over the budget')
  process.exit(1)
}
