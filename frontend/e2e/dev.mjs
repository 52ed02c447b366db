// `npm run dev`: the page with hot reload, over the stub with made-up traffic, or over a running
// proxy when STROWGER_URL is set.
import { createServer } from 'vite'
import { Part as Live } from './stub-live.mjs'
import { Part as Figures } from './stub-figures.mjs'
import { Part as Policy } from './stub-policy.mjs'
import { Part as Setup } from './stub-setup.mjs'
import { Stub } from './stub.mjs'
import { mix } from './stub-scenarios.mjs'

async function stubWithTraffic() {
  const stub = new Stub()
  const url = await stub.listen()
  stub.parts.push(new Figures(Date.now()).answer, new Policy().answer, new Setup().answer, new Live(stub).answer)
  for (let i = 60; i > 0; i--) stub.add(mix[i % mix.length], new Date(Date.now() - i * 7_000))
  const next = () => {
    stub.add(mix[Math.floor(Math.random() * mix.length)])
    setTimeout(next, 300 + Math.random() * 2_500)
  }
  if (!process.argv.includes('--quiet')) next()
  console.log(`stub (not Strowger) on ${url}`)
  return url
}

const target = process.env.STROWGER_URL ?? (await stubWithTraffic())
const server = await createServer({ server: { proxy: { '/_/api': { target, changeOrigin: true } } } })
await server.listen()
server.printUrls()
