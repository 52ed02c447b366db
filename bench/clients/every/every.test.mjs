// Every caller against aimock, which speaks every schema. The place direct is aimock without strowger, in the
// caller's own schema: what fails there is no fault of strowger's.
import { cases } from './cases.mjs'
import { play, schemas } from './play.mjs'
import { modelTo } from './rig.mjs'

await play([{ name: 'direct', cases }, ...schemas.map((schema) => ({ name: schema, cases, schema, model: modelTo(schema) }))])
