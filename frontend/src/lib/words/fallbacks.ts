import type { Kind } from '../fallbacks'

// The words of the screen of fallbacks.

const times = (n: number): string => (n === 1 ? 'once' : n === 2 ? 'twice' : `${n.toLocaleString('en')} times`)
const many = (n: number, one: string, more: string): string => `${n.toLocaleString('en')} ${n === 1 ? one : more}`

export const fallbackWords = {
  title: 'Fallbacks',
  kinds: {
    server: 'server error or overloaded (5xx)',
    limit: 'rate limited (429)',
    time: 'timeout',
    reach: 'not reached',
    broken: 'answer broke off',
    access: 'no model or no access',
    other: 'ended otherwise',
  } as Record<Kind, string>,
  outcomes: {
    rate_limited: 'rate limited',
    provider_error: 'server error',
    overloaded: 'overloaded',
    connect_timeout: 'connect timeout',
    first_token_timeout: 'first token too late',
    idle_timeout: 'fell silent',
    total_timeout: 'took too long',
    status_timeout: 'timeout at the provider',
    unreachable: 'not reached',
    cut: 'answer cut off',
    bad_answer: 'not an answer',
    no_model: 'model not there',
    credentials: 'key rejected',
    context_length: 'input too long',
    content_filter: 'content filter',
    client_error: 'caller’s error',
    left: 'caller left',
    abandoned: 'given up by us',
    cost_limit: 'not affordable',
  } as Record<string, string>,
  spans: { open: 'circuit open: it rests', limited: 'asked us to wait (Retry-After)' },
  /** Why, in a sentence: `with “overloaded” (503)`, `by falling silent`. */
  with: {
    connect_timeout: 'because no connection came about in time',
    first_token_timeout: 'because the first token came too late',
    idle_timeout: 'because it fell silent in the middle',
    total_timeout: 'because it took too long',
    unreachable: 'because it could not be reached',
    cut: 'because the answer broke off',
    bad_answer: 'because what came was no answer',
    no_model: 'because it does not have the model',
    credentials: 'because it rejected the key',
  } as Record<string, string>,
  withStatus: (status: number, outcome: string) => `with “${outcome}”${status >= 300 ? ` (${status})` : ''}`,
  failed: (who: string, n: number, why: string, from: string, to: string) =>
    `${who} failed ${times(n)} ${why} ${from === to ? `at ${from}` : `between ${from} and ${to}`}`,
  tookOver: (saviours: [string, number][], lost: number): string => {
    const parts = saviours.map(([name, n], i) => (i === 0 ? `${name} took over ${n.toLocaleString('en')}` : `${name} ${n.toLocaleString('en')}`))
    const saved = parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}` : (parts[0] ?? '')
    const failed = lost > 0 ? `${saved === '' ? 'nothing took over, ' : ''}${many(lost, 'request', 'requests')} failed` : ''
    return [saved, failed].filter(Boolean).join(', ')
  },
  took: (time: string, one: boolean) => `it took ${time}${one ? '' : ' each'}`,
  nothing: 'nothing',
  atLeast: (money: string) => `at least ${money}`,
  calm: (n: number) => `${many(n, 'request', 'requests')}, and none of them needed a fallback.`,
  summary: (fell: number, all: number, share: string, saved: number, lost: number) =>
    `${fell.toLocaleString('en')} of ${many(all, 'request', 'requests')} (${share}) met a failure: another endpoint answered ${saved.toLocaleString('en')}${lost > 0 ? `, ${lost.toLocaleString('en')} ended without an answer` : ', none was lost'}.`,
  beside: (what: string) => `Beside them: ${what}.`,
  findings: 'What happened',
  only: 'Look at this time',
  onlyName: (what: string) => `Look at this time only: ${what}`,
  requests: 'Requests',
  requestsName: (what: string) => `The requests of: ${what}`,
  more: (n: number) => `and ${many(n, 'other such run', 'other such runs')}, below in the lanes`,
  tiles: {
    fell: 'Met a failure',
    saved: 'Saved by another',
    lost: 'Ended without answer',
    money: 'Cost of failed attempts',
    time: 'Time lost to them',
    ofAll: (share: string) => `${share} of those that ended`,
    rate: (share: string, saved: number, ended: number) => `fallback rate ${share}, ${saved.toLocaleString('en')} of ${ended.toLocaleString('en')}`,
    ofThem: (share: string) => `${share} of them`,
    each: (time: string) => `${time} each`,
    ofSpend: 'beside the answers’ cost',
  },
  lanes: {
    title: 'When, and where',
    hint: 'Each mark is a failed attempt; a number gathers several. Drag over the lanes to choose a time.',
    label: 'Failed attempts by provider over time',
    dot: (n: number, what: string, who: string, when: string) =>
      n === 1 ? `${who}: ${what}, ${when}` : `${who}: ${n} × ${what}, ${when}`,
    span: (what: string, from: string, to: string) => `${what}, ${from} to ${to}`,
    leftOut: (n: number) => `${many(n, 'mark is', 'marks are')} not drawn: choose a shorter time to see them.`,
    back: 'Back to the last hour',
    legend: 'Marks',
    columns: { provider: 'Provider', from: 'From', to: 'To', what: 'What', n: 'n', served: 'Answered in the end by', each: 'Took' },
    nobody: 'nobody',
  },
  flows: {
    title: 'What was asked, what went wrong, what served',
    label: 'Flows from the model asked for, over the failure, to what served',
    columns: { asked: 'Asked', trigger: 'Failure', served: 'Served by', n: 'Requests', cost: 'Cost of failed attempts', time: 'Time lost' },
    failed: 'failed',
    rest: 'other models',
    unnamed: 'a route’s own model',
    link: (n: number, from: string, to: string) => `${from} to ${to}: ${many(n, 'request', 'requests')}`,
  },
  empty: 'Nothing has passed through in this time.',
  emptyNext: 'Choose a longer time above, or send a request: failures and what took over appear here.',
}
