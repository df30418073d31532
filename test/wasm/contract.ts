/** Contractions are run here by themselves: one module of one kernel over one memory, beside a plain triple loop in f64. */
import { emitContract } from '../../backends/wasm/contract.js'
import { worthAhead } from '../../backends/wasm/contract/plan.js'
import { ModuleBuilder } from '../../backends/wasm/encode.js'
import type { Context, Emitted, Level } from '../../backends/wasm/target.js'
import { allocate, type Data, dtypes } from '../../src/core/dtype.js'
import type { Contract, Operand } from '../../src/kernel/kernel.js'

type Units = (args: number, begin: number, end: number) => void
export interface Ready { readonly emitted: Emitted; readonly bytes: Uint8Array<ArrayBuffer>; readonly run: Units; readonly ahead: Units | null; readonly memory: WebAssembly.Memory }

/** Scratch is at 1024; the operands' addresses are at 16; what is done ahead lies at `heap`, and data may begin behind it. */
export const ready = (c: Contract, level: Level, pages: number, ahead: Context['ahead'] = 'nothing'): Ready & { readonly heap: number } => {
  const module = new ModuleBuilder()
  module.importMemory('env', 'memory', { initial: pages, maximum: pages, shared: false })
  const scratch = module.importGlobal('env', 'scratch', 'i32', true)
  const made = new Map<string, number>()
  const shared: Context['shared'] = (name, make) => {
    let fn = made.get(name)
    if (fn === undefined) made.set(name, fn = module.function(make()))
    return fn
  }
  const context: Context = { level, module, scratch, math: 0, shared, apart: shared, ahead, aheadFrom: worthAhead }
  const emitted = emitContract(c, context)
  module.export('run', 'function', module.function(emitted.code))
  if (emitted.ahead) module.export('ahead', 'function', module.function(emitted.ahead.code))
  const bytes = module.encode()
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    env: { memory, scratch: new WebAssembly.Global({ value: 'i32', mutable: true }, 1024) },
  })
  return { emitted, bytes, memory, run: instance.exports['run'] as Units, ahead: (instance.exports['ahead'] as Units | undefined) ?? null, heap: 1024 + Math.ceil(emitted.scratch / 64) * 64 }
}

/** Element offsets of all positions of some axes, row major. */
const places = (extents: readonly number[], strides: readonly number[]): readonly number[] =>
  extents.reduce<readonly number[]>((all, n, d) => all.flatMap(p => Array.from({ length: n }, (_, i) => p + i * strides[d]!)), [0])

/** The elements an operand reads: the least and the greatest place. */
export const reach = (o: Operand, c: Contract, side: 'left' | 'right'): readonly [number, number] => {
  const own = side === 'left' ? c.rows : c.cols
  const extents = [...c.batch, ...own, ...c.depth]
  const strides = [...o.batch, ...o.own, ...o.depth]
  const [low, high] = extents.reduce<readonly [number, number]>(([l, h], n, d) => [l + Math.min(0, (n - 1) * strides[d]!), h + Math.max(0, (n - 1) * strides[d]!)], [0, 0])
  return [o.offset + low, o.offset + high]
}

/** The contraction by its definition, and Σ |left|·|right| beside it; `out` is what was there. */
export const plain = (c: Contract, left: Data, right: Data, out: Data): { readonly values: number[]; readonly sizes: number[] } => {
  const values: number[] = []
  const sizes: number[] = []
  const exact = c.dtype === 'i32' || c.dtype === 'u32'
  const [leftBatch, leftRows, leftDepth] = [places(c.batch, c.left.batch), places(c.rows, c.left.own), places(c.depth, c.left.depth)]
  const [rightBatch, rightCols, rightDepth] = [places(c.batch, c.right.batch), places(c.cols, c.right.own), places(c.depth, c.right.depth)]
  for (const [b, leftAt] of leftBatch.entries()) for (const i of leftRows) for (const j of rightCols) {
    const l0 = c.left.offset + leftAt + i
    const r0 = c.right.offset + rightBatch[b]! + j
    let value = c.into ? out[values.length]! : 0
    let size = Math.abs(value)
    for (let k = 0; k < leftDepth.length; k++) {
      const x = left[l0 + leftDepth[k]!]!
      const y = right[r0 + rightDepth[k]!]!
      value = exact ? (value + Math.imul(x, y)) | 0 : value + x * y
      size += Math.abs(x * y)
    }
    values.push(c.dtype === 'u32' ? value >>> 0 : value)
    sizes.push(size)
  }
  return { values, sizes }
}

/** What the kernel makes of the operands, its units run in the ranges given. */
export const runRanges = (r: Ready & { heap: number }, c: Contract, left: Data, right: Data, out: Data, ranges: readonly (readonly [number, number])[]): Data => {
  const { bytes } = dtypes[c.dtype]
  // the operands end where the memory ends: reading beyond one is a trap
  const total = r.memory.buffer.byteLength
  const rightAt = total - right.length * bytes
  const leftAt = rightAt - left.length * bytes
  const outAt = leftAt - out.length * bytes - 64
  const whole = new Uint8Array(r.memory.buffer)
  whole.fill(0xff, r.heap)
  const put = (d: Data, at: number): void => { whole.set(new Uint8Array(d.buffer, d.byteOffset, d.byteLength), at) }
  put(left, leftAt)
  put(right, rightAt)
  put(out, outAt)
  new Int32Array(r.memory.buffer, 16, 3).set([leftAt, rightAt, outAt])
  if (r.ahead) {
    const { units, bytes: room } = r.emitted.ahead!
    new Int32Array(r.memory.buffer)[3] = r.heap
    const half = units >> 1
    r.ahead(16, half, units)
    r.ahead(16, 0, half)
    for (let i = 0; i < 64; i++) if (whole[r.heap + room + i] !== 0xff) return allocate(c.dtype, 0)
  }
  for (const [begin, end] of ranges) r.run(16, begin, end)
  const result = allocate(c.dtype, out.length)
  new Uint8Array(result.buffer, result.byteOffset, result.byteLength).set(whole.subarray(outAt, outAt + out.length * bytes))
  // nothing beside the result is written
  for (let i = 0; i < 64; i++) if (whole[outAt + out.length * bytes + i] !== 0xff || whole[outAt - 1 - i] !== 0xff) return allocate(c.dtype, 0)
  return result
}
