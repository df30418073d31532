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
  ...plant('src/higher/call.ts', [
    ['checkpoint-unfolds', "holding('checkpoint', () => null,", "holding('checkpoint', p => p.program,", 'a checkpoint is merged with what it should compute again'],
    ['call-unfolds-not', "holding('call', p => p.program,", "holding('call', () => null,", 'calls are never inlined', 'Borders inside a program cost nothing but what could have been shared across them.'],
  ]),
  ...plant('src/higher/customRows.ts', [
    ['custom-unfolds', 'unfold: p => p.value', 'unfold: p => p.residuals', 'a custom function is inlined as its residuals'],
    ['pulled-unfolds', 'unfold: p => p.push', 'unfold: p => p.pull ?? p.push', 'a custom push is inlined as its pull'],
  ]),
]
