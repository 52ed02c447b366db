// Samples on their way home, to a strowger that listens at /_/api/samples.

const PATIENCE = 30_000 // milliseconds for one batch
const encoder = new TextEncoder()

// Statuses that say nothing of the batch itself: it is sent again.
const AGAIN = [401, 403, 404, 405, 408, 429]

// Statuses that mean something in the batch.
const CONTENT = [400, 413, 422]

/**
 * post sends a batch, signed. It gives nothing if it was taken, or else what is wrong, whether to try again, and whether
 * it is about what is in the batch.
 * @param {{url: string, name: string}} home @param {string} secret @param {string} body @param {typeof fetch} [send]
 * @returns {Promise<{problem: string, again: boolean, content?: boolean} | undefined>}
 */
export async function post(home, secret, body, send = fetch) {
  const time = String(Math.floor(Date.now() / 1000))
  const headers = {
    'content-type': 'application/json',
    'x-strowger-from': home.name,
    'x-strowger-time': time,
    'x-strowger-signature': await signature(secret, `${time}.${body}`),
  }
  let response
  try {
    response = await send(`${home.url}/_/api/samples`, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.timeout(PATIENCE) })
    await response.body?.cancel()
  } catch {
    return { problem: 'home cannot be reached', again: true } // what the runtime says may hold more of the request
  }
  if (response.ok) return undefined
  const again = response.status >= 500 || response.status < 400 || AGAIN.includes(response.status)
  return { problem: `home answered ${response.status}`, again, content: CONTENT.includes(response.status) }
}

/** signature is HMAC-SHA256 in hexadecimal digits. */
async function signature(secret, text) {
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const mac = await crypto.subtle.sign('HMAC', key, encoder.encode(text))
  return Array.from(new Uint8Array(mac), (b) => b.toString(16).padStart(2, '0')).join('')
}
