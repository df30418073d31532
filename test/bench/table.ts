/** The tables of docs/benchmarks.md, from the lines of a run: side by side, where numbers disagree, and every line. */
import { agrees, type Checked, differences, type Reference } from './agree.js'
import { type Figure, figures } from './figures.js'
import type { Line } from './measure.js'

interface Row extends Checked {
  readonly peer: string; readonly variant: string; readonly unit: string; readonly version?: string; readonly runtime?: string; readonly threads?: number
  readonly value?: number; readonly median_ms?: number; readonly p10_ms?: number; readonly p90_ms?: number; readonly first_ms?: number
  readonly other_cpu?: number | null; readonly reps?: number; readonly steps?: number; readonly rss_start?: number; readonly rss_peak?: number; readonly error?: string; readonly when?: string
}

const names: Readonly<Record<string, string>> = {
  cotangent: 'cotangent', 'cotangent-wide': 'cotangent, wide', 'cotangent-relaxed': 'cotangent, relaxed', 'cotangent-baseline': 'cotangent, baseline',
  torch: 'PyTorch', jax: 'JAX', jaxjs: 'jax-js', tfjs: 'TensorFlow.js',
}
const order = Object.keys(names)
const own = (peer: string): boolean => peer.startsWith('cotangent')

export const number = (x: number): string => {
  const size = Math.abs(x)
  if (!Number.isFinite(x)) return String(x)
  return size >= 1000 ? Math.round(x).toLocaleString('en') : size >= 100 ? x.toFixed(0) : size >= 10 ? x.toFixed(1) : size >= 1 ? x.toFixed(2) : size === 0 ? '0' : x.toPrecision(2)
}
const cells = (xs: readonly string[]): string => `| ${xs.join(' | ')} |`
const grid = (head: readonly string[], align: string, rows: readonly (readonly string[])[]): string =>
  [cells(head), cells(head.map((_, i) => (i < align.length && align[i] === 'l' ? '---' : '---:'))), ...rows.map(cells)].join('\n')
const paramsOf = (row: Row): string => Object.entries(row.params ?? {}).map(([k, v]) => `${k} = ${v}`).join(', ')
const key = (r: Row): string => [r.peer, r.work, r.metric, r.variant, JSON.stringify(r.params ?? {})].join('|')

/** Of lines for one case the fastest counts: what else the machine does only ever slows down. */
const best = (lines: readonly Row[]): readonly Row[] => {
  const found = new Map<string, Row>()
  for (const line of lines) {
    const other = found.get(key(line))
    if (!other || other.error !== undefined || (line.error === undefined && (line.median_ms ?? 0) <= (other.median_ms ?? 0))) found.set(key(line), line)
  }
  return [...found.values()]
}

const matches = (f: Figure, r: Row): boolean =>
  r.work === f.work && r.metric === f.metric && Object.entries(f.params ?? {}).every(([k, v]) => r.params?.[k] === v) && (r.peer === 'torch' ? f.against : f.of).test(r.variant)
const figureOf = (f: Figure, r: Row): number | undefined => (f.first ? r.first_ms : r.value)

const sideBySide = (rows: readonly Row[], references: readonly Reference[]): string => {
  const peers = order.filter(p => rows.some(r => r.peer === p))
  const ratioOf = (f: Figure, mine: number | undefined, torch: number | undefined): number | undefined =>
    mine === undefined || torch === undefined || mine === 0 ? undefined : f.less ? torch / mine : mine / torch
  const body = figures.flatMap((f): readonly (readonly string[])[] => {
    const at = new Map(peers.map(p => {
      const found = rows.filter(r => r.peer === p && matches(f, r) && figureOf(f, r) !== undefined)
      return [p, found.sort((a, b) => (figureOf(f, a)! - figureOf(f, b)!) * (f.less ? 1 : -1))[0]]
    }))
    if (![...at.values()].some(r => r !== undefined)) return []
    const torch = at.get('torch'), torchFigure = torch && figureOf(f, torch)
    const shown = peers.map(p => {
      const r = at.get(p)
      return r === undefined ? '' : number(figureOf(f, r)!) + (differences(references, r).every(agrees) ? '' : ' ✗')
    })
    const ratios = peers.filter(own).map((p, i) => {
      const r = at.get(p), mine = r && figureOf(f, r), ratio = ratioOf(f, mine, torchFigure), wanted = f.required?.[p === 'cotangent-wide' ? 1 : 0]
      const met = f.atMost !== undefined && mine !== undefined ? mine <= f.atMost : wanted === undefined || ratio === undefined ? null : ratio >= wanted
      // what somebody else's work moved is neither met nor missed
      const disturbed = [r, torch].some(x => (x?.other_cpu ?? 0) > 0.2)
      return `${ratio === undefined ? '' : `${number(ratio)}×`}${met === null ? '' : disturbed ? ' (disturbed)' : met ? ' ✓' : ' **miss**'}`
    })
    const wanted = f.required ? f.required.map(x => `${x}×`).join(' / ') : f.atMost !== undefined ? `≤ ${number(f.atMost)} ${f.unit}` : ''
    return [[f.label, f.unit, ...shown, ...ratios, wanted]]
  })
  const price = ['f64', 'f32'].flatMap((dtype): readonly (readonly string[])[] => {
    const ms = (p: string, metric: string): number => Math.min(...rows.filter(r => r.peer === p && r.work === 'W9' && r.metric === metric && r.params.dtype === dtype).map(r => r.median_ms ?? Infinity))
    const ratios = peers.map(p => ms(p, 'gradient') / ms(p, 'objective'))
    if (!ratios.some(Number.isFinite)) return []
    const met = peers.filter(own).map(p => ratios[peers.indexOf(p)]!).map(x => (Number.isFinite(x) ? (x <= 3 ? '✓' : '**miss**') : ''))
    return [[`W9 mixture, gradient : objective, ${dtype}`, '', ...ratios.map(x => (Number.isFinite(x) ? number(x) : '')), ...met, '≤ 3']]
  })
  const head = ['', 'unit', ...peers.map(p => names[p]!), ...peers.filter(own).map(p => `${names[p]} : PyTorch`), 'required']
  return grid(head, 'll', [...body, ...price])
}

const disagreements = (rows: readonly Row[], references: readonly Reference[]): string => {
  const checked = rows.filter(r => r.checks !== undefined && Object.keys(r.checks).length > 0)
  const summary = order.filter(p => checked.some(r => r.peer === p)).map(p => {
    const mine = checked.filter(r => r.peer === p), all = mine.flatMap(r => differences(references, r)), off = all.filter(d => !agrees(d))
    return [names[p]!, String(mine.length), String(all.length), String(off.length)]
  })
  const listed = checked.flatMap(r => {
    const [worst] = differences(references, r).filter(d => !agrees(d))
    return worst === undefined ? [] : [[`${r.work} ${paramsOf(r)}`, names[r.peer]!, r.variant, worst.check, worst.relative.toExponential(1), String(worst.got), String(worst.want)]]
  })
  return [
    grid(['peer', 'cases', 'numbers compared', 'off'], 'l', summary), '',
    listed.length === 0 ? 'No number is off.' : grid(['workload', 'peer', 'variant', 'the worst number', 'relative difference', 'is', 'should be'], 'llll', listed),
  ].join('\n')
}

const everyLine = (rows: readonly Row[]): string => ['W1', 'W2', 'W3', 'W4', 'W5', 'W6', 'W7', 'W8', 'W9', 'W10', 'W11', 'W12'].flatMap(work => {
  const of = rows.filter(r => r.work === work && (r.value !== undefined || r.error !== undefined) && !(r.metric === 'none' && rows.some(q => q.peer === r.peer && q.work === work && q.error === undefined && q.metric !== 'done')))
  if (of.length === 0) return []
  const sorted = [...of].sort((a, b) => order.indexOf(a.peer) - order.indexOf(b.peer))
  const ms = (x: number | undefined): string => (x === undefined ? '' : number(x))
  return [`\n### ${work}\n`, grid(['peer', 'what', 'variant', 'value', 'unit', 'median ms', 'p10 to p90 ms', 'first call ms', 'samples', 'others (cores)'], 'lll', sorted.map(r => [
    names[r.peer] ?? r.peer, [r.metric, paramsOf(r)].filter(x => x !== '').join(', '), r.variant ?? '',
    ...(r.error !== undefined ? [r.error.replaceAll('|', '/').slice(0, 160), '', '', '', '', '', ''] : [
      ms(r.value), r.unit ?? '', ms(r.median_ms), r.p10_ms === undefined ? '' : `${ms(r.p10_ms)} to ${ms(r.p90_ms)}`, ms(r.first_ms), String(r.reps ?? r.steps ?? ''), r.other_cpu == null ? '' : r.other_cpu.toFixed(2),
    ]),
  ]))]
}).join('\n')

const about = (lines: readonly Line[], rows: readonly Row[]): string => {
  const machine = lines.findLast(l => l.metric === 'machine') as Readonly<Record<string, string | number>> | undefined
  const versions = order.flatMap(p => {
    const r = rows.find(r => r.peer === p && r.version !== undefined)
    return r === undefined ? [] : [`${names[p]} ${r.version} on ${r.runtime}, ${r.threads} thread${r.threads === 1 ? '' : 's'}`]
  })
  const noise = rows.flatMap(r => (typeof r.other_cpu === 'number' ? [r.other_cpu] : [])).sort((a, b) => a - b)
  const dates = rows.flatMap(r => (r.when === undefined ? [] : [r.when.slice(0, 10)])).sort()
  return [
    `* Measured on ${[...new Set([dates[0], dates.at(-1)])].join(' to ')}${machine ? ` on ${machine.cpu}, ${machine.cores} cores, ${machine.memory_gib} GiB, ${machine.system}` : ''}.`,
    `* ${versions.join('; ')}.`,
    ...(noise.length === 0 ? [] : [`* Everything else on the machine kept ${noise[noise.length >> 1]!.toFixed(2)} cores busy in the median case, ${noise.at(-1)!.toFixed(2)} in the worst.`]),
  ].join('\n')
}

/** The tables. ✗ marks a figure whose numbers are off. */
export const table = (lines: readonly Line[], references: readonly Reference[], everything: boolean): string => {
  const all = (lines as unknown as readonly Row[]).filter(l => l.peer !== undefined), rows = best(all)
  const measured = rows.filter(r => r.error === undefined && r.metric !== 'done')
  return [
    about(lines, measured), '\n## Side by side\n', sideBySide(measured, references), '\n## Agreement\n', disagreements(measured, references),
    ...(everything ? ['\n## Every case\n', everyLine(rows)] : []),
  ].join('\n')
}

const [from, to] = ['<!-- figures: npm run bench -->', '<!-- end of figures -->'] as const
/** The page with other figures: what is written around them stays. */
export const withFigures = (page: string, text: string): string =>
  `${page.slice(0, page.indexOf(from) + from.length)}\n\n${text}\n\n${page.slice(page.indexOf(to))}`
