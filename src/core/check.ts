/** Every program can be checked: bound before use, bound once, typed as the rows say; and linear where it claims to be. */
import * as E from './either.js'
import { type Aval, sameAval, showAval } from './aval.js'
import { type Fault, getOrRaise } from './fault.js'
import type { Atom, Equation, Program, Var } from './primitive.js'
import { showEquation } from './print.js'
import { sourceOf } from './source.js'

const invalid = (problem: string, e: Equation | null): E.Either<Fault, never> => E.left({
  _tag: 'InvalidProgram', op: 'check', problem, equation: e ? showEquation(e) : 'the outputs', made: sourceOf(e?.made ?? null),
  hint: 'a pass or a rule made this program: report it with the program printed by showProgram',
})

/**
 * Is the program well typed? Programs inside it are checked too. Faults: `InvalidProgram`.
 *
 * @example
 * const { program } = makeProgram((x: Value) => np.sin(x))(np.array(1))
 * E.isRight(check(program))                                     // true
 * E.isRight(check({ ...program, eqns: program.eqns.slice(1) }))   // false
 */
export const check = (p: Program): E.Either<Fault, Program> => {
  const env = new Map<number, Aval>()
  const put = (v: Var): boolean => (env.has(v.id) ? false : (env.set(v.id, v.aval), true))
  const unbound = (a: Atom): boolean => a.kind === 'var' && !(env.has(a.id) && sameAval(env.get(a.id)!, a.aval))
  for (const v of p.ins) if (!put(v)) return invalid(`input v${v.id} is bound twice`, null)
  for (const e of p.eqns) {
    const missing = e.ins.find(unbound)
    if (missing) return invalid('an operand is not bound, or not with this type', e)
    const want = e.prim.shape(e.ins.map(a => a.aval), e.params)
    if (want._tag === 'Left') return want
    if (want.right.length !== e.outs.length || !want.right.every((w, i) => sameAval(w, e.outs[i]!.aval))) {
      return invalid(`the row gives ${want.right.map(showAval).join(', ') || 'nothing'}`, e)
    }
    for (const q of e.prim.programs(e.params)) {
      const inner = check(q)
      if (inner._tag === 'Left') return inner
    }
    for (const v of e.outs) if (!put(v)) return invalid(`v${v.id} is bound twice`, e)
  }
  return p.outs.some(unbound) ? invalid('an output is not bound', null) : E.right(p)
}
export const assertChecked = (p: Program): Program => getOrRaise(check(p))

/**
 * Is the program linear in the marked inputs together? Each value is constant (does not depend on them), linear, or zero, which is both.
 * Answers which outputs are linear. Faults: `NotLinear`.
 *
 * @example
 * const twice = makeProgram((x: Value) => np.multiply(x, 2))(np.array(1)).program
 * E.isRight(checkLinear(twice, [true]))   // true
 * const square = makeProgram((x: Value) => np.multiply(x, x))(np.array(1)).program
 * E.isRight(checkLinear(square, [true]))   // false
 */
export const checkLinear = (p: Program, linear: readonly boolean[], zero: readonly boolean[] = []): E.Either<Fault, readonly boolean[]> => {
  type Class = 'constant' | 'linear' | 'zero'
  const env = new Map<number, Class>()
  p.ins.forEach((v, i) => env.set(v.id, linear[i] ? 'linear' : zero[i] ? 'zero' : 'constant'))
  const classOf = (a: Atom): Class => (a.kind === 'var' ? env.get(a.id)! : a.value.data[0] === 0 ? 'zero' : 'constant')
  for (const e of p.eqns) {
    const classes = e.ins.map(classOf)
    const put = (c: Class): void => e.outs.forEach(o => env.set(o.id, c))
    if (!classes.includes('linear')) {
      // a map that is linear in zeros, in all of them together or in one alone, is zero; anything else of constants is a constant
      const flags = classes.map((c, i) => c === 'zero' && !e.prim.fixed.includes(i))
      const vanishes = flags.some(Boolean) && (e.prim.linearIn(flags, e.params)
        || flags.some((zero, i) => zero && e.prim.linearIn(flags.map((_, j) => j === i), e.params))
        // zeros on both sides at once: the programs inside tell what becomes of them
        || (e.prim.programs(e.params).length > 0 && e.prim.linearIn(flags.map(() => false), e.params, flags)))
      put(vanishes ? 'zero' : 'constant')
      continue
    }
    const exactly = classes.map(c => c === 'linear')
    // a zero index or predicate is still a parameter
    const widened = classes.map((c, i) => c !== 'constant' && !e.prim.fixed.includes(i))
    const zeros = classes.map(c => c === 'zero')
    if (!e.prim.linearIn(exactly, e.params, zeros) && !e.prim.linearIn(widened, e.params)) {
      return E.left({
        _tag: 'NotLinear', op: 'checkLinear', problem: `${e.prim.name} is not linear in operands ${exactly.flatMap((l, i) => (l ? [i] : [])).join(', ')} together`,
        equation: showEquation(e), made: sourceOf(e.made), hint: 'push must be a linear function of the tangents alone',
      })
    }
    put('linear')
  }
  return E.right(p.outs.map(o => classOf(o) !== 'constant'))
}
