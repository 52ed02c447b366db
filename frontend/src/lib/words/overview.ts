// The words of the overview.

const n = (value: number): string => value.toLocaleString('en')

export const overviewWords = {
  tiles: {
    label: 'Figures of this time',
    requests: 'Requests',
    perMinute: (rate: string) => `${rate} a minute`,
    ok: 'Answered',
    okNote: (ok: number, ended: number, first: string) => `${n(ok)} of ${n(ended)}, ${first} at first try`,
    first: 'First token, p50',
    total: 'Whole answer, p50',
    p95: (time: string) => `p95 ${time}`,
    spend: 'Spend',
    saved: (amount: string) => `${amount} saved by caches`,
    lost: (amount: string) => `caches cost ${amount} more than they saved`,
    fallback: 'Fallback rate',
    fellBack: (saved: number, ended: number, lost: number) => `${n(saved)} of ${n(ended)} saved, ${n(lost)} failed`,
    nothing: '–',
  },
  latency: {
    title: 'How long answers take',
    label: 'What is measured',
    first: 'First token',
    total: 'Whole answer',
    p50: 'p50',
    p95: 'p95',
    columns: { time: 'Time', requests: 'Requests', p50: 'p50', p95: 'p95', failed: 'Failed' },
    none: 'Nothing was measured in this time.',
    finding: (p50: string, p95: string, failed: number, worst: string) =>
      `Half of them within ${p50}, 95 % within ${p95}${worst === '' ? '' : `; slowest around ${worst}`}. ${failed === 0 ? 'None failed.' : `${n(failed)} failed.`}`,
    failed: (count: number) => `${n(count)} failed`,
  },
  attention: {
    title: 'Needs attention',
    none: 'Nothing. Circuits are closed, budgets have room, keys work and prices are known.',
    untried: (who: string[]) => `Nothing. Circuits are closed, budgets have room and prices are known. Whether the ${who.length === 1 ? 'key works' : 'keys work'} is not known of ${who.join(', ')}: never answered yet.`,
    go: 'Show',
    severity: { bad: 'serious', warn: 'warning', info: 'note' } as Record<string, string>,
  },
  tops: {
    model: 'Models',
    provider: 'Providers',
    key: 'Keys',
    noKey: 'without a key',
    unserved: 'no answer',
    note: (requests: string) => `${requests} requests`,
    none: 'Nothing yet.',
  },
  empty: (range: string) => `No request in ${range}.`,
  emptyLast: (when: string) => `The last one was ${when} ago.`,
  widen: (range: string) => `Show the last ${range}`,
  lastOf: (range: string) => `the last ${range}`,
}
