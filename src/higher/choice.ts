/** cond and switchCase run one of several functions, chosen while the program runs. */
import { badArgument, raise } from '../core/fault.js'
import { bind } from '../core/interp.js'
import { outAvals } from '../core/program.js'
import type { Value } from '../core/value.js'
import { convert } from '../primitives/arithmetic.js'
import { isFloat } from '../core/dtype.js'
import { scalar } from '../primitives/base.js'
import { unflatten } from '../tree/index.js'
import { type Arrays, asValue, flattenValues, isLeaf, type Leaf, requireFunction } from '../transforms/arguments.js'
import { condP } from './cond.js'
import { joinCaptured, requireSameTypes, traceBody } from './tracing.js'

const choose = (op: string, index: Value, branches: readonly ((...args: never[]) => unknown)[], operands: readonly unknown[]): unknown => {
  branches.forEach((b, i) => requireFunction(op, b, op === 'cond' ? ['onFalse', 'onTrue'][i] : `branches[${i}]`))
  const { leaves, def } = flattenValues(op, operands, 'operands')
  const types = leaves.map(x => x.aval)
  const traced = branches.map(b => traceBody(op, b, def, types))
  const first = traced[0]!
  const side = (t: typeof first) => ({ def: t.outDef, types: outAvals(t.program) })
  for (const other of traced.slice(1)) {
    requireSameTypes('BranchMismatch', op, 'all branches answer one structure of arrays of the same shapes and dtypes', side(first), side(other), 'the result')
  }
  const { captured, programs } = joinCaptured(traced)
  return unflatten(first.outDef, bind(condP, [index, ...captured, ...leaves], { branches: programs }))
}

/**
 * `onTrue(...operands)` where `pred` holds, else `onFalse(...operands)` (JAX: `jax.lax.cond`). Both are traced, one runs; under vmap with
 * a predicate of one's own both run and each element selects. Derivatives flow through the branch taken.
 * Faults: `BranchMismatch` with the path, `DTypeMismatch` for a predicate that is no scalar bool.
 *
 * @example
 * cond(np.greater(np.array(3), 0), (x: Value) => np.multiply(x, 2), (x: Value) => np.negative(x), np.array(3))   // 6
 */
export const cond = <A extends readonly unknown[], R>(pred: Leaf, onTrue: (...operands: A) => R, onFalse: (...operands: A) => unknown, ...operands: A): Arrays<R> => {
  const p = isLeaf(pred) ? asValue(pred) : badArgument('cond', 'pred', pred, 'a bool scalar', 'compare first: np.greater(x, 0)')
  if (p.ndim > 0 || isFloat(p.dtype)) {
    raise({ _tag: 'DTypeMismatch', op: 'cond', got: [p.aval], want: 'a predicate that is one bool', hint: 'compare, and reduce with np.all or np.any; np.where chooses element by element' })
  }
  const bool = convert(p, 'bool')
  return choose('cond', convert(bool, 'i32'), [onFalse, onTrue] as never, operands) as Arrays<R>
}

/**
 * `branches[index](...operands)`, the index clamped to the branches there are (JAX: `jax.lax.switch`).
 *
 * @example
 * switchCase(1, [(x: Value) => x, (x: Value) => np.negative(x)], np.array(3))   // -3
 */
export const switchCase = <A extends readonly unknown[], R>(index: Leaf, branches: readonly ((...operands: A) => R)[], ...operands: A): Arrays<R> => {
  if (!Array.isArray(branches) || branches.length === 0) badArgument('switchCase', 'branches', branches, 'a list of at least one function', 'write switchCase(i, [f, g], x)')
  const raw = typeof index === 'number' && Number.isInteger(index) ? scalar(Math.min(Math.max(index, 0), branches.length - 1), 'i32') : isLeaf(index) ? asValue(index) : badArgument('switchCase', 'index', index, 'an integer scalar', 'np.astype(i, \'i32\')')
  if (raw.ndim > 0 || (raw.dtype !== 'i32' && raw.dtype !== 'u32')) {
    raise({ _tag: 'DTypeMismatch', op: 'switchCase', got: [raw.aval], want: 'one integer', hint: 'np.astype(i, \'i32\')' })
  }
  return choose('switchCase', convert(raw, 'i32'), branches as never, operands) as Arrays<R>
}
