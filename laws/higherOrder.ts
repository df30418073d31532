/** Laws of derivatives of derivatives: symmetry, modes in any order, Jacobians, Taylor series. */
import { range } from '../src/core/aval.js'
import type { Value } from '../src/core/value.js'
import { add, mul } from '../src/primitives/arithmetic.js'
import { full, sum } from '../src/primitives/base.js'
import { dotGeneral } from '../src/primitives/contract.js'
import { reshape } from '../src/primitives/structural.js'
import { grad, jvp } from '../src/transforms/derivatives.js'
import { hessian, hvp, jacfwd, jacrev } from '../src/transforms/jacobian.js'
import { jet } from '../src/transforms/taylor.js'
import { type Case, caseOf, type Point, points, pushed, showPoint, smallPoints, vjpOf } from './cases.js'
import type { Flat } from './genome.js'
import { and, type Law, law, type Verdict } from './law.js'
import { equalAt } from './tolerance.js'

const second = 1e-7
type Listed = (...xs: Value[]) => Value[]
const about = (name: string, statement: string, holds: (c: Case) => Verdict, share = 1): Law<Point> =>
  law(name, statement, points, p => holds(caseOf(p)), { show: showPoint, share })
const aboutSmall = (name: string, statement: string, holds: (c: Case) => Verdict): Law =>
  law(name, statement, smallPoints, p => holds(caseOf(p)), { show: showPoint })

const total = (x: Value): Value => sum(x, range(x.ndim))
const against = (f: Flat, w: readonly Value[]): ((...xs: Value[]) => Value) => (...a) => f(...a).map((y, i) => total(mul(y, w[i]!))).reduce((p, q) => add(p, q))

/** D^k f(x)[v, ..., v] by k nested jvps. */
const nested = (f: Flat, v: readonly Value[], k: number): Flat => (k === 0 ? f : (...a) => pushed(nested(f, v, k - 1), a, v))
/** k! times the k-th Taylor coefficient along x + t·v. */
const byJet = (f: Flat, v: readonly Value[], k: number): Flat => (...a) =>
  jet(f as Listed, a, v.map(t => [t, ...range(k - 1).map(() => full(0, t.aval))]))[1][k - 1] as unknown as Value[]
/** Rows of a Jacobian block by a tangent: [...out, ...in] · [...in]. */
const applied = (block: Value, t: Value): Value => {
  const n = t.size
  return reshape(dotGeneral(reshape(block, [block.size / Math.max(n, 1), n]), reshape(t, [n]), { contract: [[1], [0]], batch: [[], []] }), block.shape.slice(0, block.ndim - t.ndim))
}

export const higherOrder: readonly Law[] = [
  about('schwarz', 'D²f(x)[u, v] ≈ D²f(x)[v, u]', ({ f, xs, u, v }) =>
    equalAt((...a) => pushed((...b) => pushed(f, b, u), a, v), (...a) => pushed((...b) => pushed(f, b, v), a, u), xs, second)),
  about('forwardOverReverse', 'D(∇s)(x)[v] ≈ ∇(x ↦ D s(x)[v]): jvp(grad s) = grad(jvp s)', ({ f, xs, v, w }) => {
    const s = against(f, w(f(...xs)))
    const argnums = xs.map((_, i) => i)
    const gradient: Flat = (...a) => grad(s, { argnums })(...a) as unknown as Value[]
    return equalAt((...a) => pushed(gradient, a, v), (...a) => grad((...b: Value[]) => pushed((...c) => [s(...c)], b, v)[0]!, { argnums })(...a) as unknown as Value[], xs, second)
  }),
  about('reverseOverReverse', 'reverse over reverse is forward over reverse: <D(J_fᵀ w)[v], u> two ways', ({ f, xs, u, v, w }) => {
    const c = w(f(...xs))
    const gradient: Flat = (...a) => vjpOf(f, a)[1](c)
    const dot = (p: readonly Value[], q: readonly Value[]): Value => p.map((x, i) => total(mul(x, q[i]!))).reduce((a, b) => add(a, b))
    return equalAt((...a) => [dot(vjpOf(gradient, a)[1](u), v)], (...a) => [dot(pushed(gradient, a, v), u)], xs, second)
  }, 0.5),
  aboutSmall('taylorMode', 'k! · jet_K f (x; v)_k ≈ D^k f(x)[v, ..., v] for k = 1, 2, 3', ({ f, xs, v }) =>
    and(...range(3).map(i => () => equalAt(byJet(f, v, i + 1), nested(f, v, i + 1), xs, i === 0 ? 1e-8 : second)))),
  law('taylorModeOrderFour', '4! · jet_4 f (x; v)_4 ≈ D⁴f(x)[v, v, v, v]', smallPoints, p => {
    const { f, xs, v } = caseOf({ ...p, genome: { ...p.genome, genes: p.genome.genes.slice(0, 2) } })
    return equalAt(byJet(f, v, 4), nested(f, v, 4), xs, 1e-6)
  }, { show: showPoint, share: 0.5 }),
  about('taylorPrimal', 'jet keeps the value, and its first derivative is jvp', ({ f, xs, v }) => and(
    () => equalAt((...a) => jet(f as Listed, a, v.map(t => [t, t]))[0] as unknown as Value[], f, xs, 1e-12),
    () => equalAt(byJet(f, v, 1), (...a) => pushed(f, a, v), xs))),
  aboutSmall('jacobians', 'jacfwd f = jacrev f, and each block times a tangent is J_f(x) v', ({ f, xs, v }) => {
    const argnums = xs.map((_, i) => i)
    const flat = (j: unknown): readonly Value[] => (j as readonly (readonly Value[])[]).flat()
    const forwards: Flat = (...a) => flat(jacfwd(f as Listed, { argnums })(...a)), backwards: Flat = (...a) => flat(jacrev(f as Listed, { argnums })(...a))
    const product: Flat = (...a) => (jacfwd(f as Listed, { argnums })(...a) as unknown as readonly (readonly Value[])[])
      .map(row => row.map((block, i) => applied(block, v[i]!)).reduce((p, q) => add(p, q)))
    return and(() => equalAt(forwards, backwards, xs), () => equalAt(product, (...a) => pushed(f, a, v), xs))
  }),
  aboutSmall('hessianIsHvp', 'hessian s times v ≈ hvp s v, and the Hessian is symmetric', ({ f, xs, v, w }) => {
    const s = against(f, w(f(...xs)))
    const first = v.map((t, i) => (i === 0 ? t : full(0, t.aval)))
    return equalAt((...a) => [applied(hessian(s)(...a) as unknown as Value, v[0]!)], (...a) => [hvp(s as (...x: Value[]) => Value, a, first as Value[]) as Value], xs, second)
  }),
  aboutSmall('nestedWithoutConfusion', 'd/dx (x · d/dy f(x·y)) keeps its two tangents apart: equal to the product rule written out', ({ f, xs, v }) => {
    // g(x) = D_y f(x + y·v) at y = 0, times Σx: the inner tangent must not meet the outer one
    const inner: Flat = (...a) => pushed(f, a, v)
    const weighted: Flat = (...a) => { const k = a.map(total).reduce((p, q) => add(p, q)); return inner(...a).map(y => mul(total(y), k)) }
    return equalAt((...a) => pushed(weighted, a, v), (...a) => {
      const k = a.map(total).reduce((p, q) => add(p, q)), dk = v.map(total).reduce((p, q) => add(p, q))
      const [y, dy] = jvp(inner as Listed, a, v as Value[])
      return y.map((yi, i) => add(mul(total(dy[i]!), k), mul(total(yi), dk)))
    }, xs, second)
  }),
]
