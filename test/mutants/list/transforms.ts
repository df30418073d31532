/** Mutants of the transforms. */
import { type Mutant, plant } from '../mutant.js'

export const transforms: readonly Mutant[] = [
  ...plant('src/transforms/differentiate.ts', [
    ['pushForward-stays-alive', 'tangents: outs.map(o => interp.tangent(o)) }\n  } finally { interp.alive = false }', 'tangents: outs.map(o => interp.tangent(o)) }\n  } finally { /* lives on */ }', 'tracers of jvp outlive it'],
    ['linearize-stays-alive', 'interp.alive = false\n    tangents.alive = false', 'tangents.alive = false', 'tracers of linearize outlive it'],
    ['linearize-tangents-here', 'new TangentInterp(title, here, tangents, called)', 'new TangentInterp(title, tangents, tangents, called)', 'linearize stages primals with the tangents'],
    ['linearize-active', "outActive: outTangents.map(t => t !== null)", "outActive: outTangents.map(() => true)", 'every result is said to have a tangent'],
    ['pull-integers', 'cts.filter((_, i) => l.outFloat[i])', 'cts', 'cotangents of integer results are taken for those of floats'],
    ['push-integers', 'l.outFloat.map(float => (float ? answered[j++]! : null))', 'l.outFloat.map(() => answered[j++] ?? null)', 'tangents of float results are given to integer ones'],
  ]),
  ...plant('src/transforms/transpose.ts', [
    ['pullBack-overwrites', 'before ? bind1(addP, [before, c], null) : c', 'c', 'a value used twice takes the cotangent of one use'],
    ['pullBack-doubles', 'before ? bind1(addP, [before, c], null) : c', 'before ? bind1(addP, [c, c], null) : c', 'a value used twice takes one cotangent twice'],
    ['pullBack-partial', 'if (e.outs.some(o => f.cts.has(o.id))) pullEquation(e, f)', 'if (e.outs.every(o => f.cts.has(o.id))) pullEquation(e, f)', 'an equation is skipped where one of its results has no cotangent'],
    ['pullBack-forwards', 'for (let k = backwards.length - 1; k >= 0; k--)', 'for (let k = 0; k < backwards.length; k++)', 'equations are transposed in their own order'],
    ['pullBack-known', 'if (c === null || a.kind === \'lit\' || !f.linear.has(a.id)) return', "if (c === null || a.kind === 'lit') return", 'cotangents of known values are kept', 'What is kept for a known value is never read: known equations are not transposed, and only inputs marked linear are answered for.'],
    ['transposeProgram-order', '[...others, ...p.outs.map(o => o.aval)], \'transposition\'', '[...p.outs.map(o => o.aval), ...others], \'transposition\'', 'the transpose takes cotangents before the known inputs'],
  ]),
  ...plant('src/transforms/onPrograms.ts', [
    ['linearizeProgram-key-active', "const key = `${active.map(Number).join('')}|", "const key = `|", 'a derivative is remembered whatever is differentiated'],
    ['linearizeProgram-key-force', "|${force.map(Number).join('')}`", '|`', 'a derivative is remembered whatever is forced to be active'],
    ['linearizeProgram-force', '(a || force[i] === true) && l.outFloat[i]!', 'a && l.outFloat[i]!', 'a carry that starts as a symbolic zero stays one'],
    ['linearizeProgram-residuals', 'primal.finish(args, [...l.outs, ...l.residuals])', 'primal.finish(args, [...l.outs, ...l.residuals.slice().reverse()])', 'residuals are kept in another order than they are read'],
    ['linearizeProgram-inactive-outs', 'return outActive[i] ? [atom] : []', 'return [atom]', 'inactive results are answered for too'],
    ['pushProgram-force', 'outActive = tangents.map((t, i) => t !== null || force[i] === true)', 'outActive = tangents.map(t => t !== null)', 'a loop forgets that a carry must be active'],
    ['pushProgram-active', 'active[i] ? xs[j++]! : null))', 'active[i] ? xs[n]! : null))', 'every tangent is the first'],
  ]),
  ...plant('src/transforms/derivatives.ts', [
    ['jvp-value', 'const r = pushForward(flat, leaves, given.map(', 'const r = pushForward(flat, given, given.map(', 'jvp evaluates at the tangent'],
    ['grad-argnums', 'argnums.forEach((n, k) => { full[n] = trees[k] })', 'argnums.forEach((_n, k) => { full[k] = trees[k] })', 'differentiated arguments stand at the wrong places'],
    ['grad-aux', 'let j = 1\n', 'let j = 0\n', 'auxiliary results are one place late'],
    ['grad-seed', 'i === 0 ? ones(aval(o.dtype, [])) : null', 'ones(o.aval)', 'auxiliary results contribute to the gradient'],
    ['grad-list', 'grads: Array.isArray(options.argnums) ? trees : trees[0]', 'grads: trees[0]', 'of several gradients only the first is answered'],
    ['vjp-integers', 'hasTangent(a) ? pulled[j++]! : instantiate(null, a)', 'hasTangent(a) ? pulled[j]! : (j++, instantiate(null, a))', 'every argument takes the first cotangent'],
    ['linearize-push-filter', "'tangents', 'a tangent').filter((_, i) => active[i])", "'tangents', 'a tangent').slice(0, active.filter(Boolean).length)", 'tangents of integers are taken for those of floats'],
    ['linearTranspose-accepts', 'if (!yes && isFloat(program.outs[i]!.aval.dtype)) {', 'if (!yes && false) {', 'linearTranspose takes constants for linear'],
  ]),
  ...plant('src/transforms/jacobian.ts', [
    ['jacfwd-axes', 'transpose(full, [...range(out.length).map(d => d + 1), 0])', 'full', 'the Jacobian by forward mode is not moved to [...out, ...in]'],
    ['jacfwd-basis', 'j === k ? basis(y) : zeros(y.aval)', 'j === k ? basis(y) : y', 'the other arguments are pushed along themselves'],
    ['jacrev-other-outs', 'j === i ? ct! : null', 'l.outs[j]!.shape.length === l.outs[i]!.shape.length ? ct! : null', 'a row of the Jacobian pulls every result of its rank'],
    ['jacobian-inactive', 'batched[k] ? reshape(v, [...out.shape, ...inputs[k]!.shape]) : zeros', 'batched[k] ? reshape(v, [...out.shape, ...inputs[k]!.shape]) : ((a: Value["aval"]) => basis(zeros(a)))', 'where nothing depends on an argument its derivative is no zero'],
    ['jacobian-argnums', 'argnums.forEach((n, k) => { full[n] = given[k] })', 'argnums.forEach((_n, k) => { full[k] = given[k] })', 'differentiated arguments stand at the wrong places'],
    ['jacobian-aux', 'let j = nOut\n', 'let j = 0\n', 'auxiliary results are the function values'],
    ['hvp-gradient', 'readonly [unknown, Arrays<A[0]>])[1]', 'readonly [unknown, Arrays<A[0]>])[0]', 'hvp answers the gradient'],
  ]),
  ...plant('src/transforms/batching.ts', [
    ['batchProgram-force', 'forced[i] && !b[i] ? lead(axis, v, false) : v', 'v', 'a carry that must be mapped is not repeated'],
    ['batchProgram-marks', 'outBatched = b.map((x, i) => x || forced[i]!)', 'outBatched = b', 'a carry that was repeated is said to be unmapped'],
    ['mapFlat-name', 'axis.name === null ? trace() : withAxis({ name: axis.name, size: axis.size }, trace)', 'trace()', 'the name of the mapped axis is not in scope'],
    ['mapFlat-stays-alive', 'finally { interp.alive = false }', 'finally { /* lives on */ }', 'tracers of vmap outlive it'],
  ]),
  ...plant('src/transforms/vectorize.ts', [
    ['vmap-inAxes', 'transpose(x, [axis, ...range(x.ndim).filter(d => d !== axis)])', 'transpose(x, range(x.ndim).map(d => (d === 0 ? axis : d === axis ? 0 : d)))', 'the mapped axis changes places with the first'],
    ['vmap-outAxes', 'perm.splice(axis, 0, 0)', 'perm.push(0)', 'the mapped axis always comes last'],
    ['vmap-inAxes-negative', 'const at = axis < 0 ? axis + x.ndim : axis', 'const at = Math.abs(axis)', 'a negative axis counts from the front'],
    ['vmap-outAxes-negative', 'const place = at < 0 ? at + full.ndim : at', 'const place = at < 0 ? at + full.ndim - 1 : at', 'a negative out axis is one place early'],
    ['vmap-unmapped-out', 'const full = lead(axis, v, batched[i]!)', 'const full = lead(axis, v, true)', 'results that do not depend on the mapped axis are not repeated'],
    ['vmap-unmapped-in', 'axes.map(a => a !== null)', 'axes.map(() => true)', 'arguments with axis null are mapped'],
  ]),
  ...plant('src/transforms/taylor.ts', [
    ['jet-factorial-in', 'scale(1 / factorial(k + 1), o[i]!)', 'scale(1 / factorial(k), o[i]!)', 'derivatives become coefficients with the wrong factorial'],
    ['jet-factorial-out', 'return c ? scale(factorial(k), c)', 'return c ? c', 'coefficients are answered for derivatives'],
    ['jetProgram-active', 's.slice(1).some(c => c !== null)))', 's[1] !== null))', 'a result whose first coefficient is zero is taken for constant', 'A series that is not constant has a first coefficient: every derivative is given by the user or instantiated, and no rule loses the first and keeps a later one.'],
    ['jetProgram-force', 'force[i] === true || s.slice(1)', 's.slice(1)', 'a carry that starts as a constant stays one'],
  ]),
]
