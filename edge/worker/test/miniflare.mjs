// workerd as miniflare runs it, on a port of loopback: the only place that starts one.
import { Miniflare } from 'miniflare'

/** COMPATIBILITY is what the exporter writes, too. */
export const COMPATIBILITY = '2026-04-01'

/** local starts the Worker, or the workers, of these options; url is where the first is found. */
export async function local(options) {
  const single = options.workers ? {} : { modulesRoot: '/', compatibilityDate: COMPATIBILITY }
  const mf = new Miniflare({ host: '127.0.0.1', port: 0, ...single, ...options })
  let stopped
  const stop = () => (stopped ??= mf.dispose())
  try {
    return { mf, stop, url: String(await mf.ready).replace(/\/$/, '') }
  } catch (e) {
    await stop()
    throw e
  }
}
