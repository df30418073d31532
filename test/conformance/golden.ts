/** A golden file is decoded into values, run through cotangent, and compared with what JAX computed. */
import { readdirSync, readFileSync } from 'node:fs'
import * as cotangent from '../../src/index.js'
import { modes } from './programs.js'
import { functions } from './functions.js'
import { slice } from './functions/words.js'

// The public API is reached by name here, so its types cannot help: a wrong name is found when the case runs.
type Fn = (...args: any[]) => unknown
type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
type Of = 'array' | 'element' | 'unit'
interface Stored { readonly dtype: 'f16' | 'f32' | 'f64' | 'i32' | 'u32' | 'bool', readonly shape: readonly number[], readonly data: readonly (number | string | boolean)[] }

export interface Case {
  readonly id: string
  readonly fn?: string
  readonly program?: string
  readonly params?: { readonly fn: string } & Record<string, Json>
  readonly args: readonly Json[]
  readonly options?: Record<string, Json>
  readonly out: Json
  readonly tol?: number
  readonly of?: Of
}

const folder = new URL('./golden/', import.meta.url)
export const families: readonly string[] = readdirSync(folder).filter(f => f.endsWith('.json')).map(f => f.slice(0, -5)).sort()
/** The cases of one file, their ids preceded by its name. */
export const casesOf = (family: string): readonly Case[] => {
  const { cases } = JSON.parse(readFileSync(new URL(`${family}.json`, folder), 'utf8')) as { readonly cases: readonly Case[] }
  return cases.map(c => ({ ...c, id: `${family}/${c.id}` }))
}

// ---- decoding --------------------------------------------------------------------------------------------------------

const SPECIAL: Readonly<Record<string, number>> = { NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity, '-0': -0 }
const toNumber = (x: number | string | boolean): number => (typeof x === 'string' ? SPECIAL[x]! : Number(x))

const ARRAYS = { f16: Float32Array, f32: Float32Array, f64: Float64Array, i32: Int32Array, u32: Uint32Array, bool: Uint8Array } as const
const isRecord = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x)

const stored = (x: unknown): Stored | null => (isRecord(x) && 'array' in x ? x.array as Stored : null)

const decode = (x: Json): unknown => {
  const a = stored(x)
  if (a) return cotangent.np.array(new ARRAYS[a.dtype](a.data.map(toNumber)), { dtype: a.dtype, shape: a.shape })
  if (typeof x === 'string') return x in SPECIAL ? SPECIAL[x] : x
  if (Array.isArray(x)) return x.map(decode)
  if (!isRecord(x)) return x
  if ('key' in x) return cotangent.random.key(x.key as number)
  if ('slice' in x) return slice(...x.slice as [number | null, number | null, number | null])
  return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, decode(v as Json)]))
}

// ---- running ---------------------------------------------------------------------------------------------------------

/** The function called `np.sum`, `lax.pad`, ... in the public API. */
export const libraryFunction = (name: string): Fn => {
  const [space, part] = name.split('.') as [string, string]
  const home = (cotangent as unknown as Record<string, Record<string, unknown> | undefined>)[space]
  const f = home?.[part]
  if (typeof f !== 'function') throw new Error(`missing function ${name}`)
  return f as Fn
}

const namedFunction = (name: string): Fn => functions[name] ?? libraryFunction(name)

const run = (c: Case): unknown => {
  const args = c.args.map(decode)
  if (c.fn !== undefined) return libraryFunction(c.fn)(...args, ...(c.options ? [decode(c.options)] : []))
  const mode = modes[c.program!]
  if (!mode) throw new Error(`missing program ${c.program}`)
  return mode(namedFunction(c.params!.fn), c.params!)(...args)
}

// ---- comparing -------------------------------------------------------------------------------------------------------

const same = (x: number, y: number): boolean => x === y || (Number.isNaN(x) && Number.isNaN(y))

/** What cotangent answers instead, by place in the result. */
export type Ours = Readonly<Record<string, readonly number[]>>

const compareArray = (got: unknown, jax: Stored, { tol, of = 'array' }: Case, ours: Ours, path: string): string | null => {
  const want = path in ours ? { ...jax, data: ours[path]! } : jax
  const v = typeof got === 'number' || typeof got === 'boolean' ? { dtype: want.dtype, shape: [], data: [Number(got)] } : (() => {
    const { dtype, shape } = got as { readonly dtype?: string, readonly shape?: readonly number[] }
    return dtype === undefined || shape === undefined ? null : { dtype, shape, data: Array.from(cotangent.readSync(got as never) as ArrayLike<number>, Number) }
  })()
  if (!v) return `${path}: not an array but ${JSON.stringify(got) ?? typeof got}`
  if (v.dtype !== want.dtype || v.shape.join() !== want.shape.join()) return `${path}: ${v.dtype}[${v.shape}] instead of ${want.dtype}[${want.shape}]`
  // the shortest decimals of an f32 are not its exact value
  const expected = want.data.map(x => (want.dtype === 'f32' ? Math.fround(toNumber(x)) : toNumber(x)))
  const exact = !['f16', 'f32', 'f64'].includes(want.dtype)
  const relative = exact ? 0 : tol ?? (want.dtype === 'f64' ? 1e-12 : want.dtype === 'f32' ? 2e-6 : 2 ** -11)
  const magnitude = expected.reduce((m, x) => (Number.isFinite(x) ? Math.max(m, Math.abs(x)) : m), 0)
  const bad = expected.findIndex((x, i) => {
    const g = v.data[i]!
    if (same(g, x)) return false
    const scale = of === 'unit' ? Math.max(1, Math.abs(x)) : of === 'element' ? Math.abs(x) : magnitude
    return !(Math.abs(g - x) <= relative * scale)
  })
  return bad < 0 ? null : `${path}[${bad}]: ${v.data[bad]} instead of ${expected[bad]}${relative > 0 ? ` (tolerance ${relative})` : ''}`
}

const compareTree = (got: unknown, want: Json, c: Case, ours: Ours, path: string): string | null => {
  const a = stored(want)
  if (a) return compareArray(got, a, c, ours, path)
  if (want === null) return got === null || got === undefined ? null : `${path}: something instead of nothing`
  if (Array.isArray(want)) {
    if (!Array.isArray(got) || got.length !== want.length) return `${path}: ${Array.isArray(got) ? `${got.length} parts` : 'no list'} instead of ${want.length} parts`
    return firstFault(want.map((w, i) => () => compareTree(got[i], w as Json, c, ours, `${path}/${i}`)))
  }
  if (isRecord(want)) {
    if (!isRecord(got)) return `${path}: no record`
    if (Object.keys(got).sort().join() !== Object.keys(want).sort().join()) return `${path}: keys ${Object.keys(got)} instead of ${Object.keys(want)}`
    return firstFault(Object.entries(want).map(([k, w]) => () => compareTree(got[k], w as Json, c, ours, `${path}/${k}`)))
  }
  const plain = isRecord(got) && 'dtype' in got ? Number(cotangent.item(got as never)) : got
  return same(Number(plain), Number(want)) ? null : `${path}: ${String(plain)} instead of ${String(want)}`
}

const firstFault = (checks: readonly (() => string | null)[]): string | null => {
  for (const check of checks) {
    const fault = check()
    if (fault !== null) return fault
  }
  return null
}

/** What is wrong with a case, in one line, or null; `ours` stands in for parts of JAX's result. */
export const faultOf = (c: Case, ours: Ours = {}): string | null => {
  try {
    return compareTree(run(c), c.out, c, ours, 'out')
  } catch (e) {
    return `throws ${e instanceof Error ? e.message.split('\n')[0] : String(e)}`
  }
}
