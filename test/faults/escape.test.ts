/** A traced value that outlives its transformation is refused wherever it is used or read, with the line where it was made. */
import { describe, expect, it } from 'vitest'
import * as np from '../../src/lib/np/index.js'
import { concreteOf, nested, numberOf, type Value } from '../../src/core/value.js'
import { checkpoint, jit, makeProgram } from '../../src/higher/jit.js'
import { customDerivative } from '../../src/higher/custom.js'
import { cond } from '../../src/higher/choice.js'
import { scan, whileLoop } from '../../src/higher/loops.js'
import { grad, jvp, linearize, linearTranspose, valueAndGrad, vjp } from '../../src/transforms/derivatives.js'
import { jacfwd, jacrev } from '../../src/transforms/jacobian.js'
import { jet } from '../../src/transforms/taylor.js'
import { vmap } from '../../src/transforms/vectorize.js'
import { anything, faultOf, refuses } from './refuses.js'

const x = np.array(3)

/** What `f` traced with, kept. */
const leakFrom = (run: (f: (v: Value) => Value) => unknown): Value => {
  let kept: Value | null = null
  run(v => { kept = np.sin(v); return kept })
  return kept!
}
const sources = {
  grad: leakFrom(f => grad(f)(x)),
  valueAndGrad: leakFrom(f => valueAndGrad(f)(x)),
  jvp: leakFrom(f => jvp(f, [x], [x])),
  vjp: leakFrom(f => vjp(f, x)),
  linearize: leakFrom(f => linearize(f, x)),
  jacfwd: leakFrom(f => jacfwd(f)(x)),
  jacrev: leakFrom(f => jacrev(f)(x)),
  jet: leakFrom(f => jet(f, [x], [[x]])),
  jit: leakFrom(f => jit(f)(x)),
  checkpoint: leakFrom(f => checkpoint(f)(x)),
  makeProgram: leakFrom(f => makeProgram(f)(x)),
  vmap: leakFrom(f => vmap(f)(np.ones([2]))),
  scan: leakFrom(f => scan((c: Value, _: null) => [f(c), null] as const, x, null, { length: 2 })),
  whileLoop: leakFrom(f => whileLoop((c: Value) => np.less(c, 0), f, x)),
  cond: leakFrom(f => cond(true, f, f, x)),
  linearTranspose: (() => { let kept: Value; linearTranspose((v: Value) => (kept = np.multiply(v, 2)), x); return kept! })(),
  push: (() => { let kept: Value; jvp(customDerivative((v: Value) => ({ value: v, push: (t: Value) => (kept = np.multiply(t, 2)) })), [x], [x]); return kept! })(),
  rule: leakFrom(f => grad(customDerivative((v: Value) => ({ value: f(v), push: (t: Value) => t })))(x)),
  'grad after a throw': leakFrom(f => { try { grad((v: Value) => { f(v); throw new TypeError('mine') })(x) } catch { /* the point */ } }),
  'jit after a throw': leakFrom(f => { try { jit((v: Value) => { f(v); throw new TypeError('mine') })(x) } catch { /* the point */ } }),
  'vmap after a throw': leakFrom(f => { try { vmap((v: Value) => { f(v); throw new TypeError('mine') })(np.ones([2])) } catch { /* the point */ } }),
}

for (const [name, leaked] of Object.entries(sources)) {
  describe(`escaped from ${name}`, () => {
    refuses('used in arithmetic', 'EscapedTracer', () => np.add(leaked, 1), 'is used after its transformation ended', 'hasAux')
    refuses('read by item', 'EscapedTracer', () => numberOf(leaked, 'item'), 'item: a traced')
    refuses('read by toNested', 'EscapedTracer', () => nested(concreteOf(leaked, 'toNested')), 'toNested: a traced')
    refuses('in a JavaScript operator', 'EscapedTracer', () => anything(leaked) > 0, 'a JavaScript operator')
    refuses('as JSON', 'EscapedTracer', () => JSON.stringify({ leaked }), 'JSON')
    refuses('used under another grad', 'EscapedTracer', () => grad((v: Value) => np.multiply(v, leaked))(x), 'mul')
    refuses('returned from jit', 'EscapedTracer', () => jit(() => leaked)(), 'call')
    refuses('used under vmap', 'EscapedTracer', () => vmap((v: Value) => np.add(v, leaked))(np.ones([2])), 'add')
    it('is still shown, as what it is', () => expect(`${leaked}`).toMatch(/^Traced<f32\[\]> \(its .* has ended\)$/))
  })
}

describe('the message', () => {
  it('names the line where a staged value was made', () => {
    let kept: Value | null = null
    const line = Number(/refuses|escape\.test\.ts:(\d+)/.exec(new Error().stack!)?.[1]) + 1
    jit((v: Value) => { kept = np.sin(v); return kept })(x)
    const { fault } = faultOf(() => np.add(kept!, 1))
    expect(fault).toMatchObject({ _tag: 'EscapedTracer', owner: 'jit', made: { line } })
    expect((fault as { made: { file: string } }).made.file).toMatch(/escape\.test\.ts$/)
  })
  it('names the call of a derivative', () => {
    let kept: Value | null = null
    const line = Number(/escape\.test\.ts:(\d+)/.exec(new Error().stack!)?.[1]) + 1
    grad((v: Value) => { kept = np.sin(v); return kept })(x)
    expect(faultOf(() => np.add(kept!, 1)).fault).toMatchObject({ _tag: 'EscapedTracer', owner: 'grad', made: { line } })
  })
})
