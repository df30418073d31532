/** Runs emitted kernels over the bytes of a memory, with guards around every buffer. */
import { allocate, type Data, dtypeOfData, dtypes } from '../../src/core/dtype.js'
import { type ScalarOp, scalarOps } from '../../src/core/scalar.js'
import type { Kernel } from '../../src/kernel/kernel.js'
import { meaning } from '../../backends/reference/scalars.js'
import { Code, ModuleBuilder } from '../../backends/wasm/encode.js'
import { emit } from '../../backends/wasm/kernels.js'
import type { Context, Emitted, Level } from '../../backends/wasm/target.js'

const letters = Object.keys(scalarOps) as ScalarOp[]
export interface Module { readonly emitted: Emitted; readonly bytes: Uint8Array<ArrayBuffer>; readonly run: (memory: WebAssembly.Memory, args: number, begin: number, end: number) => void; readonly memory: WebAssembly.Memory }

export const compileKernel = (kernel: Kernel, level: Level = 'baseline', pages = 16): Module => {
  const module = new ModuleBuilder()
  const memory = new WebAssembly.Memory({ initial: pages, maximum: 65536 })
  module.importMemory('env', 'memory', { initial: 1, maximum: 65536, shared: false })
  const scratch = module.importGlobal('env', 'scratch', 'i32', true)
  const math = module.importFunction('env', 'math', ['i32', 'f64', 'f64'], ['f64'])
  const known = new Map<string, number>()
  const shared = (name: string, make: () => Code): number => {
    let index = known.get(name)
    if (index === undefined) known.set(name, index = module.function(make()))
    return index
  }
  const context: Context = { level, module, scratch, math, shared, apart: shared, ahead: 'nothing', aheadFrom: Infinity }
  const emitted = emit(kernel, context)
  // scratch memory lies behind all that was asked for
  const spare = memory.grow(Math.ceil(emitted.scratch / 65536)) * 65536
  module.export('run', 'function', module.function(emitted.code))
  const bytes = module.encode()
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    env: { memory, scratch: new WebAssembly.Global({ value: 'i32', mutable: true }, spare), math: (letter: number, x: number, y: number) => meaning(letters[letter]!, 'f64')(x, y) },
  })
  const run = instance.exports['run'] as (args: number, begin: number, end: number) => void
  return { emitted, bytes, memory, run: (_, args, begin, end) => run(args, begin, end) }
}

const guard = 64, mark = 0xa5
/** What the buffers hold afterwards. Units are run in `pieces` ranges, the last first. Anything written outside a buffer is a fault of the emitter. */
export const runKernel = (kernel: Kernel, buffers: readonly Data[], level: Level = 'baseline', pieces = 1): { readonly buffers: readonly Data[]; readonly stray: boolean } => {
  const sizes = buffers.map(b => b.byteLength)
  const total = sizes.reduce((a, b) => a + b + 2 * guard + 8, 1024)
  const { emitted, memory, run } = compileKernel(kernel, level, Math.ceil(total / 65536) + 1)
  const bytes = new Uint8Array(memory.buffer)
  bytes.fill(mark)
  let top = 1024
  const places = buffers.map(b => {
    const at = top + guard
    top = at + Math.ceil(b.byteLength / 8) * 8 + guard
    bytes.set(new Uint8Array(b.buffer, b.byteOffset, b.byteLength), at)
    return at
  })
  new Uint32Array(memory.buffer, 16, buffers.length).set(places)
  const { units } = emitted
  for (let k = pieces - 1; k >= 0; k--) run(memory, 16, Math.floor((units * k) / pieces), Math.floor((units * (k + 1)) / pieces))
  const out = buffers.map((b, k) => {
    const dtype = dtypeOfData(b)
    const data = allocate(dtype, b.length)
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength).set(bytes.subarray(places[k]!, places[k]! + b.length * dtypes[dtype].bytes))
    return data
  })
  const inside = (at: number): boolean => places.some((p, k) => at >= p && at < p + sizes[k]!)
  let stray = false
  for (let at = 1024; at < bytes.length - Math.ceil(emitted.scratch / 65536) * 65536; at++) if (bytes[at] !== mark && !inside(at)) stray = true
  return { buffers: out, stray }
}
export { runKernel as runNest }
