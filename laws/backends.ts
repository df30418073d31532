/** Laws of backends: whatever runs a program, its numbers are those of the reference within what rounding explains; what is not rounded is the same. */
import type { NDArray, Value } from '../src/core/value.js'
import { stage } from '../src/interpreters/stage.js'
import { optimise } from '../src/optimise/pipeline.js'
import type { Backend } from '../src/runtime/backend.js'
import type { WasmOptions } from '../backends/wasm/index.js'
import { wasm as compiled } from './compiled.js'
import { caseOf, type Point, points, pushed, showPoint, vjpOf } from './cases.js'
import { type Flat, honest, plain } from './genome.js'
import { and, claim, type Law, law, type Verdict } from './law.js'
import { dataOf } from './numbers.js'
import { type Closed, inDouble, inNarrow, narrowOf } from './single.js'

const closedOf = (f: Flat, xs: readonly Value[]): Closed => {
  const { program, captured } = stage(f, xs.map(x => x.aval))
  return { program: optimise(program), inputs: [...captured, ...xs] as unknown as readonly NDArray[] }
}
/** A program, its push and its pull: the second and third hold what only derivatives are made of. */
const three = (p: Point, mode = plain): readonly Closed[] => {
  const { f, xs, v, w } = caseOf(p, mode)
  const c = w(f(...xs))
  return [closedOf(f, xs), closedOf((...a) => pushed(f, a, v), xs), closedOf((...a) => { const [ys, pull] = vjpOf(f, a); return [...ys, ...pull(c)] }, xs)]
}

/** The laws that a backend keeps, made fresh for each law. */
export const backendLaws = (name: string, make: () => Backend): readonly Law[] => {
  let known: Backend | null = null
  const backend = (): Backend => (known ??= make())
  return [
    law(`${name}Agrees`, `${name} agrees with the reference on programs, their pushes and their pulls, in f64`, points, p => and(...three(p).map(c => () => inDouble(backend())(c)())), { show: showPoint, share: 0.25 }),
    law(`${name}AgreesInSingle`, `${name} agrees with the f64 reference on the same programs in f32, within what rounding to f32 explains`, points, p => and(...three(p, honest).map(c => () => inNarrow(backend(), 'f32')(c)())), { show: showPoint, share: 0.25 }),
    law(`${name}Repeats`, `${name} gives the same bits twice, in f64 and in f32`, points, p => and(...three(p).flatMap(c => [c, narrowOf(c, 'f32')]).map(({ program, inputs }) => (): Verdict => {
      const once = backend().run(program, inputs), twice = backend().run(program, inputs)
      return claim(once.every((x, i) => Array.from(dataOf(x)).every((a, k) => Object.is(a, dataOf(twice[i]!)[k]))), 'the second run differs')
    })), { show: showPoint, share: 0.25 }),
  ]
}

const wasm = (options: WasmOptions) => (): Backend => compiled(options)

export const backends: readonly Law[] = [
  ...backendLaws('wasm', wasm({ level: 'baseline', threads: 1 })),
  ...backendLaws('wasmThreads', wasm({ level: 'relaxed', threads: 2, threshold: 64 })),
  ...backendLaws('wasmWide', wasm({ level: 'wide', threads: 2 })).slice(0, 2),
]
