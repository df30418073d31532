/** Runs an expression of numbers as a JavaScript function, every letter rounded to its own dtype: the semantics that emitters must meet. */
import { argsOf, type Apply, type Expr } from '../../src/kernel/expr.js'

export type Rounding = 'fused' | 'twice'
const bits32 = new Int32Array(1), float32 = new Float32Array(bits32.buffer)
const bits64 = new BigUint64Array(1), float64 = new Float64Array(bits64.buffer)
const of32 = (bits: number): number => { bits32[0] = bits; return float32[0]! }
const to32 = (x: number): number => { float32[0] = x; return bits32[0]! }
const of64 = (bits: bigint): number => { bits64[0] = BigInt.asUintN(64, bits); return float64[0]! }
const to64 = (x: number): bigint => { float64[0] = x; return bits64[0]! }

/** x·y + z in f64, rounded once but for ties: the product and the sum with their errors (Dekker, Knuth). */
const fused64 = (x: number, y: number, z: number): number => {
  const product = x * y, sum = product + z
  if (!(Math.abs(product) < 1e290 && Math.abs(product) > 1e-270 && Math.abs(x) < 1e150 && Math.abs(y) < 1e150)) return sum
  const halves = (v: number): readonly [number, number] => { const c = v * 134217729, head = c - (c - v); return [head, v - head] }
  const [a, b] = halves(x), [c, d] = halves(y)
  const lost = a * c - product + a * d + b * c + b * d
  const back = sum - product
  return sum + (product - (sum - back) + (z - back) + lost)
}
const roundEven = (x: number): number => {
  if (!(Math.abs(x) < 2 ** 52)) return x
  const r = x < 0 ? x - 2 ** 52 + 2 ** 52 : x + 2 ** 52 - 2 ** 52
  return r === 0 ? x * 0 : r
}
const library = { of32, to32, of64, to64, fused64, roundEven }

const exact: Readonly<Record<string, (...xs: readonly string[]) => string>> = {
  lt: (x, y) => `${x} < ${y}`, le: (x, y) => `${x} <= ${y}`, gt: (x, y) => `${x} > ${y}`, ge: (x, y) => `${x} >= ${y}`,
  eq: (x, y) => `${x} === ${y}`, ne: (x, y) => `${x} !== ${y}`,
  select: (p, x, y) => `${p} ? ${x} : ${y}`, rare: (p, x, y) => `${p} ? ${x} : ${y}`,
  neg: x => `-${x}`, abs: x => `Math.abs(${x})`, floor: x => `Math.floor(${x})`, ceil: x => `Math.ceil(${x})`, trunc: x => `Math.trunc(${x})`,
  round: x => `roundEven(${x})`, max: (x, y) => `Math.max(${x}, ${y})`, min: (x, y) => `Math.min(${x}, ${y})`,
}
const rounded: Readonly<Record<string, (...xs: readonly string[]) => string>> = {
  add: (x, y) => `${x} + ${y}`, sub: (x, y) => `${x} - ${y}`, mul: (x, y) => `${x} * ${y}`, div: (x, y) => `${x} / ${y}`, sqrt: x => `Math.sqrt(${x})`,
}
const bitwise: Readonly<Record<string, string>> = { bitsAnd: '&', bitsOr: '|', bitsXor: '^', bitsAdd: '+', bitsSub: '-' }

const letterOf = (e: Apply, xs: readonly string[], rounding: Rounding, values: readonly Expr[]): string => {
  const single = e.of === 'f32', n = values[1]?.tag === 'const' ? values[1].value : 0
  if (e.letter === 'bitsShl') return single ? `of32(to32(${xs[0]}) << ${n})` : `of64(to64(${xs[0]}) << ${n}n)`
  if (e.letter === 'bitsShr') return single ? `of32(to32(${xs[0]}) >>> ${n})` : `of64(to64(${xs[0]}) >> ${n}n)`
  const bit = bitwise[e.letter]
  if (bit) return single ? `of32(to32(${xs[0]}) ${bit} to32(${xs[1]}))` : `of64(to64(${xs[0]}) ${bit} to64(${xs[1]}))`
  if (e.of === 'bool' && (e.letter === 'and' || e.letter === 'or')) return `${xs[0]} ${e.letter === 'and' ? '&&' : '||'} ${xs[1]}`
  if (e.of === 'bool' && e.letter === 'not') return `!${xs[0]}`
  if (e.letter === 'madd') {
    if (!single) return rounding === 'fused' ? `fused64(${xs.join()})` : `${xs[0]} * ${xs[1]} + ${xs[2]}`
    return rounding === 'fused' ? `Math.fround(${xs[0]} * ${xs[1]} + ${xs[2]})` : `Math.fround(Math.fround(${xs[0]} * ${xs[1]}) + ${xs[2]})`
  }
  const plain = exact[e.letter]
  if (plain) return plain(...xs)
  const float = rounded[e.letter]
  if (float) return single ? `Math.fround(${float(...xs)})` : float(...xs)
  const asked = `host(${JSON.stringify(e.letter)}, ${xs.join()})`
  return single ? `Math.fround(${asked})` : asked
}

/** Every node of an expression, operands first. */
export const nodes = (e: Expr): readonly Expr[] => {
  const seen = new Set<Expr>()
  const visit = (n: Expr): void => { if (!seen.has(n)) { argsOf(n).forEach(visit); seen.add(n) } }
  visit(e)
  return [...seen]
}

export type Host = (letter: string, ...xs: number[]) => number
/** The function of the expression's loads, in the order of their buffers; what it does not know it asks of the host. */
export const compile = (e: Expr, arity: number, rounding: Rounding, host: Host): ((...xs: number[]) => number) => {
  const all = nodes(e), constants: number[] = []
  const name = (n: Expr): string => (n.tag === 'load' ? `x${n.view.buffer}` : `v${n.id}`)
  const lines = all.flatMap(n => {
    if (n.tag === 'load') return []
    const xs = argsOf(n).map(name)
    if (n.tag === 'const') { constants.push(n.value); return [`const ${name(n)} = constants[${constants.length - 1}]`] }
    if (n.tag === 'apply') return [`const ${name(n)} = ${letterOf(n, xs, rounding, n.args)}`]
    if (n.tag === 'convert') return [`const ${name(n)} = ${n.dtype === 'f32' ? `Math.fround(${xs[0]})` : xs[0]}`]
    return [`throw ${JSON.stringify(n.tag)}`]
  })
  const params = Array.from({ length: arity }, (_, i) => `x${i}`)
  const body = `const { ${Object.keys(library).join()} } = library\nreturn (${params.join()}) => {\n${lines.join('\n')}\nreturn ${name(e)}\n}`
  return new Function('library', 'constants', 'host', body)(library, constants, host) as (...xs: number[]) => number
}
