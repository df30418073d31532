/** What the engine can do is found out by asking it: modules that it accepts, and one that it runs fast. */
import { builtin, startedWith } from '../../src/runtime/node.js'
import { Code, ModuleBuilder } from './encode.js'
import { f32x4, relaxed } from './opcodes.js'
import type { Level } from './target.js'

const accepts = (write: (c: Code) => void): boolean => {
  const module = new ModuleBuilder()
  const code = new Code([], ['i32'])
  write(code)
  module.function(code)
  try { return WebAssembly.validate(module.encode()) } catch { return false }
}
const zeros = new Uint8Array(16)
const threeZeros = (c: Code): Code => c.v128(zeros).v128(zeros).v128(zeros)

/** Whether there is WebAssembly with SIMD, and code may be made of it: a page's policy can forbid that, which only trying tells. */
export const hasSimd = (): boolean => accepts(c => { c.v128(zeros).v128(zeros).simd(f32x4.add).lane(27, 0) }) && mayCompile()
const mayCompile = (): boolean => { try { return Boolean(new WebAssembly.Module(new ModuleBuilder().encode())) } catch { return false } }
const hasRelaxed = (): boolean => accepts(c => { threeZeros(c).simd(relaxed.maddF32x4).lane(27, 0) })

let ordered: boolean | undefined
/**
 * Does the compiler leave the instructions of straight code where they stand? V8 moved loads upwards until it had a new one, which knows
 * 64-bit memories as well; other engines do not move them. Only speed depends on it.
 */
export const keepsOrder = (): boolean => ordered ??= WebAssembly.validate(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 4, 1]))

interface V8 { readonly setFlagsFromString: (flags: string) => void }
const flag = (name: string): void => {
  try { builtin<V8>('node:v8')?.setFlagsFromString(name) } catch { /* flags may be locked */ }
}
/** Optimised at once, since later the flags are others; and each flag as it was, by what the process was started with. */
const optimising = [['--no-liftoff', '--liftoff'], ['--no-wasm-lazy-compilation', '--wasm-lazy-compilation']] as const
const widening = [['--experimental-wasm-revectorize', '--no-experimental-wasm-revectorize'], ...optimising] as const
const under = <A>(flags: readonly (readonly [string, string])[], compile: () => A): A => {
  for (const [on] of flags) flag(on)
  try { return compile() } finally { for (const [on, off] of flags) if (!startedWith(on)) flag(off) }
}
const optimised = <A>(compile: () => A): A => under(optimising, compile)

/** Compiles modules in which pairs of vectors are joined. V8 gets kernels of other shapes wrong then, so nothing else is compiled meanwhile. */
export const widened = <A>(compile: () => A): A => under(widening, compile)

const rows = 6, vectors = 4
/** Adds n products to each of 6 rows × 4 vectors: the inner loop of a matrix product. `spare` instructions make other bytes of it. */
const loop = (spare: number): ((n: number) => void) | null => {
  const code = new Code(['i32'])
  const acc = Array.from({ length: rows * vectors }, () => code.local('v128'))
  const b = Array.from({ length: vectors }, () => code.local('v128'))
  const a = code.local('v128'), i = code.local('i32')
  for (let k = 0; k < spare; k++) code.i32(0).set(i)
  code.i32(0).count(i, 0, 1, () => {
    b.forEach((v, k) => { code.i32(0).vec('load', 16 * k).set(v) })
    for (let r = 0; r < rows; r++) {
      code.i32(0).vec('splat32', 256 + 4 * r).set(a)
      b.forEach((v, k) => { code.get(a).get(v).get(acc[r * vectors + k]!).simd(relaxed.maddF32x4).set(acc[r * vectors + k]!) })
    }
  })
  acc.forEach((v, k) => { code.i32(0).get(v).vec('store', 512 + 16 * k) })
  const module = new ModuleBuilder()
  module.memory({ initial: 1, maximum: 1, shared: false })
  module.export('run', 'function', module.function(code))
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.encode()))
    return exports['run'] as (n: number) => void
  } catch { return null }
}

/**
 * Are pairs of vectors joined to wider ones? Half as many registers are needed then, and half as many instructions: the same loop takes
 * about 0.4 of the time it takes when it is compiled as it stands, where its 24 sums do not fit. Engines keep compiled modules by their
 * bytes, so those of the two differ. The shortest of many tries each, in turns, since other work on the machine comes and goes.
 */
const isWide = (): boolean => {
  const loops = [widened(() => loop(0)), optimised(() => loop(1))] as const
  const [joined, plain] = loops
  if (joined === null || plain === null) return false
  const best: [number, number] = [Infinity, Infinity]
  for (let k = 0; k < 60; k++) {
    loops.forEach((run, j) => {
      const t = performance.now()
      run!(2000)
      best[j] = Math.min(best[j]!, performance.now() - t)
    })
  }
  return best[0] < 0.7 * best[1]
}

/**
 * The level asked for, or the nearest below it that the engine has; without a wish the best that needs no flag. `relaxed` and `wide` may
 * set flags of V8 that are experimental in some versions: only a wish does that.
 */
export const probe = (wish: Level | undefined): Level => {
  if (wish === 'baseline') return 'baseline'
  if (wish !== undefined && !hasRelaxed()) flag('--experimental-wasm-relaxed-simd')
  if (!hasRelaxed()) return 'baseline'
  // an engine that moves loads does not know the flag, and would say so aloud
  return wish === 'wide' && builtin('node:v8') !== null && keepsOrder() && isWide() ? 'wide' : 'relaxed'
}
