/** What a program answers comes from three places: what it makes, each thing once; what it was given, handed through; and literals. */
import type { Program } from '../core/primitive.js'
import type { NDArray } from '../core/value.js'

export type Answer = { readonly tag: 'input'; readonly index: number } | { readonly tag: 'lit'; readonly value: NDArray } | { readonly tag: 'made'; readonly index: number }

/** `answers`: where each output comes from. `made`: the program that makes what must be made, once each. */
export const answersOf = (program: Program): { readonly answers: readonly Answer[]; readonly made: Program } => {
  const inputs = new Map(program.ins.map((v, i) => [v.id, i]))
  const distinct: Program['outs'][number][] = []
  const at = new Map<number, number>()
  const answers = program.outs.map((o): Answer => {
    if (o.kind === 'lit') return { tag: 'lit', value: o.value }
    const input = inputs.get(o.id)
    if (input !== undefined) return { tag: 'input', index: input }
    let index = at.get(o.id)
    if (index === undefined) { at.set(o.id, index = distinct.length); distinct.push(o) }
    return { tag: 'made', index }
  })
  return { answers, made: { ...program, outs: distinct } }
}
