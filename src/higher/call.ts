/** A call holds a program and is it: transparent to every transform. A checkpoint is the same, save that its derivative computes again what it needs. */
import * as E from '../core/either.js'
import { sameAval } from '../core/aval.js'
import { bind } from '../core/interp.js'
import { checkLinear } from '../core/check.js'
import type { BatchRule, LinearizeRule, Primitive, TransposeRule } from '../core/primitive.js'
import { outAvals } from '../core/program.js'
import { general, wrongShape } from '../primitives/row.js'
import { batchProgram } from '../transforms/batching.js'
import { linearizeProgram, pushProgram } from '../transforms/onPrograms.js'
import { jetProgramInline } from '../transforms/taylor.js'
import { transposeProgram } from '../transforms/transpose.js'
import { type Body, bodyCost, bodyForm, bodyPrograms, isLinear, knownOf, present, spread } from './holding.js'

const holding = (name: string, whole: Primitive<Body>['unfold'], linearize: (self: Primitive<Body>) => LinearizeRule<Body>): Primitive<Body> => {
  const batch: BatchRule<Body> = (axis, args, batched, { program }) => {
    const b = batchProgram(program, axis, batched)
    return { values: bind(self, args, { program: b.program }), batched: b.outBatched }
  }
  const transpose: TransposeRule<Body> = (cts, args, { program }) => {
    const linear = isLinear(args)
    return spread(linear, bind(self, [...knownOf(args), ...cts], { program: transposeProgram(program, linear) }))
  }
  const self: Primitive<Body> = general<Body>(name, {
    params: bodyForm,
    shape: (ins, { program }) => (program.ins.length === ins.length && program.ins.every((v, i) => sameAval(v.aval, ins[i]!))
      ? E.right(outAvals(program)) : wrongShape(name, ins, 'the types of its program', 'call it with arrays of the shapes and dtypes it was made for')),
    batch, transpose, linearize,
    linearIn: (linear, { program }, zero) => linearOuts(checkLinear(program, linear, zero)),
    cost: bodyCost, ...bodyPrograms, unfold: whole, jitted: whole,
    jet: (args, { program }, order) => jetProgramInline(program, args, order),
  })
  return self
}
const linearOuts = (r: E.Either<unknown, readonly boolean[]>): boolean => r._tag === 'Right' && r.right.every(Boolean)

/** Residuals are what the body's own derivative keeps. */
export const callP: Primitive<Body> = holding('call', p => p.program, self => (args, { program }, active) => {
  const { primal, tangent, outActive, nOuts } = linearizeProgram(program, active)
  const all = bind(self, args, { program: primal })
  const residuals = all.slice(nOuts)
  return { outs: all.slice(0, nOuts), push: ts => spread(outActive, bind(self, [...residuals, ...present(ts)], { program: tangent })) }
})

/** Residuals are the arguments and nothing else: `push` runs the body again. It stays one row, lest its second run be merged with the first. */
export const checkpointP: Primitive<Body> = holding('checkpoint', () => null, self => (args, { program }, active) => {
  const { program: push, outActive } = pushProgram(program, active)
  return { outs: bind(self, args, { program }), push: ts => spread(outActive, bind(self, [...args, ...present(ts)], { program: push })) }
})
