/** Every peer's numbers are held against those that PyTorch computes in f64 from the same inputs (reference.json, made by references.ts). */
import { readFileSync } from 'node:fs'
import type { Size } from './data.js'
import type { Checks, Params } from './measure.js'

export interface Reference { readonly work: string; readonly metric: string; readonly params: Params; readonly checks: Checks }
export interface Checked { readonly work: string; readonly metric: string; readonly params: Params; readonly checks?: Checks }
export interface Difference { readonly check: string; readonly got: number; readonly want: number; readonly relative: number; readonly allowed: number }

export const readReferences = (file: URL | string): Readonly<Record<Size, readonly Reference[]>> =>
  JSON.parse(readFileSync(file, 'utf8')) as Record<Size, readonly Reference[]>

/** How far from the reference a check may be, relative to its size. A product of matrices in [-1, 1] may cancel: it is held to the sizes of what was added. */
const bound = ({ work, params }: Checked, check: string, want: number): { readonly allowed: number; readonly scale: number } => {
  if (work === 'W1') return { allowed: 1e-6, scale: Number(params.N) * (check === 'sum' ? Math.sqrt(Number(params.N)) : 1) }
  if (params.dtype === 'f64') return { allowed: 1e-12, scale: Math.abs(want) }
  // Adam divides small gradients by their own size: after ten steps of W3 in f32 PyTorch is 1.3e-3 off its own f64
  if (check === 'loss_11') return { allowed: work === 'W3' ? 3e-3 : 1e-4, scale: Math.abs(want) }
  return { allowed: 2e-5, scale: Math.abs(want) }
}

/** The differences of a line from its reference, the worst first. A check without a reference is as far off as can be. */
export const differences = (references: readonly Reference[], line: Checked): readonly Difference[] => {
  // what a peer without f64 computes in f32 is measured against the same reference
  const same = (a: Params, b: Params): boolean => Object.keys({ ...a, ...b }).every(k => a[k] === b[k] || (k === 'dtype' && line.metric === 'derivative'))
  const reference = references.find(r => r.work === line.work && r.metric === line.metric && same(r.params, line.params))
  return Object.entries(line.checks ?? {}).map(([check, got]): Difference => {
    const want = reference?.checks[check] ?? NaN, { allowed, scale } = bound(line, check, want)
    const relative = Math.abs(got - want) / scale
    return { check, got, want, allowed, relative: Number.isNaN(relative) ? Infinity : relative }
  }).sort((a, b) => b.relative / b.allowed - a.relative / a.allowed)
}
export const agrees = (d: Difference): boolean => d.relative <= d.allowed
