/** Loops on a device hold what a step holds, however they wait or fail; all of it at 10,000 steps by npm run bench:memory. */
import { afterAll, describe, expect, test } from 'vitest'
import { webgpu } from '../../backends/webgpu/entry.js'
import type { WebGpuBackend } from '../../backends/webgpu/index.js'
import { deviceLoops } from '../bench/deviceLoops.js'

const asked = await webgpu.tryDevice({ dawn: ['backend=vulkan'], small: 0, budget: 2 ** 26 })()
const gpu = asked._tag === 'Right' ? asked.right as WebGpuBackend : null
if (gpu === null) console.warn('SKIPPED: there is no adapter for WebGPU here: memory of devices is not tested')

describe.skipIf(gpu === null)('a loop on a device, of', () => {
  afterAll(() => gpu?.close())
  const held = async (): Promise<{ readonly live: number; readonly size: number }> => {
    await gpu!.settled()
    for (let i = 0; i < 3; i++) { await new Promise(turn => setImmediate(turn)); gpu!.memory!.collect() }
    return gpu!.memory!.report()
  }
  test.each(Object.keys(deviceLoops))('%s, holds at 1,000 steps what it holds at 400', async name => {
    const step = deviceLoops[name]!(gpu!)
    const run = async (from: number, to: number): Promise<void> => { for (let i = from; i <= to; i++) await step(i) }
    await run(1, 400)
    const before = await held()
    await run(401, 1000)
    const after = await held()
    expect(after.live).toBeLessThanOrEqual(before.live + 64 * 1024)
    // six hundred steps make 10 MB and more; the collector is run at a sixteenth of the budget, 4 MiB
    expect(after.size).toBeLessThanOrEqual(before.size + 4 * 2 ** 20)
  }, 120_000)
})
