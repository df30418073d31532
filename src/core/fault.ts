/** Every way in which the library refuses is one tagged fault, which says what was wrong, where, and the way out. */
import * as E from './either.js'
import { type Aval, showAval, showShape, type Shape } from './aval.js'
import { type Source, showSource, userFrame } from './source.js'

/** An array that takes much memory, and where it was made. */
export interface LargeArray { readonly aval: Aval; readonly bytes: number; readonly made: Source | null }
interface On<Tag extends string> { readonly _tag: Tag; readonly op: string; readonly hint: string }
export type Fault =
  | (On<'ShapeMismatch'> & { readonly got: readonly Aval[]; readonly want: string })
  | (On<'DTypeMismatch'> & { readonly got: readonly Aval[]; readonly want: string })
  | (On<'AxisOutOfRange'> & { readonly axis: number; readonly shape: Shape })
  | (On<'IndexOutOfRange'> & { readonly index: number; readonly size: number; readonly axis: number })
  | (On<'BadArgument'> & { readonly argument: string; readonly got: string; readonly want: string })
  | (On<'BadLeaf'> & { readonly path: string; readonly got: string })
  | (On<'TreeMismatch'> & { readonly path: string; readonly left: string; readonly right: string })
  | (On<'AxesMismatch'> & { readonly path: string; readonly got: string; readonly want: string })
  | (On<'NonScalarOutput'> & { readonly got: string })
  | (On<'NotDifferentiable'> & { readonly path: string; readonly got: Aval })
  | (On<'NotTransposable'> & { readonly problem: string; readonly made: Source | null })
  | (On<'ReverseOfWhile'> & { readonly made: Source | null })
  | (On<'AsyncTrace'> & { readonly got: string })
  | (On<'EscapedTracer'> & { readonly got: Aval; readonly owner: string; readonly made: Source | null })
  | (On<'NotConcrete'> & { readonly got: Aval; readonly owner: string; readonly made: Source | null })
  | (On<'StaticArgument'> & { readonly argument: string; readonly got: string })
  | (On<'UnboundAxisName'> & { readonly name: string; readonly known: readonly string[] })
  | (On<'BranchMismatch'> & { readonly path: string; readonly left: string; readonly right: string })
  | (On<'CarryMismatch'> & { readonly path: string; readonly left: string; readonly right: string })
  | (On<'NoForwardRule'> & { readonly made: Source | null })
  | (On<'InvalidProgram'> & { readonly problem: string; readonly equation: string; readonly made: Source | null })
  | (On<'NotLinear'> & { readonly problem: string; readonly equation: string; readonly made: Source | null })
  | (On<'ForeseenDType'> & { readonly dtype: string; readonly what: string })
  | (On<'Undecodable'> & { readonly problem: string })
  | (On<'OutOfMemory'> & { readonly asked: number; readonly live: number; readonly budget: number; readonly largest: readonly LargeArray[] })
  | (On<'SpentArray'> & { readonly got: Aval; readonly by: string; readonly at: Source | null; readonly made: Source | null })
  | (On<'ThreadFailed'> & { readonly cause: string; readonly threads: number })
  | (On<'KernelFailed'> & { readonly cause: string })
  | (On<'OnDevice'> & { readonly got: Aval; readonly device: string })
  | (On<'NoDevice'> & { readonly cause: string })
  | (On<'DeviceLost'> & { readonly cause: string })
  | (On<'CompileFailed'> & { readonly cause: string; readonly bytes: number })
export type FaultTag = Fault['_tag']

const list = (avals: readonly Aval[]): string => avals.map(showAval).join(' and ')
const showLargest = (largest: readonly LargeArray[]): string =>
  (largest.length === 0 ? '' : `; the largest arrays: ${largest.map(a => `${showAval(a.aval)} (${showBytes(a.bytes)}${madeAt(a.made)})`).join('; ')}`)
const madeAt = (s: Source | null): string => (s ? `, made at ${showSource(s)}` : '')

/** Bytes as a reader wants them: three digits and a unit. */
export const showBytes = (n: number): string => {
  const power = n < 1024 ? 0 : Math.min(3, Math.floor(Math.log2(n) / 10))
  return `${Number((n / 1024 ** power).toPrecision(3))} ${n === 1 ? 'byte' : ['bytes', 'KiB', 'MiB', 'GiB'][power]!}`
}

/** What was wrong, in one sentence. */
export const problem = (f: Fault): string => {
  switch (f._tag) {
    case 'ShapeMismatch': return `wanted ${f.want}, got ${list(f.got)}`
    case 'DTypeMismatch': return `wanted ${f.want}, got ${list(f.got)}`
    case 'AxisOutOfRange': return `axis ${f.axis} is out of range for rank ${f.shape.length}, shape ${showShape(f.shape)}`
    case 'IndexOutOfRange': return `index ${f.index} is out of range for axis ${f.axis} of size ${f.size}`
    case 'BadArgument': return `${f.argument} should be ${f.want}, got ${f.got}`
    case 'BadLeaf': return `${f.path || 'the argument'} is ${f.got}, which is neither an array nor a container of arrays`
    case 'TreeMismatch': return `trees differ at ${f.path || 'the root'}: ${f.left} against ${f.right}`
    case 'AxesMismatch': return `${f.path} is ${f.got}, but ${f.want}`
    case 'NonScalarOutput': return `the function must return a real scalar, it returns ${f.got}`
    case 'NotDifferentiable': return `${f.path || 'the argument'} is ${showAval(f.got)}, and only float arrays have derivatives`
    case 'NotTransposable': return `cannot be transposed: ${f.problem}${madeAt(f.made)}`
    case 'ReverseOfWhile': return `reverse mode cannot run backwards through a loop of unknown length${madeAt(f.made)}`
    case 'AsyncTrace': return `the function returned ${f.got}, and must answer at once`
    case 'EscapedTracer': return `a traced ${showAval(f.got)} of ${f.owner} is used after its transformation ended${madeAt(f.made)}`
    case 'NotConcrete': return `a traced ${showAval(f.got)} of ${f.owner} is not a JavaScript number${madeAt(f.made)}`
    case 'StaticArgument': return `static ${f.argument} is ${f.got}, which cannot be told from other values`
    case 'UnboundAxisName': return `no vmap around this call names an axis '${f.name}'${f.known.length ? ` (there are: ${f.known.join(', ')})` : ''}`
    case 'BranchMismatch': return `branches differ at ${f.path || 'the root'}: ${f.left} against ${f.right}`
    case 'CarryMismatch': return `the carry changes at ${f.path || 'the root'}: it comes in as ${f.left} and leaves as ${f.right}`
    case 'NoForwardRule': return `the custom derivative gives only a pull, so it cannot be pushed forward${madeAt(f.made)}`
    case 'InvalidProgram': return `the program is not well typed: ${f.problem} in ${f.equation}${madeAt(f.made)}`
    case 'NotLinear': return `the program is not linear: ${f.problem} in ${f.equation}${madeAt(f.made)}`
    case 'ForeseenDType': return `dtype ${f.dtype} (${f.what}) is foreseen, not there yet`
    case 'Undecodable': return `cannot be decoded: ${f.problem}`
    case 'OutOfMemory': return `${showBytes(f.asked)} are needed, and ${showBytes(f.live)} of ${showBytes(f.budget)} are in use${showLargest(f.largest)}`
    case 'SpentArray': return `${showAval(f.got)} is no longer there: its memory was released by ${f.by}${f.at ? ` at ${showSource(f.at)}` : ''}${madeAt(f.made)}`
    case 'ThreadFailed': return `a thread failed: ${f.cause}; ${f.threads === 1 ? 'one thread is' : `${f.threads} threads are`} left`
    case 'KernelFailed': return `a compiled program broke off: ${f.cause}`
    case 'OnDevice': return `the elements of ${showAval(f.got)} are on ${f.device}, and reading them takes a while`
    case 'NoDevice': return `no device: ${f.cause}`
    case 'DeviceLost': return `the device is lost: ${f.cause}`
    case 'CompileFailed': return `the engine refuses a compiled program of ${showBytes(f.bytes)}: ${f.cause}`
    default: return f satisfies never
  }
}

/**
 * The whole message: what was wrong, the user's own line (where it is known), the way out, where to read more.
 *
 * @example
 * const r = attempt(() => np.reshape(np.zeros([3]), [2]))
 * E.isLeft(r) && explain(r.left).startsWith('reshape: ')   // true
 */
export const explain = (f: Fault, at: Source | null = null): string =>
  [`${f.op}: ${problem(f)}`, ...(at ? [`  at ${showSource(at)}`] : []), `  ${f.hint}`, `  docs/errors.md#${f._tag.toLowerCase()}`].join('\n')

/** What is thrown: the fault, and the line of the user that met it. */
export class FaultError extends Error {
  readonly fault: Fault
  readonly at: Source | null
  constructor(fault: Fault, at?: Source | null) {
    const before = Error.stackTraceLimit
    // recursion of the library must not hide the user's frame
    Error.stackTraceLimit = 300
    super()
    Error.stackTraceLimit = before
    this.fault = fault
    this.at = at === undefined ? userFrame(this.stack) : at
    this.name = 'FaultError'
    this.message = explain(fault, this.at)
    if (this.stack) this.stack = `FaultError: ${this.message}\n${this.stack.split('\n').slice(1).join('\n')}`
  }
}

export const raise = (fault: Fault, at?: Source | null): never => { throw new FaultError(fault, at) }
export const getOrRaise = <A>(e: E.Either<Fault, A>): A => (e._tag === 'Right' ? e.right : raise(e.left))

/**
 * Runs a thunk; a fault becomes `Left`, any other error goes on its way.
 *
 * @example
 * const r = attempt(() => np.add(np.zeros([2]), np.zeros([3])))
 * E.isLeft(r) && r.left._tag   // 'ShapeMismatch'
 */
export const attempt = <A>(thunk: () => A): E.Either<Fault, A> => {
  try { return E.right(thunk()) } catch (e) {
    if (e instanceof FaultError) return E.left(e.fault)
    throw e
  }
}

/** A stand-in of a transformation, or a list or record with one in it. */
const holdsTraced = (x: unknown, depth = 2): boolean => typeof x === 'object' && x !== null
  && ('owner' in x || (depth > 0 && Object.values(x).some(y => holdsTraced(y, depth - 1))))
const makeStatic = 'a number that is given to jit or vmap is an array inside: what a shape, an axis or a flag depends on is a static argument, jit(f, { staticArgnums: 1 })'

export const badArgument = (op: string, argument: string, got: unknown, want: string, hint: string): never =>
  raise({ _tag: 'BadArgument', op, argument, got: describe(got), want, hint: holdsTraced(got) ? `${hint}; ${makeStatic}` : hint })

const text = (x: string): string => JSON.stringify(x.length > 24 ? `${x.slice(0, 24)}…` : x).slice(1, -1)
const describeAt = (x: unknown, depth: number): string => {
  if (x === null) return 'null'
  if (typeof x === 'string') return `the string '${text(x)}'`
  if (typeof x === 'function') return 'a function'
  if (typeof x === 'number') return Object.is(x, -0) ? '-0' : String(x)
  if (typeof x === 'bigint') return `the bigint ${x}n`
  if (typeof x === 'boolean' || typeof x === 'undefined') return String(x)
  if (typeof x === 'symbol') return 'a symbol'
  if (Array.isArray(x)) {
    // a list may contain itself
    if (depth === 0) return '[…]'
    return `[${Array.from(x.slice(0, 8), y => describeAt(y, depth - 1)).join(', ')}${x.length > 8 ? ', …' : ''}]`
  }
  if (isThenable(x)) return 'a promise'
  const named = x as { aval?: Aval; constructor?: { name?: unknown } }
  if (Array.isArray(named.aval?.shape)) return showAval(named.aval)
  const name = named.constructor?.name
  return typeof name === 'string' && name !== '' && name !== 'Object' ? `an instance of ${name}` : `a record { ${Object.keys(x).slice(0, 6).join(', ')} }`
}
/** A JavaScript value in a few words, for messages. */
export const describe = (x: unknown): string => describeAt(x, 4)

/** A promise of any maker: what can be awaited. */
export const isThenable = (x: unknown): x is PromiseLike<unknown> =>
  typeof x === 'object' && x !== null && typeof (x as { then?: unknown }).then === 'function'
