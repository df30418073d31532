/** Mutants of the passes that run before a program is compiled. */
import { type Mutant, plant } from '../mutant.js'

export const optimise: readonly Mutant[] = [
  ...plant('src/optimise/inline.ts', [
    ['inline-names', 'const outs = e.outs.map(o => newVar(o.aval))', 'const outs = e.outs', 'what is inlined keeps its names: called twice it is bound twice'],
    ['inline-operands', 'inner.ins.map((v, i) => [v.id, ins[i]!])', 'inner.ins.map((v, i) => [v.id, ins[ins.length - 1 - i]!])', 'an inlined program takes its operands in another order'],
    ['inline-results', 'inner.outs.forEach((o, i) => names.set(e.outs[i]!.id,', 'inner.outs.forEach((o, i) => names.set(e.outs[inner.outs.length - 1 - i]!.id,', 'an inlined program gives its results in another order'],
    ['inline-outs', "outs: p.outs.map(a => (a.kind === 'var' ? names.get(a.id) ?? a : a)) } : p", 'outs: p.outs } : p', 'what a program answers is not renamed'],
    ['inline-inside', 'const e = inside(given, pass)', 'const e = given', 'programs inside rows that stay are not inlined'],
    ['inline-once', 'emit(inner, local, true)', 'eqns.push(...inner.eqns.map(x => ({ ...x, ins: x.ins.map(a => (a.kind === \'var\' ? local.get(a.id) ?? a : a)), outs: x.outs.map(o => { const v = newVar(o.aval); local.set(o.id, v); return v }) })))', 'what comes out of a row is not looked at again', 'Programs inside come first, so what comes out of a call is inlined already, and a loop that came apart is looked at again by the next round.'],
  ]),
  ...plant('src/optimise/dots.ts', [
    ['dots-composition', '(inner.params as PermParams).perm[d]!', 'perm[(inner.params as PermParams).perm[d]!]!', 'two transposes are composed the other way round'],
    ['dots-exchange', "{ contract: [contract[1], contract[0]], batch: [batches[1], batches[0]] }, [q, p]", "{ contract: [contract[1], contract[0]], batch: [batches[1], batches[0]] }, [p, q]", 'a transposed product keeps the order of its operands'],
    ['dots-batch-order', 'perm.slice(0, b).map(d => batch[side as 0 | 1][d]!)', 'batch[side as 0 | 1].slice()', 'batch axes of a transposed product keep their order'],
    ['dots-group-order', 'own[order[k]!]!', 'own[order.indexOf(k)]!', 'free axes are put in the inverse order'],
    ['dots-read-twice', 'return dot && site.single(x!) ? transposed', 'return dot ? transposed', 'a product that is read twice is computed twice'],
    ['dots-sum-twice', 'if (!dot || !site.single(x!)) return null', 'if (!dot) return null', 'a product that is summed and read is computed twice'],
    ['dots-mixed-groups', 'if (!straight && rest.slice(0, right.length).some(isLeft)) return null', '', 'free axes of the two operands may be mixed'],
    ['dots-batch-last', 'if (perm.slice(0, b).some(d => d >= b)) return null', '', 'batch axes of a transposed product may stand anywhere'],
    ['dots-operand-order', 'if (!ascending(at(free(ins[side]!, params.contract[side], params.batch[side])))) continue', '', 'an operand is read through its transpose whatever the order of its free axes'],
    ['dots-sum-axes', 'axes.slice(summed.length).map(a => a - summed.length)', 'axes.slice(summed.length)', 'the other axes of a sum keep their numbers'],
    ['dots-sum-batch', 'batch: [split(0, false), split(1, false)]', 'batch: [split(0, false), batch[1].slice(summed.length)]', 'of two operands other batch axes are contracted'],
    ['dots-zero', "Object.is(a.value.data[0], 0)", 'true', 'any number added to a product is zero'],
    ['dots-convert-exact', 'return embeds(from, through) && alike ?', 'return alike ?', 'conversions merge though one of them rounds'],
    ['dots-convert-integers', 'return embeds(from, through) && alike ?', 'return embeds(from, through) ?', 'an integer that saturated on its way wraps'],
    ['dots-dead', 'makers.get(a.id)?.ins.forEach(b => count(b, -1))', '', 'what nobody reads still counts as a reader', 'The pass runs again without what is dead, and then takes what it left.'],
  ]),
  ...plant('src/higher/call.ts', [
    ['checkpoint-unfolds', "holding('checkpoint', () => null,", "holding('checkpoint', p => p.program,", 'a checkpoint is merged with what it should compute again'],
    ['call-unfolds-not', "holding('call', p => p.program,", "holding('call', () => null,", 'calls are never inlined', 'Borders inside a program cost nothing but what could have been shared across them.'],
  ]),
  ...plant('src/higher/customRows.ts', [
    ['custom-unfolds', 'unfold: p => p.value', 'unfold: p => p.residuals', 'a custom function is inlined as its residuals'],
    ['pulled-unfolds', 'unfold: p => p.push', 'unfold: p => p.pull ?? p.push', 'a custom push is inlined as its pull'],
  ]),
]
