/** Two buffers may be one where neither is written while the other is still needed: liveness, backwards through steps, loops and choices. */
import { accessOf, baseOf, basesOf, inPlace } from './access.js'
import type { Buffer, HostStep, KernelStep, Step } from './plan.js'
import { rootOf } from './plan.js'

/** Which of the two is needed later on. */
interface Live { readonly x: boolean; readonly b: boolean }
const union = (p: Live, q: Live): Live => ({ x: p.x || q.x, b: p.b || q.b })
const same = (p: Live, q: Live): boolean => p.x === q.x && p.b === q.b

/** Buffers by what they have become one with. */
export class Classes {
  private readonly into = new Map<Buffer, Buffer>()
  private readonly joined = new Map<Buffer, readonly Buffer[]>()
  of(b: Buffer): Buffer {
    const next = this.into.get(b)
    return next ? this.of(next) : b
  }
  /** The buffers of a class, by the one that stands for it. */
  members(b: Buffer): readonly Buffer[] { return this.joined.get(b) ?? [b] }
  join(b: Buffer, into: Buffer): void {
    this.joined.set(into, [...this.members(into), ...this.members(b)])
    this.into.set(b, into)
  }
}

/** Two buffers that would like to be one. */
export class Couple {
  private readonly classes: Classes
  private readonly x: Buffer
  private readonly b: Buffer
  private clashes = false
  constructor(classes: Classes, x: Buffer, b: Buffer) { this.classes = classes; this.x = classes.of(x); this.b = classes.of(b) }

  /** Whether the steps mean the same when both are one; `end` tells which is needed after them. */
  fits(steps: readonly Step[], end: Live): boolean {
    this.clashes = false
    const begin = this.before(steps, end)
    // wherever both are needed they are equal, so they cannot both be needed from the start
    return !this.clashes && !(begin.x && begin.b)
  }

  private readonly isX = (b: Buffer): boolean => this.classes.of(b) === this.x
  private readonly isB = (b: Buffer): boolean => this.classes.of(b) === this.b
  private vanishes({ from, to }: { from: Buffer; to: Buffer }): boolean { return (this.isX(from) && this.isB(to)) || (this.isB(from) && this.isX(to)) }

  private before(steps: readonly Step[], end: Live): Live {
    let now = end
    for (let i = steps.length - 1; i >= 0 && !this.clashes; i--) now = this.through(steps[i]!, now)
    return now
  }
  private through(s: Step, after: Live): Live {
    if (s.tag === 'kernel' || s.tag === 'host') return this.past(s, after)
    const reading = (b: Buffer, live: Live): Live => ({ x: live.x || this.isX(baseOf(b)), b: live.b || this.isB(baseOf(b)) })
    if (s.tag === 'branch') return reading(s.index, s.branches.map(list => this.before(list, after)).reduce(union, { x: false, b: false }))
    // what a turn needs at its beginning is needed at the end of the one before
    for (let begin: Live = { x: false, b: false };;) {
      const turn = s.tag === 'loop' ? this.before(s.body, union(after, begin))
        : this.before(s.cond, reading(s.holds, union(after, this.before(s.body, begin))))
      const next = union(begin, turn)
      if (same(next, begin) || this.clashes) return turn
      begin = next
    }
  }
  /** Neither is in reach of most steps. */
  private concerns(s: KernelStep | HostStep): boolean {
    const bases = basesOf(s)
    return this.classes.members(this.x).some(b => bases.has(b)) || this.classes.members(this.b).some(b => bases.has(b))
  }
  private past(s: KernelStep | HostStep, after: Live): Live {
    if (!this.concerns(s)) return after
    const { reads, writes, copies } = accessOf(s)
    let readX = reads.some(this.isX), readB = reads.some(this.isB)
    let writeX = false, writeB = false, wholeX = false, wholeB = false
    let toX = false, toB = false
    for (const w of writes) {
      if (this.isX(w.base)) { writeX = true; wholeX ||= w.whole }
      if (this.isB(w.base)) { writeB = true; wholeB ||= w.whole }
    }
    for (const c of copies) {
      if (this.vanishes(c)) { if (this.isB(c.to)) toB = true; else toX = true; continue }
      // inside one class it is nothing any more
      if (this.classes.of(c.from) === this.classes.of(c.to)) continue
      if (this.isX(c.from)) readX = true
      if (this.isB(c.from)) readB = true
      if (this.isX(c.to)) writeX = wholeX = true
      if (this.isB(c.to)) writeB = wholeB = true
    }
    if ((writeX && writeB) || ((writeX || writeB) && (toX || toB))
      || (writeB && (after.x || (readX && !inPlace(s, this.isX, this.isB))))
      || (writeX && (after.b || (readB && !inPlace(s, this.isB, this.isX))))) this.clashes = true
    // what a copy is needed for, its source is needed for
    return {
      x: readX || (after.x && !wholeX && !toX) || (after.b && toB),
      b: readB || (after.b && !wholeB && !toB) || (after.x && toX),
    }
  }

  /** The steps with readers of `x` moved ahead of what first changes `b`, wherever nothing stands between; null where there is none to move. */
  readersFirst(steps: readonly Step[]): readonly Step[] | null {
    const known = new Map<Step, Touched>()
    const touched = (s: Step): Touched => {
      let t = known.get(s)
      if (!t) known.set(s, t = this.touched(s))
      return t
    }
    const list = steps.slice()
    let at = list.findIndex(s => touched(s).writes.has(this.b)), moved = false
    for (let q = at + 1; at >= 0 && q < list.length; q++) {
      const s = list[q]!, own = touched(s)
      // a copy that would vanish says what the two hold: it stays where it is
      if (!own.reads.has(this.x) || own.writes.has(this.x) || own.copied.size > 0) continue
      const held = list.slice(at, q).map(touched).some(t => meet(own.reads, t.writes) || meet(own.reads, t.copied) || meet(own.writes, t.writes) || meet(own.writes, t.reads)
        || (t.copied.size > 0 && (own.writes.has(this.x) || own.writes.has(this.b))))
      if (held) continue
      list.splice(q, 1)
      list.splice(at++, 0, s)
      moved = true
    }
    return moved ? list : null
  }
  /** Memory that a step reads and writes: x and b by themselves, all else by the allocation it lies in. */
  private touched(s: Step): Touched {
    const reads = new Set<Buffer>(), writes = new Set<Buffer>(), copied = new Set<Buffer>()
    const name = (b: Buffer): Buffer => { const c = this.classes.of(baseOf(b)); return c === this.x || c === this.b ? c : this.classes.of(rootOf(c)) }
    const visit = (t: Step): void => {
      if (t.tag === 'kernel' || t.tag === 'host') {
        const a = accessOf(t)
        a.reads.forEach(b => reads.add(name(b)))
        a.writes.forEach(w => writes.add(name(w.base)))
        for (const c of a.copies) {
          if (this.classes.of(c.from) === this.classes.of(c.to)) continue
          if (this.vanishes(c)) { copied.add(name(c.to)); continue }
          reads.add(name(c.from))
          writes.add(name(c.to))
        }
      } else if (t.tag === 'branch') { reads.add(name(t.index)); t.branches.forEach(l => l.forEach(visit)) } else {
        if (t.tag === 'while') { reads.add(name(t.holds)); t.cond.forEach(visit) }
        t.body.forEach(visit)
      }
    }
    visit(s)
    return { reads, writes, copied }
  }
}

/** `copied`: the targets of copies between the two. */
interface Touched { readonly reads: ReadonlySet<Buffer>; readonly writes: ReadonlySet<Buffer>; readonly copied: ReadonlySet<Buffer> }
const meet = (a: ReadonlySet<Buffer>, b: ReadonlySet<Buffer>): boolean => { for (const x of a) if (b.has(x)) return true; return false }
