/** Folds over axes: products, extrema, logic, and where the extrema are. */
import * as E from '../core/either.js'
import { type Aval, aval, range, type Shape, showShape, sizeOf, withoutAxes } from '../core/aval.js'
import { type DType, dtypes } from '../core/dtype.js'
import { type Form, int, ints, record } from '../core/form.js'
import { bind1 } from '../core/interp.js'
import { type Primitive, type ShapeRule } from '../core/primitive.js'
import { type Value } from '../core/value.js'
import { convert, div, mul, select } from './arithmetic.js'
import { type AxesParams, axesFit, broadcast, full, hasTangent, ones, sum, zeros } from './base.js'
import { cumprod } from './cumulative.js'
import { bitOr, eq, ne } from './logic.js'
import { constant, general, perInput, wrongDType, wrongShape } from './row.js'
import { type AxisParams, concatenate, iota, reshape, sliceInAxis, transpose } from './structural.js'

// ---- over several axes -----------------------------------------------------------------------------------------------

const axesParams: Form<AxesParams> = record({ axes: ints })
const foldShape = (name: string, words: string, holds: (d: DType) => boolean): ShapeRule<AxesParams> => ([x], { axes }) =>
  !holds(x!.dtype) ? wrongDType(name, [x!], words)
    : axesFit(axes, x!.shape.length) ? E.right([aval(x!.dtype, withoutAxes(x!.shape, axes))])
    : wrongShape(name, [x!], `axes within rank ${x!.shape.length}, ascending; the axes are ${showShape(axes)}`, 'give each axis once')
const folding = (name: string, words: string, holds: (d: DType) => boolean, self: () => Primitive<AxesParams>) => ({
  params: axesParams,
  shape: foldShape(name, words, holds),
  batch: (_axis: unknown, [x]: readonly Value[], _b: readonly boolean[], { axes }: AxesParams): readonly Value[] =>
    [bind1(self(), [x!], { axes: axes.map(a => a + 1) })],
  cost: perInput,
})

const keptAxes = (shape: Shape, axes: readonly number[]): readonly number[] => range(shape.length).filter(i => !axes.includes(i))
/** A folded value in every place it came from. */
const spread = (y: Value, shape: Shape, axes: readonly number[]): Value => broadcast(y, shape, keptAxes(shape, axes))

/** D max(x)(t) is the mean of t over the places that attain the maximum (JAX: lax.reduce_max): NaN where a NaN is the maximum; over nothing it is constant. */
const extremum = (name: 'max' | 'min'): Primitive<AxesParams> => {
  const row: Primitive<AxesParams> = general<AxesParams>(name, {
    ...folding(name, 'arrays', () => true, () => row),
    linearize: self => ([x], { axes }, [active]) => {
      const { shape } = x!.aval
      const y = bind1(self, [x!], { axes })
      if (!active || !hasTangent(x!.aval) || sizeOf(shape) === 0) return { outs: [y], push: () => [null] }
      const attained = convert(eq(x!, spread(y, shape, axes)), x!.dtype)
      const count = sum(attained, axes)
      return { outs: [y], push: ([tx]) => [tx ? div(sum(mul(attained, tx), axes), count) : null] }
    },
  })
  return row
}
export const maxP: Primitive<AxesParams> = extremum('max')
export const minP: Primitive<AxesParams> = extremum('min')

/** The same value, but D(t) is t at the first place that attains it, in the order of the folded axes (JAX: lax.reduce_window); at the first NaN if there is one. */
const firstExtremum = (name: 'maxFirst' | 'minFirst'): Primitive<AxesParams> => {
  const row: Primitive<AxesParams> = general<AxesParams>(name, {
    ...folding(name, 'arrays', () => true, () => row),
    linearize: self => ([x], { axes }, [active]) => {
      const { shape } = x!.aval
      const y = bind1(self, [x!], { axes })
      if (!active || !hasTangent(x!.aval) || sizeOf(shape) === 0) return { outs: [y], push: () => [null] }
      const sizes = axes.map(a => shape[a]!), count = sizeOf(sizes)
      const attained = bitOr(eq(x!, spread(y, shape, axes)), ne(x!, x!))
      const order = broadcast(reshape(iota('i32', [count], 0), sizes), shape, axes)
      const first = bind1(minP, [select(attained, order, full(count, order.aval))], { axes })
      const chosen = eq(order, spread(first, shape, axes))
      return { outs: [y], push: ([tx]) => [tx ? sum(select(chosen, tx, zeros(tx.aval)), axes) : null] }
    },
  })
  return row
}
export const maxFirstP: Primitive<AxesParams> = firstExtremum('maxFirst')
export const minFirstP: Primitive<AxesParams> = firstExtremum('minFirst')

/** The axes as one: neighbours where they are, others moved behind the rest. */
const asOneAxis = (shape: Shape, axes: readonly number[]): { readonly axis: number; readonly apply: (x: Value) => Value } => {
  const kept = keptAxes(shape, axes)
  const length = sizeOf(axes.map(a => shape[a]!))
  const together = axes[axes.length - 1]! - axes[0]! === axes.length - 1
  const axis = together ? axes[0]! : kept.length
  const target = [...kept.slice(0, axis).map(k => shape[k]!), length, ...kept.slice(axis).map(k => shape[k]!)]
  return { axis, apply: x => reshape(together ? x : transpose(x, [...kept, ...axes]), target) }
}

/**
 * D prod(x)(t) = Σ_i t_i Π_{k≠i} x_k. The product of the others is the product of those before times that of those behind,
 * so zeros are right, in every order of derivative, and the gradient costs three products more. The value is the last of
 * the products from the left.
 */
export const prodP: Primitive<AxesParams> = general<AxesParams>('prod', {
  ...folding('prod', 'numbers', d => dtypes[d].kind !== 'bool', () => prodP),
  linearize: self => ([x], { axes }, [active]) => {
    const { shape } = x!.aval
    if (!active || !hasTangent(x!.aval) || sizeOf(shape) === 0 || axes.length === 0) {
      return { outs: [bind1(self, [x!], { axes })], push: ([tx]) => [tx && axes.length === 0 ? tx : null] }
    }
    const { axis, apply } = asOneAxis(shape, axes)
    const line = apply(x!)
    const n = line.aval.shape[axis]!
    const result = withoutAxes(shape, axes)
    if (n === 1) return { outs: [reshape(line, result)], push: ([tx]) => [tx ? reshape(apply(tx), result) : null] }
    const left = cumprod(line, { axis, reverse: false }), right = cumprod(line, { axis, reverse: true })
    const one = ones(aval(line.dtype, line.aval.shape.map((m, i) => (i === axis ? 1 : m))))
    const others = mul(concatenate([one, sliceInAxis(left, 0, n - 1, axis)], axis), concatenate([sliceInAxis(right, 1, n, axis), one], axis))
    return {
      outs: [reshape(sliceInAxis(left, n - 1, n, axis), result)],
      push: ([tx]) => [tx ? sum(mul(others, apply(tx)), [axis]) : null],
    }
  },
})

const logic = (name: 'and' | 'or'): Primitive<AxesParams> => {
  const row: Primitive<AxesParams> = constant<AxesParams>(name, folding(name, 'integers or bools', d => dtypes[d].kind !== 'float', () => row))
  return row
}
/** Bitwise on integers. */
export const andP: Primitive<AxesParams> = logic('and')
export const orP: Primitive<AxesParams> = logic('or')

// ---- where the extrema are -------------------------------------------------------------------------------------------

const axisParams: Form<AxisParams> = record({ axis: int })
const place = (name: 'argmax' | 'argmin'): Primitive<AxisParams> => {
  const row: Primitive<AxisParams> = constant<AxisParams>(name, {
    params: axisParams,
    shape: ([x], { axis }) => {
      const { shape } = x as Aval
      if (!(Number.isInteger(axis) && axis >= 0 && axis < shape.length)) {
        return E.left({ _tag: 'AxisOutOfRange', op: name, axis, shape, hint: 'np functions count negative axes from the end' })
      }
      return shape[axis] === 0 ? wrongShape(name, [x!], `at least one element on axis ${axis}`, 'there is no place in an empty axis')
        : E.right([aval('i32', withoutAxes(shape, [axis]))])
    },
    batch: (_axis, [x], _b, { axis }) => [bind1(row, [x!], { axis: axis + 1 })],
    cost: perInput,
  })
  return row
}
/** The first of the greatest elements; a NaN counts as greater than every number. */
export const argmaxP: Primitive<AxisParams> = place('argmax')
/** The first of the least elements; a NaN counts as less than every number. */
export const argminP: Primitive<AxisParams> = place('argmin')

// ---- as functions ----------------------------------------------------------------------------------------------------

const overAxes = (row: Primitive<AxesParams>) => (x: Value, axes: readonly number[]): Value => (axes.length === 0 ? x : bind1(row, [x], { axes }))
/** Over the given axes, ascending; a fold over an empty axis is its unit: the lowest value, the highest, 1, true, false. */
export const reduceMax = overAxes(maxP), reduceMin = overAxes(minP), reduceProd = overAxes(prodP), reduceAnd = overAxes(andP), reduceOr = overAxes(orP)
/** At a tie the derivative is that of the first. */
export const reduceMaxFirst = overAxes(maxFirstP), reduceMinFirst = overAxes(minFirstP)
export const argmax = (x: Value, axis: number): Value => bind1(argmaxP, [x], { axis })
export const argmin = (x: Value, axis: number): Value => bind1(argminP, [x], { axis })
