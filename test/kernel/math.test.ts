/** The elementary functions hold their bounds, with madd rounded once and twice, at the edges too. */
import { describe, expect, test } from 'vitest'
import { Pool } from '../../src/kernel/expr.js'
import { expand } from '../../src/kernel/math/index.js'
import { view } from '../../src/kernel/view.js'
import { compile, nodes } from './evaluate.js'
import { binary, edges, error, exact, expansion, goldens, made, type Name, unary, worst32, worst64 } from './measure.js'

const roundings = ['fused', 'twice'] as const
const bound = 2
const wide: Partial<Record<Name, number>> = { cos: 2.05, erfc: 2.1, tanh: 2.1 }
const hosted: readonly Name[] = ['erfInv']

describe('in f32', () => {
  test.each([...unary, ...binary].flatMap(name => roundings.map(rounding => [name, rounding] as const)))('%s, madd %s', (name, rounding) => {
    const worst = worst32(name, rounding, 8)
    expect(worst.error, JSON.stringify(worst)).toBeLessThan(wide[name] ?? bound)
  })
  test('the sine of large numbers is asked of the host', () => {
    const f = made('sin', 'f32', 'fused')
    expect(f(1e10)).toBe(Math.fround(Math.sin(1e10)))
  })
})

describe('in f64', () => {
  const rows = goldens()
  test('there are goldens for every function', () => {
    expect(Object.keys(rows).sort()).toEqual([...unary, ...binary].filter(n => !hosted.includes(n)).sort())
  })
  test.each(Object.keys(rows).flatMap(name => roundings.map(rounding => [name as Name, rounding] as const)))('%s, madd %s', (name, rounding) => {
    const worst = worst64(name, rounding, rows[name]!)
    expect(worst.error, JSON.stringify(worst)).toBeLessThan(wide[name] ?? bound)
  })
})

describe('powers', () => {
  test.each([0, 1, 2, 3, 4, -1, 0.5, -0.5])('a constant exponent of %d is short, and answers what pow does', y => {
    for (const of of ['f32', 'f64'] as const) {
      const pool = new Pool()
      const e = expand(pool, 'pow', of, [pool.load(of, view(0, 0, [])), pool.constant(of, y)])!
      expect(nodes(e).length).toBeLessThan(11)
      const f = compile(e, 1, 'twice', exact)
      for (const x of edges[of]) expect(error(f(x), exact('pow', x, y), of), `${x}^${y} = ${f(x)}`).toBeLessThan(2)
    }
  })
  test('whole powers of whole numbers are whole', () => {
    for (const of of ['f32', 'f64'] as const) {
      const f = made('pow', of, 'twice')
      for (let x = -9; x <= 9; x++) for (let n = 0; n <= 7; n++) expect(f(x, n), `${x}^${n} in ${of}`).toBe(x ** n)
    }
  })
})

describe('an expansion', () => {
  const plain = new Set([
    'add', 'sub', 'mul', 'div', 'neg', 'abs', 'sqrt', 'trunc', 'min', 'max', 'select', 'eq', 'ne', 'lt', 'le', 'gt', 'and', 'or',
    'madd', 'bitsAnd', 'bitsOr', 'bitsXor', 'bitsAdd', 'bitsSub', 'bitsShl', 'bitsShr', 'rare',
  ])
  test.each([...unary, ...binary])('of %s has plain letters only, but for what a rare branch asks of the host', name => {
    for (const of of ['f32', 'f64'] as const) {
      const e = expansion(name, of)
      if (!e) { expect(hosted).toContain(name); continue }
      const asked = new Set(nodes(e).flatMap(n => (n.tag === 'apply' && n.letter === 'rare' ? [n.args[1]] : [])))
      for (const n of nodes(e)) if (n.tag === 'apply' && !asked.has(n)) expect(plain, n.letter).toContain(n.letter)
    }
  })
  test('has constants of its own dtype that are no NaN in bits', () => {
    for (const name of [...unary, ...binary]) {
      for (const n of nodes(expansion(name, 'f32')!)) if (n.tag === 'const' && n.dtype === 'f32') expect(Math.fround(n.value)).toBe(n.value)
    }
  })
  test('is not made for integers, nor for letters that are plain', () => {
    const pool = new Pool()
    expect(expand(pool, 'exp', 'i32', [pool.load('i32', view(0, 0, []))])).toBeNull()
    expect(expand(pool, 'add', 'f32', [pool.load('f32', view(0, 0, [])), pool.constant('f32', 1)])).toBeNull()
  })
})
