/** jit, checkpoint, and the other ways to turn a function into a program. */
import { type Aval } from '../core/aval.js'
import { badArgument, describe, raise } from '../core/fault.js'
import { bind, namedAxes } from '../core/interp.js'
import { assertChecked } from '../core/check.js'
import { encodeNumber } from '../core/encode.js'
import type { Program } from '../core/primitive.js'
import { showProgram } from '../core/print.js'
import { isValue, NDArray, type Value } from '../core/value.js'
import { stage, type Staged } from '../interpreters/stage.js'
import { optimise, prepare } from '../optimise/pipeline.js'
import { prepareWith } from '../runtime/passes.js'
import { childAt } from '../tree/def.js'
import { requireSame, type TreeDef, unflatten } from '../tree/index.js'
import { type Args, type Arrays, type FlatTree, flattenTraced, flattenValues, normalizeArgnums, overLeaves, requireFunction, requireOptions } from '../transforms/arguments.js'
import { type Asked, Cache } from './cache.js'
import { callP, checkpointP } from './call.js'
import { giving } from './donate.js'
import type { Body } from './holding.js'

export interface Traced extends Staged {
  /** The parameters of the call. */
  readonly body: Body
  readonly outDef: TreeDef
  /** As it was recorded, before any pass. */
  readonly recorded: Program
}
const traceTree = (op: string, f: (...args: never[]) => unknown, def: TreeDef, types: readonly Aval[]): Traced => {
  prepareWith(prepare)
  const { flat, outDef } = overLeaves(op, f, def)
  const { program, captured } = stage(flat, types, op, true)
  const optimised = assertChecked(optimise(program))
  return { program: optimised, body: { program: optimised }, captured, outDef: outDef(), recorded: program }
}

// ---- static arguments ------------------------------------------------------------------------------------------------

const identities = new WeakMap<object, number>()
let nextIdentity = 0
const identity = (x: object): string => {
  let n = identities.get(x)
  if (n === undefined) identities.set(x, n = nextIdentity++)
  return `@${n}`
}
const none: readonly never[] = []
/** A trace within so many others of the same function, out of stack: its recursion has no end. */
const endless = 16
/** A key under which only equal static values meet: plain data by content, functions and instances by identity. */
const staticKey = (x: unknown, argument: string, depth = 0): string => {
  if (depth > 64) raise({ _tag: 'StaticArgument', op: 'jit', argument: argument.slice(0, 40), got: 'nested deeper than 64', hint: 'static data should be small, and hold no cycle' })
  if (typeof x === 'number') {
    return Number.isNaN(x) ? raise({ _tag: 'StaticArgument', op: 'jit', argument, got: 'NaN', hint: 'NaN equals nothing, so nothing could be found under it again: pass it as an array, or another mark for "none"' }) : encodeNumber(x)
  }
  if (typeof x === 'string') return JSON.stringify(x)
  if (typeof x === 'bigint') return `${x}n`
  if (typeof x === 'boolean' || x === null || x === undefined) return String(x)
  if (typeof x === 'symbol') return raise({ _tag: 'StaticArgument', op: 'jit', argument, got: describe(x), hint: 'use a string' })
  if (isValue(x)) return raise({ _tag: 'StaticArgument', op: 'jit', argument, got: describe(x), hint: 'arrays are not static: take the argument out of staticArgnums' })
  if (Array.isArray(x)) return `[${Array.from(x, (y, i) => staticKey(y, `${argument}[${i}]`, depth + 1)).join()}]`
  const proto: unknown = Object.getPrototypeOf(x)
  if (typeof x === 'object' && (proto === Object.prototype || proto === null)) {
    return `{${Object.keys(x).sort().map(k => `${JSON.stringify(k)}:${staticKey((x as Record<string, unknown>)[k], `${argument}.${k}`, depth + 1)}`).join()}}`
  }
  return identity(x as object)
}

// ---- jit -------------------------------------------------------------------------------------------------------------

export interface JitOptions {
  /** Arguments that are not arrays: the function is traced anew for each value of them. Plain data counts by content, functions by identity. */
  readonly staticArgnums?: number | readonly number[]
  /**
   * Arguments that are given away (JAX: `donate_argnums`): results may lie in their memory, and using one of their arrays after the call is
   * the fault SpentArray. Ignored where the call is traced, as inside grad, vmap and another jit.
   */
  readonly donateArgnums?: number | readonly number[]
}
/** What a jitted function knows of itself. */
export interface Inside {
  readonly name: string
  readonly cache: Cache<Traced>
  readonly askedBy: (args: readonly unknown[]) => Asked & FlatTree
  /** Traces anew, and keeps nothing. */
  readonly traceFor: (args: readonly unknown[], tree: FlatTree) => Traced
  /** Of each input of the program whether it is given away. */
  readonly donatedOf: (args: readonly unknown[], tree: FlatTree, nCaptured: number) => readonly boolean[]
}
const insides = new WeakMap<object, Inside>()
export const insideOf = (jitted: object): Inside | undefined => insides.get(jitted)

export interface Jitted { /** How many programs have been traced so far. */ readonly traces: () => number }

/**
 * Traces `f` once for each structure, shapes and dtypes of its arguments, and runs the program from then on (JAX: `jax.jit`).
 * Numbers are arrays inside. Transparent to every transform. Closed-over arrays become inputs of the program.
 * Faults: `NotConcrete` where JavaScript asks for a traced number, `AsyncTrace`, `StaticArgument`, `EscapedTracer`; `SpentArray` for what was
 * given away by `donateArgnums` in an earlier call.
 *
 * @example
 * const step = jit((w: Value, x: Value) => np.tanh(np.matmul(x, w)))
 * const descend = jit((w: Value, slope: Value) => np.subtract(w, slope), { donateArgnums: 0 })
 * descend(np.array([3, 4]), np.array([1, 1]))   // [2, 3]
 */
export const jit = <A extends readonly unknown[], R>(f: (...args: A) => R, options: JitOptions = {}): ((...args: Args<A>) => Arrays<R>) & Jitted => {
  requireFunction('jit', f)
  requireOptions('jit', options, ['staticArgnums', 'donateArgnums'])
  const cache = new Cache<Traced>()
  let traces = 0, depth = 0
  const staticsOf = (args: readonly unknown[]): readonly number[] =>
    options.staticArgnums === undefined ? none : normalizeArgnums('jit', options.staticArgnums, args.length, 'staticArgnums')
  const askedBy = (args: readonly unknown[]): Asked & FlatTree => {
    const places = staticsOf(args)
    const dynamic = places.length === 0 ? args : args.filter((_, i) => !places.includes(i))
    const { leaves, def } = flattenTraced('jit', dynamic, 'args', 'make the flag static ({ staticArgnums })')
    return { leaves, def, statics: places.length === 0 ? none : places.map(i => `${i}=${staticKey(args[i], `argument ${i}`)}`), axes: namedAxes() }
  }
  /** Of each input of the program, closed-over values first, whether it is given away. */
  const donatedOf = (args: readonly unknown[], { def }: FlatTree, nCaptured: number): readonly boolean[] => {
    const statics = staticsOf(args), donated = normalizeArgnums('jit', options.donateArgnums ?? none, args.length, 'donateArgnums')
    const both = donated.find(i => statics.includes(i))
    if (both !== undefined) badArgument('jit', 'donateArgnums', both, 'arguments that are arrays', 'a static argument has no memory to give away')
    const dynamic = args.flatMap((_, i) => (statics.includes(i) ? [] : [donated.includes(i)]))
    return [...new Array<boolean>(nCaptured).fill(false), ...dynamic.flatMap((d, k) => new Array<boolean>(childAt(def, k).size).fill(d))]
  }
  const traceFor = (args: readonly unknown[], { def, leaves }: FlatTree): Traced => {
    const places = staticsOf(args)
    const whole = places.length === 0 ? f : (...given: unknown[]) => {
      let j = 0
      return (f as unknown as (...a: unknown[]) => unknown)(...args.map((x: unknown, i) => (places.includes(i) ? x : given[j++])))
    }
    return traceTree('jit', whole as (...a: never[]) => unknown, def, leaves.map(x => x.aval))
  }
  /** A function that calls itself without end runs out of stack; how deep it had come tells that from what its own code does. */
  const within = (trace: () => Traced): Traced => {
    depth++
    try { return trace() } catch (e) {
      if (!(e instanceof RangeError) || depth < endless) throw e
      return raise({ _tag: 'BadArgument', op: 'jit', argument: f.name || 'the function', got: `one that called itself ${depth} times`, want: 'a function whose recursion ends', hint: 'a recursion ends where shapes or static arguments do; what ends by a value is scan, foriLoop or whileLoop' })
    } finally { depth-- }
  }
  const jitted = (...args: Args<A>): Arrays<R> => {
    const asked = askedBy(args)
    let known = cache.find(asked)?.made
    if (known === undefined) {
      traces++
      known = within(() => traceFor(args, asked))
      // a program over somebody else's tracers belongs to that trace alone
      if (known.captured.every(c => c instanceof NDArray)) cache.put(asked, known)
    }
    const { captured, outDef, body } = known
    const ins = captured.length === 0 ? asked.leaves : [...captured, ...asked.leaves]
    const outs = options.donateArgnums === undefined ? null : giving(body.program, ins, donatedOf(args, asked, captured.length))
    return unflatten(outDef, outs ?? bind(callP, ins, body)) as Arrays<R>
  }
  const made = Object.assign(jitted, { traces: () => traces })
  insides.set(made, { name: f.name, cache, askedBy, traceFor, donatedOf })
  return made
}

/**
 * The same function, whose derivative keeps the arguments alone and computes the rest again (JAX: `jax.checkpoint`, `jax.remat`).
 *
 * @example
 * const block = checkpoint((w: Value, x: Value) => np.tanh(np.matmul(x, w)))
 */
export const checkpoint = <A extends readonly unknown[], R>(f: (...args: A) => R) => {
  requireFunction('checkpoint', f)
  return (...args: Args<A>): Arrays<R> => {
    const { leaves, def } = flattenTraced('checkpoint', args)
    const { program, captured, outDef } = traceTree('checkpoint', f as (...a: never[]) => unknown, def, leaves.map(x => x.aval))
    return unflatten(outDef, bind(checkpointP, [...captured, ...leaves], { program })) as Arrays<R>
  }
}

// ---- programs as values ----------------------------------------------------------------------------------------------

export interface MadeProgram {
  /** The program: closed-over arrays first, then the arrays of the arguments. */
  readonly program: Program
  /** The closed-over values. */
  readonly closedOver: readonly Value[]
  readonly inDef: TreeDef
  readonly outDef: TreeDef
  readonly toString: () => string
}
/**
 * The program of a function for arguments like the given ones (JAX: `jax.make_jaxpr`). Only shapes and dtypes of the arguments matter.
 *
 * @example
 * String(makeProgram((x: Value) => np.sin(x))(np.array(1)))   // { lambda a:f32[] . ... }
 */
export const makeProgram = <A extends readonly unknown[]>(f: (...args: A) => unknown) => {
  requireFunction('makeProgram', f)
  return (...args: Args<A>): MadeProgram => {
    const { leaves, def } = flattenValues('makeProgram', args, 'args')
    const { flat, outDef } = overLeaves('makeProgram', f as (...a: never[]) => unknown, def)
    const { program, captured } = stage(flat, leaves.map(x => x.aval), 'makeProgram', true)
    return { program: assertChecked(program), closedOver: captured, inDef: def, outDef: outDef(), toString: () => showProgram(program) }
  }
}

/** Shape and dtype of one array. */
export interface ShapeDType { readonly shape: readonly number[]; readonly dtype: Aval['dtype'] }
/**
 * The shapes and dtypes of what a function would answer, computing nothing (JAX: `jax.eval_shape`): a tree of `{ shape, dtype }`.
 *
 * @example
 * evalShape((x: Value) => np.matmul(x, x), np.zeros([3, 3]))   // { shape: [3, 3], dtype: 'f32' }
 */
export const evalShape = <A extends readonly unknown[]>(f: (...args: A) => unknown, ...args: Args<A>): unknown => {
  requireFunction('evalShape', f)
  const { leaves, def } = flattenValues('evalShape', args, 'args')
  const { flat, outDef } = overLeaves('evalShape', f as (...a: never[]) => unknown, def)
  const { program } = stage(flat, leaves.map(x => x.aval), 'evalShape', true)
  return unflatten(outDef(), program.outs.map((o): ShapeDType => ({ shape: o.aval.shape, dtype: o.aval.dtype })))
}

/**
 * Closed-over values made explicit (JAX: `jax.closure_convert`): a function that takes them after its own arguments, and the values.
 *
 * @example
 * const y = np.array(3)
 * const [g, consts] = closureConvert((x: Value) => np.multiply(x, y), np.array(2))
 * g(np.array(5), ...consts)   // 15
 */
export const closureConvert = <A extends readonly unknown[], R>(f: (...args: A) => R, ...examples: Args<A>): [(...args: unknown[]) => Arrays<R>, readonly Value[]] => {
  requireFunction('closureConvert', f)
  const { leaves, def } = flattenValues('closureConvert', examples, 'examples')
  const { program, captured, outDef } = traceTree('closureConvert', f as (...a: never[]) => unknown, def, leaves.map(x => x.aval))
  const converted = (...args: unknown[]): Arrays<R> => {
    const given = flattenValues('closureConvert', args.slice(0, examples.length), 'args')
    const consts = flattenValues('closureConvert', args.slice(examples.length), 'consts')
    requireSame(given.def, def, { op: 'closureConvert', root: 'args', hint: 'call it with arguments like the examples, then the closed-over values' })
    if (consts.leaves.length !== captured.length) badArgument('closureConvert', 'the closed-over values', consts.leaves.length, `${captured.length} arrays`, 'call g(x, ...consts) with the list that closureConvert answered')
    return unflatten(outDef, bind(callP, [...consts.leaves, ...given.leaves], { program })) as Arrays<R>
  }
  return [converted, captured]
}
