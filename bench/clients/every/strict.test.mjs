// Every caller against bench/provider, which is strict in every schema. The place sim direct is that without
// strowger, in the caller's own schema.
import { play, schemas } from './play.mjs'
import { modelTo } from './rig.mjs'
import { simulated } from './simulated.mjs'

await play([
  { name: 'sim direct', cases: simulated, sim: true },
  ...schemas.map((schema) => ({ name: `sim ${schema}`, cases: simulated, schema, sim: true, model: modelTo(schema, 'sim') })),
])
