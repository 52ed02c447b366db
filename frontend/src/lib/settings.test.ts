import { expect, it } from 'vitest'
import { bytes, readSettings, readWindow, writeWindow } from './settings'

it('reads settings, and limits as people say them', () => {
  const s = readSettings({
    listen: '127.0.0.1:8787',
    record: { bodies: true },
    secrets: [{ provider: 'openai', ref: 'env:K', state: 'ok', last4: 'abcd' }, 7],
    keys: [
      { name: 'laptop', cost_limit: [{ micro: 20_000_000, per: 'month' }, { micro: 1_500_000, per: 'day' }], rate_limit: { requests: 60, per: 'minute' } },
      { name: 'free', cost_limit: null, rate_limit: null },
    ],
    versions: { strowger: '1.0', go: 'go1.26' },
  })
  expect(s.secrets).toHaveLength(1)
  expect(s.keys.map((k) => k.limits)).toEqual([['$20.00 a month', '$1.50 a day', '60 requests a minute'], []])
  expect(s.versions).toEqual([['strowger', '1.0'], ['go', 'go1.26']])
  expect([s.bodies, s.oldest, readSettings(null).keys]).toEqual([true, '', []])
})

it('writes sizes', () => {
  expect([0, 812, 999.6, 4_230, 123_456, 1_300_000_000].map(bytes)).toEqual(['0 B', '812 B', '1 kB', '4.2 kB', '123 kB', '1.3 GB'])
})

it('gives the window back what it said', () => {
  const said = { close_to_background: true, start_at_login: false, notify: { failover: true, rate_limited: false } }
  expect(writeWindow(readWindow(said))).toEqual(said)
})
