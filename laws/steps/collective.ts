/** Collectives as steps: inside a mapped body they speak across its axis, elsewhere they open a vmap with a name of its own. */
import type { Value } from '../../src/core/value.js'
import { withAxis } from '../../src/core/interp.js'
import { stage } from '../../src/interpreters/stage.js'
import { add, convert, mul } from '../../src/primitives/arithmetic.js'
import * as N from '../../src/primitives/collective.js'
import { tanh } from '../../src/primitives/elementary.js'
import { vmap } from '../../src/transforms/vectorize.js'
import { bound, coerce, type Known, known, type Setting, shapeOf, type Step, within } from './step.js'
import { full } from '../../src/primitives/base.js'

type Across = (x: Known, axisName: string, size: number, c: number) => readonly [Value, number]
const size = 3

const across = (f: Across): Step => s => {
  const axisName = s.axes[s.axes.length - 1]
  if (axisName !== undefined) {
    const x = s.pick(0)
    const [value, r] = f(x, axisName, N.axisSizeOf(axisName), s.gene.c)
    return within(value, r)
  }
  return opened(s, f)
}
/** vmap with a name around the body, and the collective of what the body makes. */
const opened = (s: Setting, f: Across): readonly Known[] => {
  const name = `axis${s.axes.length}`
  const x = coerce(s.pick(0), [size, 2])
  let r = 1
  const body = (u: Value): Value => {
    const k = s.body([{ ...x, value: u }], [...s.axes, name])
    const [value, most] = f(k, name, size, s.gene.c)
    r = Math.max(1, most)
    return value
  }
  if (s.mode.seen) {
    const { program } = withAxis({ name, size }, () => stage(u => [body(u!)], [{ dtype: 'f64', shape: [2] }]))
    s.mode.seen(program)
  }
  const out = vmap(body, { axisName: name })(x.value)
  return [known(out, -r, r)]
}

const pairs = (n: number, c: number): readonly (readonly [number, number])[] =>
  Array.from({ length: c % 2 ? n : n - 1 }, (_, i) => [i, (i + 1 + c) % n] as const)

export const collective: Readonly<Record<string, Step>> = {
  psum: across((x, name, n) => [N.psumOf(x.value, name), n * bound(x)]),
  pmax: across((x, name) => [N.pmaxOf(x.value, name), bound(x)]),
  allGather: across((x, name) => (shapeOf(x).length > 2 || x.value.size > 6 ? [N.pmeanOf(x.value, name), bound(x)] : [N.allGatherOf(x.value, name), bound(x)])),
  ppermute: across((x, name, n, c) => [N.ppermuteOf(x.value, name, pairs(n, c)), bound(x)]),
  axisIndex: across((x, name, n) => {
    const own = convert(N.axisIndexOf(name), 'f64')
    const spread = shapeOf(x).length === 0 ? own : coerce({ value: own, lo: 0, hi: n }, shapeOf(x)).value
    return [mul(add(spread, full(0.5, x.value.aval)), tanh(x.value)), n]
  }),
}
