/** Which rows and which steps generated programs contain, and in which positions: coverage is a claim, so it is counted. */
import type { Atom, Program } from '../src/core/primitive.js'
import { stage } from '../src/interpreters/stage.js'
import { aval } from '../src/core/aval.js'
import { rowNames, type RowName } from '../src/higher/table.js'
import { pushed } from './cases.js'
import { decodeGenome, type Gene, type Genome, plain, vector } from './genome.js'
import { steps } from './steps/index.js'

/** In how many programs a row stands at all, on a value that depends on the first input (so it is differentiated or mapped when that is), and on values that do not. */
export interface Counts { programs: number; reached: number; unreached: number }
export interface Coverage { readonly rows: Readonly<Record<RowName, Counts>>; readonly steps: Readonly<Record<string, number>>; readonly programs: number }

interface Seen { readonly reached: Set<string>; readonly unreached: Set<string> }
/** Dependence on marked inputs, through equations and the programs they hold. */
const walk = (p: Program, marks: readonly boolean[], seen: Seen): void => {
  const depends = new Set<number>()
  p.ins.forEach((v, i) => { if (marks[i]) depends.add(v.id) })
  const isReached = (a: Atom): boolean => a.kind === 'var' && depends.has(a.id)
  for (const e of p.eqns) {
    const some = e.ins.some(isReached)
    ;(some ? seen.reached : seen.unreached).add(e.prim.name)
    if (some) e.outs.forEach(o => depends.add(o.id))
    for (const q of e.prim.programs(e.params)) walk(q, q.ins.map(() => some), seen)
  }
}
const stepNames = (genes: readonly Gene[], into: Set<string>): void => genes.forEach(g => {
  into.add(steps[g.op % steps.length]![0])
  stepNames(g.sub, into)
})

export const coverage = (genomes: readonly Genome[]): Coverage => {
  const rows = Object.fromEntries(rowNames.map(n => [n, { programs: 0, reached: 0, unreached: 0 }])) as Record<RowName, Counts>
  const counted: Record<string, number> = Object.fromEntries(steps.map(([n]) => [n, 0]))
  for (const g of genomes) {
    const seen: Seen = { reached: new Set(), unreached: new Set() }
    const inside: Program[] = []
    const { f, shapes } = decodeGenome(g, { ...plain, seen: q => { inside.push(q) } })
    const { program, captured } = stage(f, shapes.map(s => aval('f64', s)))
    walk(program, program.ins.map((_, i) => i === captured.length), seen)
    for (const q of inside) walk(q, q.ins.map((_, i) => i === q.ins.length - 1), seen)
    // the linear map of a custom derivative stands in derivatives alone
    if (seen.reached.has('custom')) {
      const derivative = stage((...xs) => pushed(f, xs, shapes.map((s, i) => vector(s, i + 1))), shapes.map(s => aval('f64', s)))
      const pulled: Seen = { reached: new Set(), unreached: new Set() }
      walk(derivative.program, derivative.program.ins.map((_, i) => i === derivative.captured.length), pulled)
      if (pulled.reached.has('pulled')) seen.reached.add('pulled')
      if (pulled.unreached.has('pulled')) seen.unreached.add('pulled')
    }
    for (const n of rowNames) {
      const [r, u] = [seen.reached.has(n), seen.unreached.has(n)]
      const c = rows[n]
      if (r || u) c.programs++
      if (r) c.reached++
      if (u) c.unreached++
    }
    const names = new Set<string>()
    stepNames(g.genes, names)
    names.forEach(n => { counted[n]!++ })
  }
  return { rows, steps: counted, programs: genomes.length }
}
