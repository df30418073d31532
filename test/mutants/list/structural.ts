/** Mutants of rows that move elements, and of contraction. */
import { type Mutant, plant } from '../mutant.js'

export const structural: readonly Mutant[] = [
  ...plant('src/primitives/structural.ts', [
    ['reshape-batch', '[reshape(x!, [axis.size, ...shape])]', '[reshape(transpose(x!, [...range(x!.aval.shape.length).slice(1), 0]), [axis.size, ...shape])]', 'a mapped reshape mixes the mapped axis with the others'],
    ['reshape-transpose', '[reshape(ct!, x!.aval.shape)]', '[reshape(reverse(ct!, range(ct!.aval.shape.length)), x!.aval.shape)]', 'the transpose of reshape turns the elements round'],
    ['transpose-transpose', '[transpose(ct!, inverse(perm))]', '[transpose(ct!, perm)]', 'the transpose of a permutation of axes is itself, not its inverse'],
    ['transpose-batch', '[0, ...shifted(perm)]', '[0, ...shifted(inverse(perm))]', 'a mapped permutation of axes is its inverse'],
    ['reverse-transpose', '[reverse(ct!, axes)]', '[ct!]', 'the transpose of reverse forgets to turn back'],
    ['reverse-batch', '[reverse(x!, shifted(axes))]', '[reverse(x!, axes)]', 'axes are not shifted when reverse is mapped'],
    ['slice-batch', '[slice(x!, [0, ...start], [axis.size, ...limit], [1, ...strides])]', '[slice(x!, [0, ...start.map((s, i) => (strides[i] === 1 ? x!.aval.shape[i + 1]! - limit[i]! : s))], [axis.size, ...limit.map((m, i) => (strides[i] === 1 ? x!.aval.shape[i + 1]! - start[i]! : m))], [1, ...strides])]', 'a mapped slice counts from the other end'],
    ['slice-transpose', '[start[i]!, x!.aval.shape[i]! - used, strides[i]! - 1]', '[x!.aval.shape[i]! - used, start[i]!, strides[i]! - 1]', 'the transpose of slice puts its zeros at the wrong ends'],
    ['pad-batch-value', '[select(inside(inner.aval, outer), padded, broadcast(value!, padded.aval.shape, [0]))]', '[select(inside(inner.aval, outer), padded, padded)]', 'a mapped padding value is forgotten'],
    ['pad-transpose', '[-lo!, -hi!, 0]', '[-hi!, -lo!, 0]', 'the transpose of pad cuts the wrong ends'],
    ['pad-transpose-value', 'sum(select(inside(x!.aval, config), zeros(ct!.aval), ct!), range(config.length))', 'sum(ct!, range(config.length))', 'the cotangent of the padding value counts the elements inside too'],
    ['concatenate-transpose', 'sliceInAxis(ct!, start, at, axis)', 'sliceInAxis(ct!, 0, at - start, axis)', 'every operand of concatenate takes the cotangent of the first'],
    ['concatenate-batch', 'lead(mapped, x, batched[i]!)), axis + 1)', 'lead(mapped, x, batched[i]!)).slice().reverse(), axis + 1)', 'mapped operands are joined in the other order'],
    ['iota-batch', '{ values: [bind1(iotaP, [], params)], batched: [false] }', '{ values: [reverse(bind1(iotaP, [], params), [params.axis])], batched: [false] }', 'under vmap iota counts down', 'A row without operands has none that is mapped, so the interpreter of vmap hands it to its parent: the rule is there for completeness and is never asked.'],
    ['iota-forgets-dtype', ': E.right([aval(dtype, shape)])', ": E.right([aval('f64', shape)])", 'iota is always f64'],
    ['iota-other-axis', 'bind1(iotaP, [], { dtype, shape, axis })', 'bind1(iotaP, [], { dtype, shape, axis: shape.length - 1 - axis })', 'iota counts along another axis'],
  ]),
  ...plant('src/primitives/contract.ts', [
    ['dotGeneral-transpose-place', 'first ? ownFree.length : 0', '0', 'the transpose of a contraction contracts the wrong axes of the cotangent'],
    ['dotGeneral-transpose-axes', 'transpose(product, range(axes.length).map(d => axes.indexOf(d)))', 'transpose(product, axes)', 'the transpose of a contraction permutes its axes the wrong way'],
    ['dotGeneral-transpose-partners', '.sort((i, j) => contract[theirs][i]! - contract[theirs][j]!)', '', 'several contracted axes come back in the wrong order'],
    ['dotGeneral-transpose-batch', 'batch: [range(b), batch[theirs]] }', 'batch: [range(b).slice().reverse(), batch[theirs]] }', 'several batch axes are paired in the wrong order'],
    ['dotGeneral-batch-place', '(left ? 0 : freeAxes(x!.aval.shape.length', '(left ? 0 : 0 * freeAxes(x!.aval.shape.length', 'with the right operand mapped the mapped axis is looked for at the wrong place'],
    ['dotGeneral-batch-both', 'batch: [[0, ...b[0]], [0, ...b[1]]] })]', 'batch: [[...b[0], 0], [...b[1], 0]] })]', 'with both operands mapped the mapped axis comes last among the batch axes'],
    ['dotGeneral-batch-shift', 'by ? axes.map(a => a + 1) : axes', 'by ? axes.map(a => a + 1).reverse() : axes', 'mapped axes are paired in the other order'],
    ['dotGeneral-cost', '2 * sizeOf(o!.shape) * sizeOf(sizesAt(x!.shape, contract[0]))', '2 * sizeOf(o!.shape)', 'a contraction costs nothing for the contracted axes'],
  ]),
]
