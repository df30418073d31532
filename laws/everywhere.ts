/** Two functions are one when every transform says so: their values, derivatives of both modes and orders, batches, series and programs agree. */
import type { Value } from '../src/core/value.js'
import { jit } from '../src/higher/jit.js'
import { full } from '../src/primitives/base.js'
import { jet } from '../src/transforms/taylor.js'
import { vmap } from '../src/transforms/vectorize.js'
import { pushed, vjpOf } from './cases.js'
import { type Flat, vector } from './genome.js'
import { and, type Verdict } from './law.js'
import { stackAll } from './numbers.js'
import { equalAt } from './tolerance.js'

type Listed = (...xs: Value[]) => Value[]
export interface Under { readonly jet?: boolean; readonly second?: boolean; readonly forward?: boolean; readonly batch?: boolean }
const say = (where: string, v: Verdict): Verdict => (v === true ? true : `${where}: ${v}`)

/** Are they equal at the inputs, under jvp, vjp, vmap, jit, jet, jvp of vjp, and vmap of vjp? */
export const sameEverywhere = (left: Flat, right: Flat, inputs: readonly Value[], { jet: series = true, second = true, forward = true, batch = true }: Under = {}): Verdict => {
  const v = inputs.map((x, i) => vector(x.shape, 501 + i))
  const ys = right(...inputs)
  const w = ys.map((y, i) => vector(y.shape, 901 + i))
  const push = (f: Flat): Flat => (...a) => pushed(f, a, v)
  const pull = (f: Flat): Flat => (...a) => vjpOf(f, a)[1](w)
  const both = (t: (f: Flat) => Flat, at: readonly Value[], tolerance: number): Verdict => equalAt(t(left), t(right), at, tolerance)
  const rows = stackAll([inputs, inputs.map((x, i) => vector(x.shape, 301 + i))])
  const batched = (f: Flat): Flat => (...a) => vmap(f as Listed)(...a)
  const curve = (f: Flat): Flat => (...a) => jet(f as Listed, a, v.map(t => [t, full(0.5, t.aval)]))[1].flat() as Value[]
  return and(
    () => say('value', both(f => f, inputs, 1e-8)),
    () => !forward || say('jvp', both(push, inputs, 1e-8)),
    () => say('vjp', both(pull, inputs, 1e-8)),
    () => !batch || say('vmap', both(batched, rows, 1e-8)),
    () => !batch || say('vmap of vjp', both(f => batched(pull(f)), rows, 1e-8)),
    () => say('jit', both(f => (...a) => jit(f as Listed)(...a), inputs, 1e-8)),
    () => say('jit of vjp', both(f => (...a) => jit(pull(f) as Listed)(...a), inputs, 1e-8)),
    () => !series || !forward || say('jet', both(curve, inputs, 1e-7)),
    () => !second || !forward || say('jvp of vjp', both(f => push(pull(f)), inputs, 1e-7)))
}
