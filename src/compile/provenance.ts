/** Which equations every step of a plan comes from: kept while a program is lowered, for whoever wants the plan explained. */
import type { Equation } from '../core/primitive.js'
import type { Expr } from '../kernel/expr.js'
import type { Step } from './plan.js'

type Origin = ReadonlySet<Equation>
const nowhere: Origin = new Set()

export class Provenance {
  /** In the order of the program; those of programs inside follow the row that holds them. */
  private readonly order = new Map<Equation, number>()
  /** Values that lie in no memory of their own: whoever reads them computes them. */
  private readonly values = new WeakMap<Expr, Origin>()
  private readonly steps = new Map<Step, Origin>()
  private readonly parts = new Map<Step, readonly Step[]>()
  private now: Origin = nowhere
  /** Of what is no nest: only views join it, anything else that it reads is stored first. */
  private whole: Origin = nowhere
  private written = new Set<number>()

  /** Lowers an equation: what is stored meanwhile comes from it, and from the values it reads that are not in memory. */
  during(e: Equation, ins: readonly Expr[], firstFresh: number, lower: () => readonly Expr[]): void {
    this.order.set(e, this.order.size)
    const { now, whole, written } = this
    const from = (list: readonly Expr[]): Origin => new Set([...list.flatMap(x => [...this.values.get(x) ?? nowhere]), e])
    const own = from(ins)
    this.now = own
    this.whole = from(ins.filter(x => x.tag === 'load'))
    this.written = new Set()
    const outs = lower()
    for (const x of outs) {
      const inMemory = x.tag === 'load' && (ins.includes(x) || x.view.buffer >= firstFresh || this.written.has(x.view.buffer))
      // equal constants are one expression, whoever made them
      if (!inMemory && x.tag !== 'const') this.values.set(x, own)
    }
    this.written.forEach(b => written.add(b))
    this.now = now
    this.whole = whole
    this.written = written
  }
  /** Stores a value for its own sake: what is stored comes from where the value does. */
  keeping(value: Expr, store: () => void): void {
    const { now } = this
    this.now = this.values.get(value) ?? now
    store()
    this.now = now
  }
  /** Whence that comes which is now stored in a buffer. */
  storing(buffer: number): Origin {
    this.written.add(buffer)
    return this.now
  }
  /** A step, from the given equations, or from the one that is being lowered. */
  step(s: Step, origin: Iterable<Equation> = this.whole): void { this.steps.set(s, new Set(origin)) }
  /** One nest has become several steps. */
  split(parts: readonly Step[], origin: Iterable<Equation>): void {
    parts.forEach(s => this.step(s, origin))
    if (parts.length > 1) parts.forEach(s => this.parts.set(s, parts))
  }
  /** A step takes the place of another. */
  replaced(before: Step, after: Step): void {
    this.step(after, this.of(before))
    const parts = this.parts.get(before)
    if (parts) this.parts.set(after, parts)
  }
  /** Several steps have become one. */
  joined(before: readonly Step[], after: Step): void {
    if (before.length === 1) this.replaced(before[0]!, after)
    else this.step(after, before.flatMap(s => this.of(s)))
  }
  /** What tells the steps of one nest from those of others; null for a step that is whole. */
  partOf(s: Step): object | null { return this.parts.get(s) ?? null }

  of(s: Step): readonly Equation[] {
    return [...this.steps.get(s) ?? nowhere].sort((a, b) => this.order.get(a)! - this.order.get(b)!)
  }
}
