/** Mutants of the compiler: of what may be written in place, of the lives of buffers, and of the places they get. */
import { type Mutant, plant } from '../mutant.js'

export const compile: readonly Mutant[] = [
  ...plant('src/compile/access.ts', [
    ['inplace-part', 'pointsOf(nest, s) === b.size', 'pointsOf(nest, s) > 0', 'a store to a part of a buffer is taken for one to all of it'],
    ['inplace-copy', "return whole && to.size > 0 && samePlace(nest, s.value.view, s.view) ?", 'return whole && to.size > 0 ?', 'what is moved about is taken for a copy'],
    ['inplace-offset', 'a.offset === b.offset && ', '', 'two views are the same place wherever they begin'],
    ['inplace-strides', 'nest.extents.every((n, i) => n === 1 || a.strides[i] === b.strides[i])', 'true', 'a transposed view is the same place'],
    ['inplace-scatter', "k.tag !== 'scatter' && ", '', 'a scatter is taken to write all of its array'],
    ['inplace-folds', "...(at === 'element' ? nest.folds.flatMap(f => [...loadsOf(f.value).values()]) : []),", '', 'what a fold reads may be overwritten by the nest that folds it'],
    ['inplace-fold-reads', 'nest.folds.forEach(f => loadsOf(f.value).forEach((l, id) => loads.set(id, l)))', '', 'what a fold reads is not needed'],
    ['inplace-kernels', "if (step.tag === 'host' || step.kernel.tag !== 'nest') return false", "if (step.tag === 'host' || step.kernel.tag !== 'nest') return true", 'products, gathers and sorts write over what they read'],
    ['inplace-stage', 's.at === at && samePlace(nest, s.view, v)', 'samePlace(nest, s.view, v)', 'what is stored after a fold may lie where elements are read'],
  ]),
  ...plant('src/compile/sharing.ts', [
    ['inplace-needed', '|| (writeB && (after.x || (readX', '|| (writeB && ((readX', 'what is needed later is written over'],
    ['inplace-needed-back', '|| (writeX && (after.b || (readB', '|| (writeX && ((readB', 'what was copied is changed by a change of its source'],
    ['inplace-reads', '(readX && !inPlace(s, this.isX, this.isB))', 'false', 'a step may write what it reads at another place'],
    ['inplace-both', 'if ((writeX && writeB) || ', 'if (', 'one step writes two buffers that are one', 'One of the two would be needed afterwards, or the store would have been left out.'],
    ['inplace-through', '(after.x && !wholeX && !toX) || (after.b && toB),', '(after.x && !wholeX && !toX),', 'what is copied is not needed for its copy'],
    ['inplace-turns', "this.before(s.body, union(after, begin))\n", 'this.before(s.body, after)\n', 'what the next turn needs is not needed'],
    ['inplace-branches', '.reduce(union, { x: false, b: false })', '.reduce((_, l) => l, { x: false, b: false })', 'what the first branch needs is not needed'],
    ['inplace-first', "if (!own.reads.has(this.x) || own.writes.has(this.x) || own.copied", 'if (!own.reads.has(this.x) || own.copied', 'what writes the old value too is moved ahead', 'It is held back by the reader that it would overtake.'],
    ['inplace-held', 'if (held) continue', '', 'readers are moved ahead of what they read'],
    ['inplace-copied', 'if (this.vanishes(c)) { copied.add(name(c.to)); continue }', 'if (this.vanishes(c)) continue', 'a copy that vanishes is moved ahead of what writes over it'],
    ['inplace-held-reads', '|| meet(own.writes, t.reads)', '', 'a reader is moved ahead of those that read what it writes'],
  ]),
  ...plant('src/compile/reuse.ts', [
    ['inplace-carry', 'if (!other || !couple.fits(other, end)) continue', 'if (!other) continue', 'carries lie once whatever a turn reads after it wrote'],
    ['inplace-results', 'if (holding.has(x) && holding.has(b)) return null', '', 'two results are one'],
    ['inplace-inputs', "holding.has(b) || (b.place.tag === 'input' && !isGiven(b))", 'holding.has(b)', 'inputs that are not given are written'],
    ['inplace-kept', "const stays = (b: Buffer): boolean => holding.has(b) ||", 'const stays = (b: Buffer): boolean =>', 'results are not needed when all is done'],
    ['inplace-outside', 'return prefix(outer, inner) ? outer : null', 'return inner', 'what lives across turns is taken to live in one'],
    ['inplace-given', '(holding.has(other) && !isGiven(one)) ? null : one', 'false ? null : one', 'a result lies in an input that was not given'],
  ]),
  ...plant('src/compile/arena.ts', [
    ['arena-before', 'a.life.to >= life.from)', 'a.life.to > life.from)', 'what a step writes may lie over what it reads'],
    ['arena-span', 'if (span.to > life.to) { life.to = span.to; life.last = null }', '', 'what is read again in the next turn ends in the first'],
    ['arena-replaces', 'return inPlace(step, x => x === a, x => x === b)', 'return true', 'a result replaces what its step reads at other places'],
    ['arena-sizes', 'bytesOf(a) !== bytesOf(b) || ', '', 'a result replaces something smaller', 'An element for every element at the same place: both are the whole of their buffers, and of one size.'],
    ['arena-written', 'if (writes.some(w => w.base === a) || copies.some(c => c.to === a)) return false', '', 'a result replaces another result of its step', 'What is written in the last step that touches it is read by nobody, and was left out.'],
    ['arena-others', '&& !busy.some(other => other !== a && other.offset < a.offset + bytes && a.offset < other.offset + other.bytes))', ')', 'two results replace one operand'],
    ['arena-last', 'step !== dies.last ||', '', 'a result replaces what is needed later'],
    ['arena-holds', "          now++\n          at = s\n          touch(s.holds, inside)", '          touch(s.holds, inside)', 'what the condition ends with may lie over its answer', 'The last step of a condition writes its answer, and nothing else that anybody reads.'],
    ['arena-padding', 'Math.ceil((bytes + padding) / alignment)', 'Math.floor(bytes / alignment)', 'buffers overlap their neighbours'],
  ]),
]
