// Where a client is to be pointed. A listener on every address is shown as one that can be dialled.

const EVERY = new Set(['', '0.0.0.0', '[::]', '::'])

export function proxyAddress(listen: string, page: { protocol: string; host: string }): string {
  const i = listen.lastIndexOf(':')
  const host = i < 0 ? listen : listen.slice(0, i)
  const port = i < 0 ? '' : listen.slice(i + 1)
  const overHTTP = page.protocol === 'http:' || page.protocol === 'https:'
  if (listen === '') return overHTTP ? `${page.protocol}//${page.host}` : ''
  if (!EVERY.has(host)) return `http://${listen}`
  if (overHTTP && page.host.endsWith(`:${port}`)) return `${page.protocol}//${page.host}`
  return `http://127.0.0.1:${port}`
}

/** inWindow tells whether the page is shown by the desktop's window. */
export function inWindow(page: Pick<Location, 'protocol' | 'hostname'> = location): boolean {
  return 'runtime' in globalThis || 'wails' in globalThis || page.protocol === 'wails:' || page.hostname === 'wails.localhost'
}

/** linkTo is where a browser finds this view: the window's own address means nothing elsewhere. */
export function linkTo(
  address: string,
  page: Pick<Location, 'protocol' | 'hostname' | 'origin' | 'pathname' | 'search'>,
  hash: string,
): string {
  if (inWindow(page) && address !== '') return `${address}/_/${hash}`
  return page.origin + page.pathname + page.search + hash
}

/** shellQuote makes one argument of a text for a POSIX shell. */
export const shellQuote = (s: string): string => `'${s.replaceAll("'", `'\\''`)}'`

const NOT_CHAT = /embed|rerank|whisper|tts|moderation|image|dall-e/i

/** chatModel is the first model that one would chat with. */
export const chatModel = (ids: string[]): string | undefined =>
  ids.find((id) => !NOT_CHAT.test(id))

/** firstRequest is a curl command that works as it stands. */
export function firstRequest(address: string, model: string): string {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Say hello.' }] })
  return [
    `curl ${address}/v1/chat/completions \\`,
    `  -H 'content-type: application/json' \\`,
    `  -d ${shellQuote(body)}`,
  ].join('\n')
}
