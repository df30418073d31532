/** A nest as WGSL: an invocation is a point of the spatial axes and goes through the reduced ones; where there is much to fold, many share it. */
import { type DType, isFloat } from '../../src/core/dtype.js'
import type { View } from '../../src/kernel/view.js'
import { isPlace, type Plain, type PlainFold, unitOf } from '../../src/kernel/normal.js'
import { affine, type Bindings, coordinates, type Stage, together, unit } from './bindings.js'
import type { FoldSchedule } from './choose.js'
import { Expressions, fromWord, literal, Text, toWord, typeOf } from './wgsl.js'

/** Sums of floats are taken in stretches of so many, whose sums are added: errors grow with the number of stretches. */
const stretch = 128
const product = (xs: readonly number[]): number => xs.reduce((n, m) => n * m, 1)

const combine = (f: PlainFold, a: string, x: string): string => {
  const float = isFloat(f.dtype)
  switch (f.monoid) {
    case 'sum': return f.dtype === 'bool' ? `${a} | ${x}` : `${a} + ${x}`
    case 'prod': return f.dtype === 'bool' ? `${a} & ${x}` : `${a} * ${x}`
    case 'max': return f.dtype === 'bool' ? `${a} | ${x}` : float ? `maxF32(${a}, ${x})` : `max(${a}, ${x})`
    case 'min': return f.dtype === 'bool' ? `${a} & ${x}` : float ? `minF32(${a}, ${x})` : `min(${a}, ${x})`
    case 'and': return `${a} & ${x}`
    case 'or': return `${a} | ${x}`
    default: return x
  }
}
const unitText = (f: PlainFold, dtype: DType): string => literal(unitOf(f.monoid, dtype), dtype)

/** What a fold has come to; for argmax and argmin the value, and its place, -1 before there is any. */
interface Accumulator { readonly value: string; readonly place: string | null }
/** Memory of a workgroup for accumulators of several lanes. */
type Shared = Accumulator
const dtypeOf = (f: PlainFold): DType => (isPlace(f.monoid) ? f.value.dtype : f.dtype)
const wordsOf = (folds: readonly { readonly monoid: PlainFold['monoid'] }[]): number => folds.reduce((n, f) => n + (isPlace(f.monoid) ? 2 : 1), 0)

/** Words that parts leave for the stage that folds them. */
export const scratchOfFold = (results: number, folds: readonly { readonly monoid: PlainFold['monoid'] }[], s: FoldSchedule): number =>
  (s.tag === 'parts' ? results * s.count * wordsOf(folds) : 0)

/** Takes one more element; `ordered`: it lies behind all that were taken. Of equals the first place is kept, and NaN is greater and less than any number. */
const take = (text: Text, f: PlainFold, a: Accumulator, x: string, at: string | null, ordered: boolean): void => {
  if (a.place === null) { text.line(`${a.value} = ${combine(f, a.value, x)};`); return }
  const better = f.monoid === 'argmax' ? '>' : '<', float = isFloat(f.value.dtype)
  const nan = float ? [`isNan(${x}) && !isNan(${a.value})`, `!isNan(${a.value}) && `] as const : ['false', ''] as const
  const wins = `(${nan[0]}) || (${nan[1]}${x} ${better} ${a.value})`
  const same = float ? `((isNan(${x}) && isNan(${a.value})) || ${x} == ${a.value})` : `${x} == ${a.value}`
  text.line(ordered ? `if (${a.place} < 0 || ${wins}) { ${a.value} = ${x}; ${a.place} = ${at}; }`
    : `if (${at} >= 0 && (${a.place} < 0 || ${wins} || (${same} && ${at} < ${a.place}))) { ${a.value} = ${x}; ${a.place} = ${at}; }`)
}

export const nestText = (plain: Plain, schedule: FoldSchedule, bindings: Bindings): readonly Stage[] => {
  const { extents, spatial, folds, stores } = plain
  const outerExtents = extents.slice(0, spatial), innerExtents = extents.slice(spatial)
  const results = product(outerExtents), elements = product(innerExtents)
  const place = (v: View, axes: readonly string[]): string => [affine(v.offset, v.strides, axes), ...v.starts.map(s =>
    `${s.stride} * clamp(${bindings.load(s.buffer, '0')}, 0, ${s.max})`)].join(' + ').replaceAll('+ -', '- ')
  const leaves = (text: Text, axes: readonly string[], folded: (k: number) => string) => new Expressions(text, {
    load: e => bindings.load(e.view.buffer, place(e.view, axes)),
    index: e => affine(e.offset, e.strides, axes),
    folded,
  })
  const put = (text: Text, e: Expressions, at: 'element' | 'folded', axes: readonly string[]): void => {
    const values = stores.filter(s => s.at === at).map(s => [s, e.value(s.value)] as const)
    for (const [s, value] of values) bindings.store(text, s.view.buffer, place(s.view, axes), value)
  }
  const none = (): string => { throw new Error('a fold is read before it is done') }
  const start = (text: Text): readonly Accumulator[] => folds.map(f => ({
    value: text.variable(typeOf(dtypeOf(f)), isPlace(f.monoid) ? literal(0, f.value.dtype) : unitText(f, f.dtype)),
    place: isPlace(f.monoid) ? text.variable('i32', '-1') : null,
  }))
  const isSum = (f: PlainFold): boolean => f.monoid === 'sum' && isFloat(f.dtype)
  const loop = (text: Text, name: string, from: string, to: string, step: number, inside: () => void): void =>
    text.within(`for (var ${name} = ${from}; ${name} < ${to}; ${name}${step === 1 ? '++' : ` += ${step}`})`, inside)
  /** What is done at a point of the nest. */
  const point = (text: Text, axes: readonly string[], to: readonly Accumulator[]): void => {
    const e = leaves(text, axes, none)
    e.scoped(() => {
      folds.forEach((f, k) => take(text, f, to[k]!, e.value(f.value), f.place && e.value(f.place), true))
      put(text, e, 'element', axes)
    })
  }
  /** A loop of `count` turns; sums of floats in stretches, where it is long. */
  const stretches = (text: Text, all: readonly Accumulator[], name: string, from: string, to: string, step: number, count: number, body: (to: readonly Accumulator[]) => void, long = count > 2 * stretch): void => {
    if (!long || !folds.some(isSum)) { loop(text, name, from, to, step, () => body(all)); return }
    const part = (from: string, to: string): void => {
      const parts = all.map((a, k): Accumulator => (isSum(folds[k]!) ? { value: text.variable('f32', '0.0'), place: null } : a))
      loop(text, name, from, to, step, () => body(parts))
      parts.forEach((p, k) => { if (p !== all[k]) text.line(`${all[k]!.value} = ${all[k]!.value} + ${p.value};`) })
    }
    if (count <= 2 * stretch) part(from, to)
    else text.within(`for (var s = ${from}; s < ${to}; s += ${stretch * step})`, () => part('s', `min(s + ${stretch * step}, ${to})`))
  }
  /** Goes through all reduced axes, one inside the other. */
  const throughAll = (text: Text, outer: readonly string[], all: readonly Accumulator[]): void => {
    const inner = innerExtents.map((n, d) => (n === 1 ? '0' : `r${d}`)), last = inner.length - 1
    const loops = (d: number): void => {
      const n = innerExtents[d]!, body = (to: readonly Accumulator[]): void => point(text, [...outer, ...inner], to)
      if (d < last) { if (n === 1) loops(d + 1); else loop(text, inner[d]!, '0', String(n), 1, () => loops(d + 1)) }
      else if (n === 1) body(all)
      else stretches(text, all, inner[d]!, '0', String(n), 1, n, body, elements > 2 * stretch)
    }
    loops(0)
  }
  /** Goes through the points from `from` to `to`, row major, in steps. */
  const throughSome = (text: Text, outer: readonly string[], all: readonly Accumulator[], from: string, to: string, step: number, count: number): void =>
    stretches(text, all, 'e', from, to, step, count, into => point(text, [...outer, ...coordinates(text, 'e', innerExtents, 'r')], into))
  /** Where part `part` leaves word `k` for result `result`. */
  const left = (count: number, k: number, part: string, result: string): string => `(${k * count} + ${part}) * ${results} + ${result}`
  const fields = (list: readonly Accumulator[]): readonly { readonly name: string; readonly dtype: DType }[] =>
    list.flatMap((a, k) => [{ name: a.value, dtype: dtypeOf(folds[k]!) }, ...a.place === null ? [] : [{ name: a.place, dtype: 'i32' as const }]])
  const throughParts = (text: Text, all: readonly Accumulator[], result: string, from: string, step: number, count: number): void =>
    stretches(text, all, 'e', from, String(count), step, Math.ceil(count / step), into => {
      let word = 0
      folds.forEach((f, k) => {
        const next = (dtype: DType): string => text.name(fromWord(bindings.load(bindings.scratch, left(count, word++, 'e', result)), dtype))
        const x = next(dtypeOf(f)), at = isPlace(f.monoid) ? next('i32') : null
        take(text, f, into[k]!, x, at, false)
      })
    })
  /** Memory for what so many lanes have. */
  const sharedFor = (text: Text, all: readonly Accumulator[], lanes: number): readonly Shared[] =>
    all.map((a, k) => ({ value: text.shared(`array<${typeOf(dtypeOf(folds[k]!))}, ${lanes}>`), place: a.place === null ? null : text.shared(`array<i32, ${lanes}>`) }))
  const leaveAt = (text: Text, all: readonly Accumulator[], memory: readonly Shared[], at: string): void => all.forEach((a, k) => {
    text.line(`${memory[k]!.value}[${at}] = ${a.value};`)
    if (a.place !== null) text.line(`${memory[k]!.place}[${at}] = ${a.place};`)
  })
  /** What all lanes have becomes what the first has; the others leave. */
  const join = (text: Text, all: readonly Accumulator[], lanes: number, subgroup: number): void => {
    if (subgroup > 1 && lanes % subgroup === 0) joinSubgroups(text, all, lanes, subgroup)
    else joinShared(text, all, lanes)
    text.line('if (lane > 0) { return; }')
  }
  /** Lanes of a subgroup exchange what they have with those 2^k away, so that in the end each has all of it; subgroups do through shared memory. */
  const joinSubgroups = (text: Text, all: readonly Accumulator[], lanes: number, subgroup: number): void => {
    text.enable('subgroups')
    // loops let lanes go apart
    text.line('workgroupBarrier();')
    for (let left = lanes; left > 1; left /= subgroup) {
      if (left < lanes) {
        const memory = sharedFor(text, all, left), before = left * subgroup
        text.within(`if (lane % ${subgroup} == 0${before < lanes ? ` && lane < ${before}` : ''})`, () => leaveAt(text, all, memory, `lane / ${subgroup}`))
        text.line('workgroupBarrier();')
        all.forEach((a, k) => {
          text.line(`${a.value} = ${memory[k]!.value}[lane % ${left}];`)
          if (a.place !== null) text.line(`${a.place} = ${memory[k]!.place}[lane % ${left}];`)
        })
      }
      for (let away = Math.min(subgroup, left) / 2; away >= 1; away /= 2) {
        folds.forEach((f, k) => {
          const of = (x: string, dtype: DType): string => text.name(dtype === 'bool' ? fromWord(`subgroupShuffleXor(${toWord(x, dtype)}, ${away}u)`, dtype) : `subgroupShuffleXor(${x}, ${away}u)`)
          const a = all[k]!, x = of(a.value, dtypeOf(f)), at = a.place === null ? null : of(a.place, 'i32')
          take(text, f, a, x, at, false)
        })
      }
    }
  }
  const joinShared = (text: Text, all: readonly Accumulator[], lanes: number): void => {
    const memory = sharedFor(text, all, lanes)
    leaveAt(text, all, memory, 'lane')
    text.line('workgroupBarrier();')
    text.within(`for (var d = ${lanes / 2}; d > 0; d = d / 2)`, () => {
      text.within('if (lane < d)', () => {
        folds.forEach((f, k) => {
          const { value, place } = memory[k]!
          take(text, f, all[k]!, text.name(`${value}[lane + d]`), place && text.name(`${place}[lane + d]`), false)
        })
        leaveAt(text, all, memory, 'lane')
      })
      text.line('workgroupBarrier();')
    })
  }
  const outerOf = (text: Text, id: string): readonly string[] => coordinates(text, id, outerExtents, 'i')
  const finish = (text: Text, all: readonly Accumulator[], outer: readonly string[]): void => {
    const end = [...outer, ...innerExtents.map(() => '0')]
    put(text, leaves(text, end, k => all[k]!.place ?? all[k]!.value), 'folded', end)
  }
  /** A stage of so many results by so many lanes each: `id` is the number of the result, `lane` that of the lane. */
  const stage = (units: number, lanes: number, body: (text: Text) => void): Stage => {
    const text = new Text()
    bindings.begin(text, lanes > 1)
    const made = lanes > 1 ? together(text, units, lanes) : unit(text, units)
    body(text)
    return made
  }

  if (spatial === extents.length) {
    return [stage(results, 1, text => {
      const outer = outerOf(text, 'id')
      put(text, leaves(text, outer, none), 'element', outer)
    })]
  }
  const whole = (lanes: number, subgroup = 1): Stage => stage(results, lanes, text => {
    const outer = outerOf(text, 'id'), all = start(text)
    if (lanes === 1) throughAll(text, outer, all)
    else {
      throughSome(text, outer, all, 'lane', String(elements), lanes, Math.ceil(elements / lanes))
      join(text, all, lanes, subgroup)
    }
    finish(text, all, outer)
  })
  if (schedule.tag === 'alone') return [whole(1)]
  if (schedule.tag === 'workgroup') return [whole(schedule.lanes, schedule.subgroup)]
  const { count, lanes, rest, subgroup } = schedule, length = Math.ceil(elements / count)
  return [
    stage(results * count, lanes, text => {
      text.line(`let part = id / ${results};`)
      text.line(`let result = id % ${results};`)
      const outer = outerOf(text, 'result'), all = start(text)
      text.line(`let first = min(part * ${length}, ${elements});`)
      text.line(`let end = min(first + ${length}, ${elements});`)
      throughSome(text, outer, all, lanes > 1 ? '(first + lane)' : 'first', 'end', lanes, Math.ceil(length / lanes))
      if (lanes > 1) join(text, all, lanes, subgroup)
      fields(all).forEach(({ name, dtype }, word) => bindings.store(text, bindings.scratch, left(count, word, 'part', 'result'), toWord(name, dtype)))
    }),
    stage(results, rest, text => {
      const outer = outerOf(text, 'id'), all = start(text)
      throughParts(text, all, 'id', rest > 1 ? 'lane' : '0', rest, count)
      if (rest > 1) join(text, all, rest, subgroup)
      finish(text, all, outer)
    }),
  ]
}
