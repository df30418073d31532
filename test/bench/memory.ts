/** W12: what loops without any cleaning up hold, over 10,000 steps each: bytes in arrays, of the memory of the kernels, and of the JavaScript heap. */
import { memory } from '../../src/index.js'
import { backend } from '../../src/runtime/default.js'
import { deviceTable } from './deviceLoops.js'
import { loops } from './loops.js'

const collect = (globalThis as { gc?: () => void }).gc
if (!collect) throw new Error('run it by npm run bench:memory: the JavaScript heap is measured after a collection')

const [steps, names, form] = [Number(process.argv[2] ?? 10_000), process.argv[3]?.split(';') ?? Object.keys(loops), process.argv[4] ?? 'table']
const checkpoints = [0.1, 0.25, 0.5, 0.75, 1].map(part => Math.round(part * steps))
const mebi = (bytes: number): number => Math.round(bytes / 2 ** 20 * 100) / 100

/** What is held after so many steps, when the collector has been: without it, as a user sees it, it is `seen`. */
export interface Held {
  readonly steps: number; readonly live: number; readonly arrays: number; readonly seen: number
  readonly size: number; readonly peak: number; readonly heap: number; readonly rss: number; readonly collections: number; readonly spills: number
}
/** Arrays whose last name is in a register or on the stack of the step just done are found a turn later: looked at until no more are found. */
const settled = async (): Promise<ReturnType<typeof memory>> => {
  let before = memory({ collect: true })
  for (let same = 0; same < 2;) {
    await new Promise(turn => setImmediate(turn))
    collect()
    const now = memory({ collect: true })
    same = now.live === before.live ? same + 1 : 0
    before = now
  }
  return before
}
const held = async (done: number): Promise<Held> => {
  const seen = memory().live
  collect()
  const { live, arrays, size, peak, collections, spills } = await settled()
  const { heapUsed, rss } = process.memoryUsage()
  return { steps: done, live, arrays, seen, size, peak, heap: heapUsed, rss, collections, spills }
}

const table = (rows: readonly Held[]): void => {
  console.log('   steps   arrays  live MiB  seen MiB  memory MiB  JS heap MiB   RSS MiB  collections  spills')
  for (const r of rows) {
    const cells = [[r.steps, 8], [r.arrays, 8], [mebi(r.live), 9], [mebi(r.seen), 9], [mebi(r.size), 11], [mebi(r.heap), 12], [mebi(r.rss), 9], [r.collections, 12], [r.spills, 7]] as const
    console.log(cells.map(([v, width]) => String(v).padStart(width)).join(' '))
  }
}

if (process.argv[3] === 'webgpu') {
  await deviceTable(steps)
  process.exit(0)
}
for (const name of names) {
  const begin = performance.now(), step = loops[name]!(), rows: Held[] = []
  for (let i = 1; i <= steps; i++) {
    const done = step(i)
    if (done instanceof Promise) await done
    if (checkpoints.includes(i)) rows.push(await held(i))
  }
  const ms = performance.now() - begin
  if (form === 'json') console.log(JSON.stringify({ name, backend: backend().name, ms, rows }))
  else {
    console.log(`${name}, ${backend().name}: ${(1000 * ms / steps).toFixed(0)} us a step`)
    table(rows)
  }
}
