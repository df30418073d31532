/** About how many instructions a node costs on a vector. */
import { argsOf, type Expr, type Letter } from '../../../src/kernel/expr.js'

/** Integer letters that go lane by lane in plain scalar code. */
const laneByLane: ReadonlySet<Letter> = new Set<Letter>(['div', 'rem', 'pow', 'clz'])
const dear: { readonly [K in Letter]?: number } = { div: 6, sqrt: 8, rsqrt: 14, sign: 5, nextAfter: 14, rare: 2, select: 1, isFinite: 2, populationCount: 3 }
/** What the host's function is called for: elementary functions that have no expansion, on floats. */
const host: ReadonlySet<Letter> = new Set<Letter>([
  'rem', 'pow', 'atan2', 'exp', 'expm1', 'log', 'log1p', 'cbrt', 'logistic', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh',
  'asinh', 'acosh', 'atanh', 'erf', 'erfc', 'erfInv', 'lgamma', 'digamma', 'polygamma',
])
/** A call of the host in every lane. */
export const isHosted = (e: Expr): boolean => e.tag === 'apply' && (e.of === 'f32' || e.of === 'f64') && host.has(e.letter)

export const opCost = (e: Expr): number => {
  if (e.tag === 'convert') return 1
  if (e.tag === 'index') return 2
  if (e.tag !== 'apply') return 0
  if (isHosted(e)) return 1500
  return (e.of === 'i32' || e.of === 'u32') && laneByLane.has(e.letter) ? 30 : dear[e.letter] ?? 1
}
/** The operands but for what is computed seldom. */
export const usual = (e: Expr): readonly Expr[] => (e.tag === 'apply' && e.letter === 'rare' ? [e.args[0]!, e.args[2]!] : argsOf(e))
