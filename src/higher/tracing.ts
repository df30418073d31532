/** Bodies of control flow are traced here: as programs over flat values, their closed-over values as leading inputs. */
import { type Aval, sameAval, showAval } from '../core/aval.js'
import { raise, type Fault } from '../core/fault.js'
import type { Program } from '../core/primitive.js'
import { newVar } from '../core/vars.js'
import type { Value } from '../core/value.js'
import { stage } from '../interpreters/stage.js'
import { firstDifference, paths, showPath, type TreeDef } from '../tree/index.js'
import { overLeaves } from '../transforms/arguments.js'

export interface TracedBody { readonly program: Program; readonly captured: readonly Value[]; readonly outDef: TreeDef }
export const traceBody = (op: string, f: (...args: never[]) => unknown, def: TreeDef, types: readonly Aval[]): TracedBody => {
  const { flat, outDef } = overLeaves(op, f, def)
  const { program, captured } = stage(flat, types, op, true)
  return { program, captured, outDef: outDef() }
}

/** Before: each body closes over its own values   After: all take the same list of them, in front of their own inputs. */
export const joinCaptured = (bodies: readonly TracedBody[]): { readonly captured: readonly Value[]; readonly programs: readonly Program[] } => {
  const captured = [...new Set(bodies.flatMap(b => b.captured))]
  const programs = bodies.map(b => ({
    ...b.program,
    ins: [...captured.map(x => { const i = b.captured.indexOf(x); return i >= 0 ? b.program.ins[i]! : newVar(x.aval) }), ...b.program.ins.slice(b.captured.length)],
  }))
  return { captured, programs }
}

type Mismatch = Extract<Fault, { _tag: 'BranchMismatch' | 'CarryMismatch' }>['_tag']
/** Two results must have one structure, and the same types leaf by leaf; a fault names the first place where they part. */
export const requireSameTypes = (tag: Mismatch, op: string, hint: string, left: { def: TreeDef; types: readonly Aval[] }, right: { def: TreeDef; types: readonly Aval[] }, root = ''): void => {
  const report = (path: string, l: string, r: string): never => raise({ _tag: tag, op, path, left: l, right: r, hint })
  if (left.def !== right.def) {
    const d = firstDifference(left.def, right.def)
    report(d ? showPath(d.path, root) || root : root, d?.left ?? '', d?.right ?? '')
  }
  left.types.forEach((a, i) => {
    const b = right.types[i]!
    if (!sameAval(a, b)) report(paths(left.def, root)[i]!, showAval(a), showAval(b))
  })
}
