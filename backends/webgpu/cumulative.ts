/** Cumulative folds as WGSL: an invocation goes along a line, or along a block of a long one, once it is known what comes before. */
import { isFloat } from '../../src/core/dtype.js'
import { unitOf } from '../../src/kernel/normal.js'
import type { Cumulative, Strided } from '../../src/kernel/special.js'
import { affine, type Bindings, coordinates, type Stage, unit } from './bindings.js'
import { fromWord, literal, Text, toWord, typeOf } from './wgsl.js'

const product = (xs: readonly number[]): number => xs.reduce((n, m) => n * m, 1)
const at = (s: Strided, axes: readonly string[]): string => affine(s.offset, s.strides, axes)

/** Float sums are kept as those of whole stretches and of what has come of this one: errors grow with the number of stretches. */
const stretch = 64
/** What has come of a line so far: `value`, and of float sums what has come of this stretch. */
interface State { readonly value: string; readonly part: string | null }

const scales = (c: Cumulative): boolean => isFloat(c.dtype) && (c.kind === 'prod' || c.kind === 'recurrence')
/**
 * Words of what a block comes to: its last value; for a recurrence also by what it multiplies what comes before; whether that can be told so, and
 * the most and the least that it multiplies with on the way.
 */
const planesOf = (c: Cumulative): number => 1 + (c.kind === 'recurrence' ? 1 : 0) + (scales(c) ? 3 : 0)
/** For every block what it comes to, and what comes before it. */
export const scratchOfBlocks = (c: Cumulative, length: number): number => (planesOf(c) + 1) * product(c.lines) * Math.ceil(c.length / length)

/** Going along a line: `take` adds element j, and hands on what has come of it. */
const walker = (text: Text, c: Cumulative, bindings: Bindings, lines: readonly string[]) => {
  const type = typeOf(c.dtype), float = isFloat(c.dtype), sums = c.kind === 'sum' && float
  // -0 + x is x, for zeros too
  const nothing = c.kind === 'recurrence' ? literal(0, c.dtype) : sums ? literal(-0, c.dtype) : literal(unitOf(c.kind, c.dtype), c.dtype)
  const load = (k: number): string => text.name(bindings.load(c.ins[k]!.buffer, at(c.ins[k]!, [...lines, 'j'])))
  const join = (a: string, x: string): string => (c.kind === 'sum' ? `${a} + ${x}` : c.kind === 'prod' ? `${a} * ${x}`
    : float ? `${c.kind}F32(${a}, ${x})` : c.dtype === 'bool' ? `${a} ${c.kind === 'max' ? '|' : '&'} ${x}` : `${c.kind}(${a}, ${x})`)
  return {
    nothing, type,
    begin: (from = nothing): State => ({ value: text.variable(type, from), part: sums ? text.variable(type, nothing) : null }),
    /** What was multiplied with is handed on as well. */
    take: ({ value, part }: State, then: (shown: string, factor: string) => void = () => undefined): void => {
      const x = load(0)
      if (part !== null) {
        text.line(`${part} = ${part} + ${x};`)
        const shown = text.name(`${value} + ${part}`)
        then(shown, x)
        text.line(`if ((j + 1) % ${stretch} == 0) { ${value} = ${shown}; ${part} = ${nothing}; }`)
        return
      }
      if (c.kind === 'recurrence') {
        const y = load(1)
        text.line(`if (j == 0) { ${value} = ${y}; } else { ${value} = ${x} * ${value} + ${y}; }`)
      } else text.line(`${value} = ${join(value, x)};`)
      then(value, x)
    },
    join,
    shown: ({ value, part }: State): string => (part === null ? value : text.name(`${value} + ${part}`)),
  }
}
const along = (text: Text, from: string, to: string, body: () => void): void => text.within(`for (var j = ${from}; j < ${to}; j++)`, body)

export const cumulativeText = (c: Cumulative, bindings: Bindings): Stage => {
  const text = new Text()
  bindings.begin(text)
  const stage = unit(text, product(c.lines))
  const lines = coordinates(text, 'id', c.lines, 'i')
  const w = walker(text, c, bindings, lines), state = w.begin()
  along(text, '0', String(c.length), () => w.take(state, shown => bindings.store(text, c.out.buffer, at(c.out, [...lines, 'j']), shown)))
  return stage
}

/** Below this a product of factors has lost digits, or is about to. */
const tiny = '7.8886e-31', negligible = '1.4901161e-8'
/** Below this numbers have lost digits; sums of what is within the others are finite. */
const leastNormal = '1.17549435e-38', large = '1e30', within = '1.7e38'

/**
 * Blocks of `length`: what each comes to on its own; what comes before each, one after the other; and then all elements. A recurrence over a
 * block is y ↦ A·y + B with A the product of its factors. Where A leaves the range of floats though the result may not, or what comes before does
 * on the way, the block is gone through instead.
 */
export const blockText = (c: Cumulative, length: number, bindings: Bindings): readonly Stage[] => {
  const all = product(c.lines), blocks = Math.ceil(c.length / length), planes = planesOf(c)
  const cell = (plane: number, id: string): string => `${plane * all * blocks} + ${id}`
  const keep = (text: Text, plane: number, id: string, word: string): void => bindings.store(text, bindings.scratch, cell(plane, id), word)
  const word = (plane: number, id: string): string => bindings.load(bindings.scratch, cell(plane, id))
  /** A stage of an invocation for each line of so many blocks: lines beside each other are worked on together. */
  const stageOf = (count: number, body: (text: Text, block: string, lines: readonly string[]) => void): Stage => {
    const text = new Text()
    bindings.begin(text)
    const stage = unit(text, all * count)
    const [block, ...lines] = coordinates(text, 'id', [count, ...c.lines], 'i') as [string, ...string[]]
    body(text, block, lines)
    return stage
  }
  const recurrence = c.kind === 'recurrence', guarded = scales(c), last = recurrence ? 2 : 1
  const own = stageOf(blocks - 1, (text, block, lines) => {
    const w = walker(text, c, bindings, lines), state = w.begin()
    const factor = recurrence ? text.variable(w.type, literal(1, c.dtype)) : state.value
    const bad = guarded ? text.variable('bool', 'false') : '', low = guarded ? text.variable('bool', 'false') : ''
    const most = guarded ? text.variable('f32', '0.0') : '', least = guarded ? text.variable('f32', '1.0') : ''
    along(text, text.name(`${block} * ${length}`), text.name(`(${block} + 1) * ${length}`), () => w.take(state, (_, x) => {
      if (recurrence) text.line(`${factor} = ${factor} * ${x};`)
      if (!guarded) return
      // what is too small stays too small, or nothing can be told
      text.line(`${bad} = ${bad} || (${low} && !(abs(${x}) <= 1.0));`)
      text.line(`${low} = ${low} || abs(${factor}) < ${tiny};`)
      text.line(`${most} = max(${most}, abs(${factor}));`)
      text.line(`${least} = min(${least}, abs(${factor}));`)
      if (recurrence) text.line(`${bad} = ${bad} || !(abs(${state.value}) <= ${large});`)
    }))
    keep(text, 0, 'id', toWord(w.shown(state), c.dtype))
    if (recurrence) keep(text, 1, 'id', toWord(factor, c.dtype))
    if (guarded) {
      keep(text, last, 'id', `select(select(0u, 1u, ${low}), 2u, ${bad} || !isFinite(${factor}))`)
      keep(text, last + 1, 'id', toWord(most, 'f32'))
      keep(text, last + 2, 'id', toWord(least, 'f32'))
    }
  })
  const before = stageOf(1, (text, _, lines) => {
    const w = walker(text, c, bindings, lines), state = w.begin()
    text.within(`for (var b = 0; b < ${blocks - 1}; b++)`, () => {
      const here = text.name(`b * ${all} + id`)
      const x = text.name(fromWord(word(0, here), c.dtype)), carry = state.value
      const through = (): void => along(text, text.name(`b * ${length}`), text.name(`(b + 1) * ${length}`), () => w.take(state))
      if (guarded) {
        const told = text.name(word(last, here))
        const a = recurrence ? text.name(fromWord(word(1, here), c.dtype)) : x
        const [product, rest] = recurrence ? [`${a} * ${carry} + ${x}`, x] : [`${carry} * ${a}`, '0.0']
        // what comes before vanishes beside what the block adds
        const vanishes = `abs(${carry}) * ${tiny} <= abs(${rest}) * ${negligible}`
        const size = text.name(`abs(${carry})`)
        const most = text.name(fromWord(word(last + 1, here), 'f32')), least = text.name(fromWord(word(last + 2, here), 'f32'))
        // infinite from then on, or nothing, though the block may lead back
        const stays = text.name(`(!isFinite(${size}) || ${size} * ${most} <= ${within})`)
        const remains = text.name(`(${size} < ${leastNormal} || ${size} * ${least} >= ${leastNormal})`)
        text.within(`if (b == 0 || isNan(${carry}))`, () => text.line(`${carry} = select(${carry}, ${x}, b == 0);`))
        text.within(`else if (${stays} && ((${told} == 0u && ${remains}) || (${told} == 1u && ${vanishes})))`, () => text.line(`${carry} = ${product};`))
        text.within('else', through)
      } else if (recurrence) text.line(`${carry} = select(${fromWord(word(1, here), c.dtype)} * ${carry} + ${x}, ${x}, b == 0);`)
      else if (state.part !== null) {
        text.line(`${state.part} = ${state.part} + ${x};`)
        text.line(`if ((b + 1) % ${stretch} == 0) { ${state.value} = ${state.value} + ${state.part}; ${state.part} = ${w.nothing}; }`)
      } else text.line(`${carry} = ${w.join(carry, x)};`)
      keep(text, planes, text.name(`(b + 1) * ${all} + id`), toWord(w.shown(state), c.dtype))
    })
  })
  const elements = stageOf(blocks, (text, block, lines) => {
    const w = walker(text, c, bindings, lines), state = w.begin()
    text.line(`if (${block} > 0) { ${state.value} = ${fromWord(word(planes, 'id'), c.dtype)}; }`)
    along(text, text.name(`${block} * ${length}`), text.name(`min((${block} + 1) * ${length}, ${c.length})`), () =>
      w.take(state, shown => bindings.store(text, c.out.buffer, at(c.out, [...lines, 'j']), shown)))
  })
  return [own, before, elements]
}
