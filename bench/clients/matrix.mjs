// The table of SDKs and cases. As a reporter of node's test runner it keeps what became of every test whose
// title is "case · SDK", and what such a test said; run by itself it prints that as a table:
//
//	node --test --test-reporter=./matrix.mjs --test-reporter-destination=results.jsonl
//	node matrix.mjs results.jsonl
import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'

import { pair, print as printPairs } from './every/table.mjs'

const BETWEEN = ' · '

export default async function* keep(source) {
  for await (const { type, data } of source) {
    const found = pair(type, data)
    if (found) yield line(found)
    if (found) continue
    const title = type === 'test:diagnostic' ? data.message : data?.name
    if (!title?.includes(BETWEEN) || title.includes(' → ')) continue
    const [row, rest] = title.split(BETWEEN)
    if (type === 'test:pass') yield line({ row, sdk: rest, cell: data.skip !== undefined ? 'skipped' : 'ok' })
    if (type === 'test:fail') yield line({ row, sdk: rest, cell: 'FAILED' })
    if (type === 'test:diagnostic') yield line({ row, sdk: rest.slice(0, rest.indexOf(': ')), says: rest.slice(rest.indexOf(': ') + 2) })
  }
}

const line = (result) => JSON.stringify(result) + '\n'

/** print shows the results: cases that pass or fail, and then what was only observed. */
function print(results) {
  const sdks = [...new Set(results.map((r) => r.sdk))]
  console.log('SDKs:')
  sdks.forEach((sdk, i) => console.log(`  ${i + 1} ${sdk}`))
  const cells = results.filter((r) => r.cell)
  table('case', sdks, cells, (r) => r.cell)
  table('seen without strowger, or of what it says', sdks, results.filter((r) => r.says), (r) => r.says)
  const skipped = cells.filter((r) => r.cell === 'skipped')
  const failed = cells.filter((r) => r.cell !== 'ok' && r.cell !== 'skipped')
  console.log(`\n${cells.length} cells, ${cells.length - failed.length - skipped.length} ok, ${failed.length} not, ${skipped.length} skipped`)
}

function table(title, sdks, results, cell) {
  const rows = new Map()
  for (const r of results) rows.set(r.row, { ...rows.get(r.row), [r.sdk]: cell(r) })
  const lines = [[title, ...sdks.map((_, i) => String(i + 1))], ...[...rows].map(([row, by]) => [row, ...sdks.map((sdk) => by[sdk] ?? '-')])]
  const widths = lines[0].map((_, i) => Math.max(...lines.map((l) => l[i].length)))
  console.log()
  for (const l of lines) console.log(l.map((text, i) => text.padEnd(widths[i])).join('  ').trimEnd())
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const text = await readFile(process.argv[2], 'utf8').catch(() => '')
  const results = text.split('\n').filter(Boolean).map((l) => JSON.parse(l))
  if (results.length === 0) console.log('no results: the tests did not run')
  const pairs = results.filter((r) => r.provider)
  const others = results.filter((r) => !r.provider)
  if (others.length) print(others)
  if (pairs.length) printPairs(pairs)
}
