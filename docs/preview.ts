/** Builds the pages and serves them on this machine: `npm run docs:preview -- --port 8080`. */
import { parseArgs } from 'node:util'
import { servePages } from './pages.js'

const { values: { port } } = parseArgs({ options: { port: { type: 'string', default: '8080' } } })
const number = Number(port)
if (!/^\d+$/.test(port) || number > 65535) {
  console.error(`--port wants a whole number up to 65535, not '${port}'`)
  process.exit(2)
}
try {
  const { addresses } = await servePages(number)
  for (const address of addresses) console.log(address)
} catch (e) {
  if ((e as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw e
  console.error(`port ${port} is taken: choose another with --port, or 0 for one that is free`)
  process.exit(1)
}
