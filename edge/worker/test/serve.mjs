// Serves an exported folder in workerd until its input ends: node worker/test/serve.mjs DIR. The first line of the input
// is a JSON object of secrets; the address is the first line of the output.
import { createInterface } from 'node:readline'

import { workerd } from './folder.mjs'

let served
for await (const line of createInterface({ input: process.stdin })) {
  if (served) continue
  served = await workerd(process.argv[2], JSON.parse(line))
  console.log(served.url)
}
await served?.stop()
