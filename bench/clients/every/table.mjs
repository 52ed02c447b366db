// The table of callers and providers: how much of what was asked was got, and what failed first.

const TO = ' → '

/** pair is the result of a test called "caller → provider · case"; null if it is called otherwise. */
export function pair(type, { name, skip, details }) {
  const [between, what] = (name ?? '').split(' · ')
  if (!what || !between.includes(TO) || (type !== 'test:pass' && type !== 'test:fail')) return null
  const [caller, provider] = between.split(TO)
  const cell = type === 'test:fail' ? 'FAILED' : skip !== undefined ? 'skipped' : 'ok'
  return { caller, provider, case: what, cell, ...(skip && { why: skip }), ...(cell === 'FAILED' && { why: reason(details.error) }) }
}

/** reason is the first lines of what was raised, on one line. */
const reason = (err) => String((err.cause ?? err).message ?? err).split('\n').map((l) => l.trim()).filter(Boolean).join(' ').slice(0, 240)

/** print shows the pairs among the results, then the first failure of each. */
export function print(results) {
  const pairs = Map.groupBy?.(results, (r) => r.caller + TO + r.provider) ?? grouped(results)
  const callers = [...new Set(results.map((r) => r.caller))]
  const providers = [...new Set(results.map((r) => r.provider))]
  const cell = (caller, provider) => {
    const all = pairs.get(caller + TO + provider) ?? []
    const played = all.filter((r) => r.cell !== 'skipped')
    if (!played.length) return all.length ? 'skipped' : '-'
    return `${played.filter((r) => r.cell === 'ok').length}/${played.length}`
  }
  const lines = [['caller', ...providers], ...callers.map((c) => [c, ...providers.map((p) => cell(c, p))])]
  const widths = lines[0].map((_, i) => Math.max(...lines.map((l) => l[i].length)))
  console.log()
  for (const l of lines) console.log(l.map((text, i) => text.padEnd(widths[i])).join('  ').trimEnd())
  for (const [name, all] of pairs) {
    const first = all.find((r) => r.cell === 'FAILED') ?? all.find((r) => r.cell === 'skipped')
    if (first) console.log(`  ${name} · ${first.case}: ${first.cell === 'skipped' ? 'skipped, ' : ''}${first.why}`)
  }
  const count = (cell) => results.filter((r) => r.cell === cell).length
  console.log(`\n${results.length} of callers and providers, ${count('ok')} ok, ${count('FAILED')} not, ${count('skipped')} skipped`)
}

function grouped(results) {
  const by = new Map()
  for (const r of results) by.set(r.caller + TO + r.provider, [...(by.get(r.caller + TO + r.provider) ?? []), r])
  return by
}
