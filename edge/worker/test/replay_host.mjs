// Replays a script on the module in this process, for hosts that read files: Node and Deno.
//
//	node replay_host.mjs MODULE SCRIPT
//	deno run --allow-read replay_host.mjs MODULE SCRIPT

import { readFileSync } from 'node:fs'
import process from 'node:process'
import { Core } from '../core.mjs'
import { add, pieces, replay } from './replay.mjs'

const [wasm, script] = process.argv.slice(2)
const module = await WebAssembly.compile(readFileSync(wasm))
const bytes = readFileSync(script)
const sum = {}
for (const piece of pieces(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))) {
  add(sum, replay(() => new Core(module), piece))
  if (sum.difference) break
}
console.log(JSON.stringify(sum))
