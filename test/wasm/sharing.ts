/** A module of small kernels that threads share out, some of which fail on a thread that is not the main one. */
import { emitDispatch } from '../../backends/wasm/dispatch.js'
import { Code, ModuleBuilder } from '../../backends/wasm/encode.js'
import type { Heap } from '../../backends/wasm/heap.js'
import { line, lineOf } from '../../backends/wasm/layout.js'
import { i32 } from '../../backends/wasm/opcodes.js'

export type Dispatch = (kernel: number, args: number, units: number, grain: number) => void
/** The kernels of the module, by place in its table. */
export const [adding, lingering, trapping, asking, marking, filling] = [0, 1, 2, 3, 4, 5] as const

/** Adds `by` to the i32 of every unit; the others do so too, after a while, unless on another thread they trap or call `env.math`. */
export const moduleOf = (heap: Heap, id: number, by: number): WebAssembly.Module => {
  const module = new ModuleBuilder()
  module.importMemory('env', 'memory', heap.type)
  const scratch = module.importGlobal('env', 'scratch', 'i32', true)
  const math = module.importFunction('env', 'math', ['i32', 'f64', 'f64'], ['f64'])
  const dispatch = emitDispatch(module, id)
  const each = (body: (c: Code, at: number) => void): number => {
    const c = new Code(['i32', 'i32', 'i32'])
    const at = c.local('i32')
    c.get(1).count(1, 2, 1, () => {
      c.get(0).mem('i32Load').get(1).i32(4).op(i32.mul).op(i32.add).set(at)
      body(c, at)
    })
    return module.function(c)
  }
  const add = (c: Code, at: number): void => { c.get(at).get(at).mem('i32Load').i32(by).op(i32.add).mem('i32Store') }
  const linger = (c: Code): void => {
    const [n, end] = [c.local('i32'), c.local('i32')]
    c.i32(20_000).set(end).i32(0).count(n, end, 1, () => undefined)
  }
  const isMain = (c: Code): void => { c.globalGet(scratch).i32(lineOf(0)).mem('i32Load', line.scratch).op(i32.eq) }
  module.table([
    each(add),
    each((c, at) => { linger(c); add(c, at) }),
    each((c, at) => { linger(c); isMain(c); c.op(i32.eqz).if().unreachable().end(); add(c, at) }),
    each((c, at) => { linger(c); isMain(c); c.op(i32.eqz).if().i32(0).f64(0).f64(0).call(math).drop().end(); add(c, at) }),
    each((c, at) => { linger(c); c.globalGet(scratch).i32(1).mem('i32Store'); add(c, at) }),
    // instructions on many bytes check their bounds in another way than loads and stores
    each((c, at) => { linger(c); add(c, at); c.get(at).i32(4).op(i32.add).i32(7).i32(1000).fill() }),
  ])
  module.export('dispatch', 'function', dispatch)
  return new WebAssembly.Module(module.encode())
}
