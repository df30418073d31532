/** Memory is written in place where what stood there is needed no more: carries lie once, copies vanish, results lie where given arguments lay. */
import { accessOf, baseOf } from './access.js'
import type { Buffer, KernelStep, Step } from './plan.js'
import { Classes, Couple } from './sharing.js'

/** A plan whose buffers have no places yet. */
export interface Draft { readonly inputs: readonly Buffer[]; readonly outputs: readonly Buffer[]; readonly steps: readonly Step[] }
/** Is told of every step that takes the place of another. */
export type Replaced = (before: Step, after: Step) => void

/** `given`: the inputs whose memory may be written. */
export const reuse = (draft: Draft, given: readonly boolean[] = [], replaced: Replaced = () => undefined): Draft => {
  const once = undoubled(draft.steps, replaced)
  return coalesced({ ...draft, steps: once }, given, replaced)
}

// ---- steps over other buffers ----------------------------------------------------------------------------------------

/** Every step over the buffers that theirs have become; what is now a copy of a buffer to itself is left out. */
const rewritten = (steps: readonly Step[], become: (b: Buffer) => Buffer, classes: Classes, replaced: Replaced): readonly Step[] => {
  const known = new Map<Buffer, Buffer>()
  const buffer = (b: Buffer): Buffer => {
    let made = known.get(b)
    if (!made) {
      made = become(b)
      if (made === b && 'of' in b.place) {
        const of = buffer(b.place.of)
        if (of !== b.place.of) made = { ...b, place: { ...b.place, of } }
      }
      known.set(b, made)
    }
    return made
  }
  const kernel = (s: KernelStep): readonly Step[] => {
    const buffers = s.buffers.map(buffer)
    const idle = accessOf(s).copies.filter(c => buffer(c.from) === buffer(c.to)).map(c => c.store)
    if (idle.length === 0) return buffers.every((b, i) => b === s.buffers[i]) ? [s] : [{ ...s, buffers }]
    if (s.kernel.tag !== 'nest' || s.kernel.stores.length === idle.length) return []
    return [{ ...s, buffers, kernel: { ...s.kernel, stores: s.kernel.stores.filter((_, i) => !idle.includes(i)) } }]
  }
  const list = (from: readonly Step[]): readonly Step[] => from.flatMap(s => {
    const made = step(s)
    made.forEach(m => { if (m !== s) replaced(s, m) })
    return made
  })
  const step = (s: Step): readonly Step[] => {
    switch (s.tag) {
      case 'kernel': return kernel(s)
      case 'host': {
        const at = <A extends { readonly buffer: Buffer }>(x: A): A => ({ ...x, buffer: buffer(x.buffer) })
        return [{ ...s, ins: s.ins.map(at), outs: s.outs.map(at) }]
      }
      case 'loop': { const body = list(s.body); return body.length === 0 ? [] : [{ ...s, body }] }
      case 'while': return [{ ...s, cond: list(s.cond), holds: buffer(s.holds), body: list(s.body) }]
      case 'branch': { const branches = s.branches.map(list); return branches.every(b => b.length === 0) ? [] : [{ ...s, index: buffer(s.index), branches }] }
      default: return s satisfies never
    }
  }
  return list(steps)
}

// ---- carries ---------------------------------------------------------------------------------------------------------

interface Pair { readonly loop: number; now: Buffer | null; next: Buffer | null }
const pairsOf = (steps: readonly Step[]): ReadonlyMap<Buffer, Pair> => {
  const pairs = new Map<Buffer, Pair>()
  const note = (b: Buffer): void => {
    const { place } = b
    if (place.tag === 'parity') {
      let p = pairs.get(place.of)
      if (!p) pairs.set(place.of, p = { loop: place.loop, now: null, next: null })
      if (place.phase === 0) p.now = b
      else p.next = b
    } else if ('of' in place) note(place.of)
  }
  const walk = (s: Step): void => {
    if (s.tag === 'kernel') s.buffers.forEach(note)
    else if (s.tag === 'host') [...s.ins, ...s.outs].forEach(x => note(x.buffer))
    else if (s.tag === 'branch') { note(s.index); s.branches.forEach(b => b.forEach(walk)) } else {
      if (s.tag === 'while') { note(s.holds); s.cond.forEach(walk) }
      s.body.forEach(walk)
    }
  }
  steps.forEach(walk)
  return pairs
}

/** A carry lies once, not in two halves by turns, where no turn reads what it was after it began to write what it becomes. */
const undoubled = (steps: readonly Step[], replaced: Replaced): readonly Step[] => {
  const pairs = pairsOf(steps)
  if (pairs.size === 0) return steps
  const classes = new Classes()
  const single = new Map<Buffer, Buffer>()
  const inLoops = (list: readonly Step[]): readonly Step[] => list.map(s => {
    if (s.tag === 'branch') { const made = { ...s, branches: s.branches.map(inLoops) }; replaced(s, made); return made }
    if (s.tag !== 'loop' && s.tag !== 'while') return s
    let body = inLoops(s.body)
    for (const [pair, { loop, now, next }] of pairs) {
      if (loop !== s.loop) continue
      if (now && next) {
        const couple = new Couple(classes, now, next)
        const end = { x: false, b: true }
        const other = couple.fits(body, end) ? body : couple.readersFirst(body)
        if (!other || !couple.fits(other, end)) continue
        body = other
      }
      const size = (now ?? next)!.size
      single.set(pair, { ...pair, size, place: { tag: 'arena', offset: 0 } })
    }
    const made = { ...s, body, ...(s.tag === 'while' ? { cond: inLoops(s.cond) } : {}) }
    replaced(s, made)
    return made
  })
  const ordered = inLoops(steps)
  const become = (b: Buffer): Buffer => ('of' in b.place && (b.place.tag === 'parity' || b.place.tag === 'part') ? single.get(b.place.of) ?? b : b)
  return rewritten(ordered, become, classes, replaced)
}

// ---- copies, and what is given -----------------------------------------------------------------------------------------

const coalesced = ({ inputs, outputs, steps }: Draft, given: readonly boolean[], replaced: Replaced): Draft => {
  const classes = new Classes()
  const isGiven = (b: Buffer): boolean => b.place.tag === 'input' && (given[b.place.index] ?? false)
  /** The classes in which a result lies. */
  const holding = new Set<Buffer>(outputs)
  /** Needed when all is done: results, and what the caller keeps. */
  const stays = (b: Buffer): boolean => holding.has(b) || (b.place.tag === 'input' && !isGiven(b))
  const prefix = (a: Buffer, b: Buffer): boolean => a.loops.every((l, i) => b.loops[i] === l)
  /** Which of two stands for both, or null where both are somebody's. */
  const chosen = (x: Buffer, b: Buffer): Buffer | null => {
    if (holding.has(x) && holding.has(b)) return null
    const [one, other] = x.place.tag === 'input' ? [x, b] : [b, x]
    if (one.place.tag === 'input') return other.place.tag === 'input' || (holding.has(other) && !isGiven(one)) ? null : one
    const [outer, inner] = holding.has(x) ? [x, b] : holding.has(b) || prefix(b, x) ? [b, x] : [x, b]
    return prefix(outer, inner) ? outer : null
  }
  let list = steps
  const tryOne = (from: Buffer, to: Buffer): boolean => {
    const x = classes.of(from), b = classes.of(to)
    const into = x === b ? null : chosen(x, b)
    if (!into) return false
    const couple = new Couple(classes, x, b)
    const end = { x: stays(x), b: stays(b) }
    const other = couple.fits(list, end) ? list : anywhere(list, l => couple.readersFirst(l), replaced)
    if (!other || (other !== list && !couple.fits(other, end))) return false
    list = other
    const gone = into === x ? b : x
    if (holding.has(gone)) holding.add(into)
    classes.join(gone, into)
    return true
  }
  for (const { from, to } of copiesOf(steps, classes)) tryOne(from, to)
  for (const x of inputs) {
    if (!isGiven(x) || x.size === 0 || holding.has(x)) continue
    outputs.some(b => classes.of(b) === b && b.dtype === x.dtype && b.size === x.size && tryOne(x, b))
  }
  const become = (b: Buffer): Buffer => classes.of(b)
  return { inputs, outputs: outputs.map(become), steps: rewritten(list, become, classes, replaced) }
}

const copiesOf = (steps: readonly Step[], classes: Classes): readonly { readonly from: Buffer; readonly to: Buffer }[] => steps.flatMap(s => {
  if (s.tag === 'kernel') return accessOf(s).copies.filter(c => own(c.from) && own(c.to))
  if (s.tag === 'branch') return s.branches.flatMap(b => copiesOf(b, classes))
  return s.tag === 'loop' || s.tag === 'while' ? [...s.tag === 'while' ? copiesOf(s.cond, classes) : [], ...copiesOf(s.body, classes)] : []
})
/** Memory of its own, neither a part of something nor a half of a carry. */
const own = (b: Buffer): boolean => baseOf(b) === b && b.place.tag !== 'parity'

/** The tree with the first list that `change` changes. */
const anywhere = (list: readonly Step[], change: (list: readonly Step[]) => readonly Step[] | null, replaced: Replaced): readonly Step[] | null => {
  const here = change(list)
  if (here) return here
  for (const [i, s] of list.entries()) {
    const put = (made: Step): readonly Step[] => { replaced(s, made); return list.map((t, k) => (k === i ? made : t)) }
    if (s.tag === 'loop' || s.tag === 'while') {
      const body = anywhere(s.body, change, replaced)
      if (body) return put({ ...s, body })
    } else if (s.tag === 'branch') {
      for (const [k, branch] of s.branches.entries()) {
        const made = anywhere(branch, change, replaced)
        if (made) return put({ ...s, branches: s.branches.map((b, n) => (n === k ? made : b)) })
      }
    }
  }
  return null
}
