/** A case of a workload, and how it is timed: the first call, a warm-up, then the median of at least five samples. */
import { readFileSync } from 'node:fs'

export type Checks = Readonly<Record<string, number>>
export type Params = Readonly<Record<string, number | string>>

export interface Case {
  readonly metric: string
  /** How: eager, jit, and the like. */
  readonly variant: string
  readonly params?: Params
  /** Milliseconds a call, or units of work a second. */
  readonly unit: 'ms' | 'GFLOP/s' | 'steps/s' | 'tokens/s' | 'evals/s' | 'Hessians/s' | 'MiB'
  /** How many of the unit one call does. */
  readonly work?: number
  /** One call, with every result computed when it returns. A training step answers its loss. */
  readonly run: () => unknown
  /** Numbers that are compared between peers and with the references in f64. */
  readonly checks?: () => Checks | Promise<Checks>
  /** The losses of calls 1 and 11 are checks too. */
  readonly trains?: boolean
  /** Calls are timed in batches of at least 10 ms. */
  readonly short?: boolean
  /** Memory is watched over so many calls instead. */
  readonly steps?: number
  /** About how many milliseconds to take samples. Default 1500. */
  readonly ms?: number
}
/** What a peer cannot do, or is known not to finish. */
export interface Refused { readonly metric: string; readonly variant: string; readonly params?: Params; readonly error: string }
export interface Peer {
  readonly version: string
  readonly threads: number
  readonly works: Readonly<Record<string, () => Iterable<Case | Refused>>>
}

export type Line = Readonly<Record<string, unknown>>

export const quantile = (xs: readonly number[], p: number): number => {
  const sorted = [...xs].sort((a, b) => a - b), at = (sorted.length - 1) * p
  const below = sorted[Math.floor(at)]!, above = sorted[Math.ceil(at)]!
  return below + (above - below) * (at - Math.floor(at))
}
/** Sums in f64, whatever the array holds. */
export const sum = (xs: Iterable<number>): number => { let s = 0; for (const x of xs) s += x; return s }
export const absSum = (xs: Iterable<number>): number => { let s = 0; for (const x of xs) s += Math.abs(x); return s }

/** Processor milliseconds that the whole machine has spent, where the system tells (Linux: hundredths of a second). */
const machineBusy = (): number | null => {
  try {
    const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8').split('\n')[0]!.trim().split(/\s+/).slice(1).map(Number)
    return (user! + nice! + system! + irq! + softirq! + steal!) * 10
  } catch { return null }
}
/** How many cores this process, and all others, keep busy from here on. */
const watch = (): (() => { readonly own_cpu: number; readonly other_cpu: number | null }) => {
  const busy = machineBusy(), own = process.cpuUsage(), start = performance.now()
  return () => {
    const ms = performance.now() - start, { user, system } = process.cpuUsage(own), mine = (user + system) / 1000, now = machineBusy()
    const round = (x: number): number => Math.round(x * 1000) / 1000
    return { own_cpu: round(mine / ms), other_cpu: busy === null || now === null ? null : round(Math.max(0, now - busy - mine) / ms) }
  }
}
const residentMiB = (): number => process.memoryUsage().rss / 2 ** 20
const settled = async (x: unknown): Promise<unknown> => (typeof (x as PromiseLike<unknown> | null)?.then === 'function' ? await x : x)
const collect = (): void => (globalThis as { gc?: () => void }).gc?.()

const watchMemory = async (c: Case, steps: number): Promise<Line> => {
  for (let i = 0; i < 100; i++) await settled(c.run())
  collect()
  const busy = watch(), start = performance.now(), before = residentMiB()
  let peak = before, done = 0
  while (done < steps && performance.now() - start < 40_000) {
    await settled(c.run())
    if (++done % 50 === 0) peak = Math.max(peak, residentMiB())
  }
  const ms = performance.now() - start
  collect()
  const after = residentMiB()
  return { value: after - before, steps: done, rss_start: before, rss_end: after, rss_peak: peak, median_ms: ms / done, ...busy() }
}

const sample = async (c: Case, call: () => Promise<number>, first: number): Promise<readonly number[]> => {
  const budget = c.ms ?? 1500, times: number[] = []
  if (first > 6000) return [await call()]
  let last = first
  for (let spent = 0, n = 0; n < 2 || spent < Math.min(1000, budget / 2); n++) {
    spent += last = await call()
    if (last > 3000) break
  }
  const inner = c.short ? Math.max(1, Math.ceil(10 / Math.max(last, 1e-4))) : 1
  const batch = async (): Promise<number> => {
    const start = performance.now()
    for (let i = 0; i < inner; i++) {
      const x = c.run() as PromiseLike<unknown> | undefined
      if (typeof x?.then === 'function') await x
    }
    return (performance.now() - start) / inner
  }
  const start = performance.now(), spent = (): number => performance.now() - start
  while (times.length < 300 && (times.length < 5 || spent() < budget) && spent() < 20_000) times.push(await (inner > 1 ? batch() : call()))
  return times
}

/** One line of results. */
export const measure = async (c: Case): Promise<Line> => {
  const losses: number[] = []
  const call = async (): Promise<number> => {
    const start = performance.now(), result = await settled(c.run()), ms = performance.now() - start
    if (c.trains && losses.length < 11) losses.push(Number(result))
    return ms
  }
  const head = { variant: c.variant, metric: c.metric, params: c.params ?? {}, unit: c.unit }
  const first = await call()
  if (c.steps !== undefined) return { ...head, first_ms: first, ...await watchMemory(c, c.steps) }
  const busy = watch()
  const times = await sample(c, call, first)
  const load = busy(), median = quantile(times, 0.5)
  const checks = { ...await c.checks?.() }
  if (c.trains) {
    while (losses.length < 11) await call()
    Object.assign(checks, { loss_1: losses[0]!, loss_11: losses[10]! })
  }
  return {
    ...head, value: c.unit === 'ms' ? median : (c.work ?? 1) / (median / 1000), median_ms: median, p10_ms: quantile(times, 0.1), p90_ms: quantile(times, 0.9),
    reps: times.length, first_ms: first, ...load, checks,
  }
}

/** The checks alone, each case called as often as they need. */
export const verify = async (c: Case): Promise<Line> => {
  const losses: number[] = []
  if (c.trains) for (let i = 0; i < 11; i++) losses.push(Number(await settled(c.run())))
  const checks = { ...await c.checks?.(), ...(c.trains ? { loss_1: losses[0]!, loss_11: losses[10]! } : {}) }
  return { variant: c.variant, metric: c.metric, params: c.params ?? {}, checks }
}
