// What wrangler.toml names as main: the Worker with the document beside it. main.mjs is the same with
// the document in a KV namespace.

import module from './strowger.wasm'
import document from './strowger.json' // as text, see the rules in wrangler.toml
import { worker } from './worker.mjs'

export { Ledger } from './ledger.mjs'
export default worker(module, { document })
