/** Writes the documents that are made from tables: `npm run docs:generate`. */
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lawsDocument, primitivesDocument } from '../laws/matrix.js'

const here = dirname(fileURLToPath(import.meta.url))
writeFileSync(join(here, 'primitives.md'), primitivesDocument())
writeFileSync(join(here, 'laws.md'), lawsDocument())
