/**
 * Taylor mode from the rules already there: linear maps act on each coefficient, multilinear ones convolve,
 * and every other rule follows y' = Dp(x)·x' read as a recurrence on coefficients.
 */
import { type Aval } from '../core/aval.js'
import { bind, bind1, hand, Interp, under } from '../core/interp.js'
import type { Primitive, Series, Tangent } from '../core/primitive.js'
import { type NDArray, Tracer, type Value } from '../core/value.js'
import { add, scale } from '../primitives/arithmetic.js'
import { instantiate } from '../primitives/base.js'

/** Coefficients x_0 + x_1 t + ... + x_K t^K. */
export class JetTracer extends Tracer {
  readonly series: Series
  /** The same series, shorter: shared, so that equal questions are asked once. */
  readonly shorter = new Map<JetInterp, JetTracer>()
  constructor(owner: JetInterp, series: Series) { super(owner, null); this.series = series }
  get aval(): Aval { return this.series[0]!.aval }
  override concrete(): NDArray | null { return (this.series[0] as NDArray | Tracer).concrete() }
}

const isConstant = (s: Series): boolean => {
  for (let k = 1; k < s.length; k++) if (s[k]) return false
  return true
}
const plus = (a: Tangent, b: Tangent): Tangent => (a && b ? add(a, b) : a ?? b)

export class JetInterp extends Interp {
  readonly title = 'jet'
  readonly order: number
  private readonly parent: Interp
  private readonly lower: JetInterp | null
  private readonly answers = new Map<Primitive, Map<string, readonly Value[]>>()
  private readonly ids = new Map<unknown, number>()

  constructor(parent: Interp, order: number) {
    super()
    this.parent = parent
    this.order = order
    this.lower = order > 0 ? new JetInterp(parent, order - 1) : null
  }
  /** Ends this interpreter and the shorter ones it made. */
  end(): void { this.alive = false; this.lower?.end() }

  seriesOf(x: Value): Series {
    return x instanceof JetTracer && x.owner === this ? x.series : [x, ...Array.from({ length: this.order }, () => null)]
  }
  wrap(s: Series): Value { return isConstant(s) ? s[0]! : new JetTracer(this, s) }

  private shorten(x: Value): Value {
    if (!(x instanceof JetTracer && x.owner === this)) return x
    const lower = this.lower!
    let cut = x.shorter.get(lower)
    if (!cut) x.shorter.set(lower, cut = new JetTracer(lower, x.series.slice(0, -1)))
    return cut
  }
  private id(x: unknown): number {
    const known = this.ids.get(x)
    if (known !== undefined) return known
    const n = this.ids.size
    this.ids.set(x, n)
    return n
  }

  process(prim: Primitive, args: readonly Value[], params: unknown): readonly Value[] {
    const series = args.map(a => this.seriesOf(a))
    if (this.order === 0 || prim.kind === 'constant' || series.every(isConstant)) {
      hand(this.parent)
      return bind(prim, series.map(s => s[0]!), params)
    }
    const key = `${params === null ? '' : typeof params === 'object' && prim.programs(params).length > 0 ? this.id(params) : JSON.stringify(prim.params.encode(params))} ${args.map(a => this.id(a)).join()}`
    let byKey = this.answers.get(prim)
    if (!byKey) this.answers.set(prim, byKey = new Map())
    const known = byKey.get(key)
    if (known) return known
    hand(this.parent)
    const outs = this.outs(prim, args, series, params)
    byKey.set(key, outs)
    return outs
  }

  private outs(prim: Primitive, args: readonly Value[], series: readonly Series[], params: unknown): readonly Value[] {
    if (prim.jet) return prim.jet(series, params, this.order).map(s => this.wrap(s))
    if (prim.kind === 'linear') return [this.wrap(this.coefficientwise(prim, args, series, params))]
    if (prim.kind === 'multilinear') return [this.wrap(this.convolved(prim, series, params))]
    return this.byDerivative(prim, args, series, params)
  }

  private coefficientwise(prim: Primitive, args: readonly Value[], series: readonly Series[], params: unknown): Series {
    return Array.from({ length: this.order + 1 }, (_, k) => {
      const column = series.map((s, i) => (prim.fixed.includes(i) ? s[0]! : s[k]!))
      if (column.every((c, i) => c === null || prim.fixed.includes(i))) return null
      return bind1(prim, column.map((c, i) => instantiate(c, args[i]!.aval)), params)
    })
  }

  /** (xy)_k = Σ_j x_j y_{k-j} */
  private convolved(prim: Primitive, [x, y]: readonly Series[], params: unknown): Series {
    return Array.from({ length: this.order + 1 }, (_, k) => {
      let sum: Tangent = null
      for (let j = 0; j <= k; j++) {
        const a = x![j], b = y![k - j]
        if (a && b) sum = plus(sum, bind1(prim, [a, b], params))
      }
      return sum
    })
  }

  /** y' = Dp(x(t))·x'(t), one order shorter; then y_k = y'_{k-1}/k, of which only the last is new. */
  private byDerivative(prim: Primitive, args: readonly Value[], series: readonly Series[], params: unknown): readonly Value[] {
    const K = this.order
    const lower = this.lower!
    const xs = args.map(a => this.shorten(a))
    const derivatives = series.map(s => s.slice(1).map((c, j) => c && scale(j + 1, c)))
    const active = derivatives.map(d => d.some(c => c !== null))
    const { outs, dys } = under(lower, () => {
      const { outs, push } = prim.linearize(xs, params, active)
      const ts = derivatives.map((d, i) => (active[i] ? lower.wrap([instantiate(d[0]!, args[i]!.aval), ...d.slice(1)]) : null))
      return { outs, dys: push(ts) }
    })
    return outs.map((o, i) => {
      const dy = dys[i] ? lower.seriesOf(dys[i]) : null
      const last = dy?.[K - 1]
      return this.wrap([...lower.seriesOf(o), last ? scale(1 / K, last) : null])
    })
  }
}
