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
    ['dots-dead', 'makers.get(a.id)?.ins.forEach(b => count(b, -1))', 'void 0', 'what nobody reads still counts as a reader', 'The pass runs again without what is dead, and then takes what it left.'],
  ]),
  ...plant('src/higher/hoist.ts', [
    ['hoist-carries', '!e.ins.every(a => a.kind === \'lit\' || known.has(a.id))', '!e.ins.some(a => a.kind === \'lit\' || known.has(a.id))', 'what depends on a carry too leaves the loop'],
    ['hoist-never', 'if (!grows) leaving.add(e)', '', 'nothing leaves the loop'],
    ['hoist-copies', 'if (costOf(from) > 0) leaving.add(from)', '', 'what is computed outside is computed again inside'],
  ]),
  ...plant('src/higher/split.ts', [
    ['split-still', 'const still = (c: Carry): boolean => c.next.kind === \'var\' && c.next.id === c.inner.id', 'const still = (c: Carry): boolean => c.next.kind === \'var\' && this.carries.some(d => d.inner.id === (c.next as Var).id)', 'a carry that takes the value of another is taken for one that stays'],
    ['split-total', '}, totals.get(c) ?? c.outer)', '}, c.outer)', 'what is added up in the loop is forgotten where something else is added after it'],
    ['split-start', '}, totals.get(c) ?? c.outer)', '}, totals.get(c) ?? c.more[0]!)', 'a sum that leaves the loop forgets where it starts'],
    ['split-level', 'Math.max(m, of(a)), 0)', 'Math.min(m, of(a)), 2)', 'what depends on a carry too is taken for scanned'],
  ]),
  ...plant('src/higher/fission.ts', [
    ['fission-empty', 'if (length === 0) return', 'if (length < 0) return', 'a loop of no turn makes one'],
    ['fission-terms', 'if (uses.get(c.inner.id) !== 1) return null', '', 'a sum that is read on its way leaves the loop'],
    ['fission-terms-read', "uses.get(a.id) === 1 ? makers.get(a.id) : undefined\n    if (e && e.prim === addP)", "true ? makers.get(a.id) : undefined\n    if (e && e.prim === addP)", 'a sum that is stacked leaves the loop'],
    ['fission-contract', 'contract: [[0, ...shifted(contract[0])], [0, ...shifted(contract[1])]]', 'contract: [[0, ...shifted(contract[0])], [0, ...shifted(contract[0])]]', 'of the two operands the same axes are contracted'],
    ['fission-batch', 'batch: [shifted(batch[0]), shifted(batch[1])]', 'batch', 'batch axes do not move with the new axis'],
    ['fission-constant', 'o.stacked ? put(sumP, { axes: [0] }, [o.value], dot.ins[i]!.aval)', 'false ? put(sumP, { axes: [0] }, [o.value], dot.ins[i]!.aval)', 'an operand that is scanned is not added up'],
    ['fission-early', 's.carries.forEach(c => read(c.next))', '', 'what a carry is made of is computed after the loop'],
    ['fission-worth', 'costOf(term.dot) * s.params.length >= t.worth * extra', 'true', 'everything is kept for a product that leaves', 'It costs memory, not operations, and means the same.'],
  ]),
  ...plant('src/higher/while.ts', [
    ['while-still', 'o.kind === \'var\' && o.id === bodyIns[p.nBodyConst + i]!.id)', 'o.kind === \'var\' && bodyIns.slice(p.nBodyConst).some(v => v.id === o.id))', 'a carry that takes the value of another is taken for one that stays'],
    ['while-unfold', 'outs: carry.map((v, i) => (still[i] ? v : outs[j++]!))', 'outs: carry.map((v, i) => (still[i] ? v : outs[j]!))', 'all carries end as the first'],
  ]),
  ...plant('src/higher/call.ts', [
    ['checkpoint-unfolds', "holding('checkpoint', () => null,", "holding('checkpoint', p => p.program,", 'a checkpoint is merged with what it should compute again'],
    ['call-unfolds-not', "holding('call', p => p.program,", "holding('call', () => null,", 'calls are never inlined'],
  ]),
  ...plant('src/higher/customRows.ts', [
    ['custom-unfolds', 'unfold: p => p.value', 'unfold: p => p.residuals', 'a custom function is inlined as its residuals'],
    ['pulled-unfolds', 'unfold: p => p.push', 'unfold: p => p.pull ?? p.push', 'a custom push is inlined as its pull'],
  ]),
]
