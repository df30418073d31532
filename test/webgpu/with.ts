/** Runs a command on the software adapter that comes with the development packages: `npx tsx test/webgpu/with.ts npm start -- --device webgpu`. */
import { spawnSync } from 'node:child_process'
import { adapterEnvironment } from './adapter.js'

const [command, ...args] = process.argv.slice(2)
if (command === undefined) {
  console.error('npx tsx test/webgpu/with.ts COMMAND ARGUMENTS')
  process.exit(2)
}
const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...adapterEnvironment() } })
if (error) console.error(error.message)
process.exit(status ?? 1)
