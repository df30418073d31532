/** One workload of cotangent in a process of its own. The level and the number of threads are taken from the environment, as by any user. */
import { runWork } from '../child.js'
import { inputs, type Size } from '../data.js'
import { cotangent } from './index.js'

const [name, work, size, how] = process.argv.slice(2) as [string, string, Size, string]
const { BENCH_VERSION: version = '', BENCH_THREADS: threads = '1' } = process.env
await runWork(name, () => cotangent(inputs(size, new URL('../gmm.txt', import.meta.url)), version, Number(threads)), work, how)
process.exit(0)
