/** Elementwise rows without a derivative: comparisons, logic and bits, rounding, neighbours, random bits. */
import * as E from '../core/either.js'
import { aval } from '../core/aval.js'
import { type DType, dtypes } from '../core/dtype.js'
import { type Form, oneOf, record } from '../core/form.js'
import { bind, bind1 } from '../core/interp.js'
import { type Primitive } from '../core/primitive.js'
import { type Emitters, type ScalarOp } from '../core/scalar.js'
import { type Value } from '../core/value.js'
import { type Domain, pointwiseConstant, sameShapes } from './elementwise.js'
import { wrongDType } from './row.js'

type Two = { [K in ScalarOp]: Emitters<unknown>[K] extends (x: unknown, y: unknown) => unknown ? K : never }[ScalarOp]
type One = { [K in ScalarOp]: Emitters<unknown>[K] extends (x: unknown) => unknown ? K : never }[ScalarOp]

const two = (name: string, op: Two, domain: Domain, out: DType | 'same'): Primitive<null> =>
  pointwiseConstant(name, { domain, out, scalar: (k, [x, y]) => [k[op](x!, y!)] })
const one = (name: string, op: One, domain: Domain, out: DType | 'same', weight = 0): Primitive<null> =>
  pointwiseConstant(name, { domain, out, scalar: (k, [x]) => [k[op](x!)], weight })

export const eqP = two('eq', 'eq', 'any', 'bool')
export const neP = two('ne', 'ne', 'any', 'bool')
export const ltP = two('lt', 'lt', 'any', 'bool')
export const leP = two('le', 'le', 'any', 'bool')
export const gtP = two('gt', 'gt', 'any', 'bool')
export const geP = two('ge', 'ge', 'any', 'bool')
export const isFiniteP = one('isFinite', 'isFinite', 'float', 'bool')

/** On bools logical, on integers bit by bit. */
export const bitAndP = two('bitAnd', 'and', 'integral', 'same')
export const bitOrP = two('bitOr', 'or', 'integral', 'same')
export const bitXorP = two('bitXor', 'xor', 'integral', 'same')
export const bitNotP = one('bitNot', 'not', 'integral', 'same')
export const shiftLeftP = two('shiftLeft', 'shiftLeft', 'int', 'same')
export const shiftRightLogicalP = two('shiftRightLogical', 'shiftRightLogical', 'int', 'same')
export const shiftRightArithmeticP = two('shiftRightArithmetic', 'shiftRightArithmetic', 'int', 'same')
export const populationCountP = one('populationCount', 'populationCount', 'int', 'same')
export const clzP = one('clz', 'clz', 'int', 'same')

export const signP = one('sign', 'sign', 'number', 'same', 1)
export const floorP = one('floor', 'floor', 'float', 'same', 1)
export const ceilP = one('ceil', 'ceil', 'float', 'same', 1)
/** Half to even. */
export const roundP = one('round', 'round', 'float', 'same', 1)
export const truncP = one('trunc', 'trunc', 'float', 'same', 1)
export const nextAfterP = two('nextAfter', 'nextAfter', 'float', 'same')
/** The identity, through which no tangent passes. */
export const stopGradientP = one('stopGradient', 'identity', 'any', 'same')

export interface DTypeParams { readonly dtype: DType }
export const dtypeForm = oneOf(Object.keys(dtypes) as DType[])
export const dtypeParams: Form<DTypeParams> = record({ dtype: dtypeForm })

/** The same 32 bits, read as another dtype. */
export const bitcastP: Primitive<DTypeParams> = pointwiseConstant<DTypeParams>('bitcast', {
  domain: 'number', params: dtypeParams,
  scalar: (k, [x], { dtype }, [a]) => [k.bitcast(x!, a!.dtype, dtype)],
  shape: ([x], { dtype }) => dtypes[x!.dtype].bits === 32 && dtypes[dtype].bits === 32
    ? E.right([aval(dtype, x!.shape)])
    : wrongDType('bitcast', [x!], `32-bit numbers to read as ${dtype}`, 'only f32, i32 and u32 share their width'),
})

/** Threefry-2x32, 20 rounds (Salmon, Moraes, Dror, Shaw: Parallel random numbers, as easy as 1, 2, 3; SC 2011). Operands: key words, counter words. */
export const threefryP: Primitive<null> = pointwiseConstant<null>('threefry2x32', {
  domain: 'int', weight: 50,
  scalar: (k, [k0, k1, x0, x1]) => [k.threefry(k0!, k1!, x0!, x1!, 0), k.threefry(k0!, k1!, x0!, x1!, 1)],
  shape: ins => {
    if (!ins.every(a => a.dtype === 'u32')) return wrongDType('threefry2x32', ins, 'u32 words')
    const shapes = sameShapes('threefry2x32', ins)
    return shapes._tag === 'Left' ? shapes : E.right([ins[0]!, ins[0]!])
  },
})

const of1 = (row: Primitive<null>) => (x: Value): Value => bind1(row, [x], null)
const of2 = (row: Primitive<null>) => (x: Value, y: Value): Value => bind1(row, [x, y], null)
export const eq = of2(eqP), ne = of2(neP), lt = of2(ltP), le = of2(leP), gt = of2(gtP), ge = of2(geP), isFinite = of1(isFiniteP)
export const bitAnd = of2(bitAndP), bitOr = of2(bitOrP), bitXor = of2(bitXorP), bitNot = of1(bitNotP)
export const shiftLeft = of2(shiftLeftP), shiftRightLogical = of2(shiftRightLogicalP), shiftRightArithmetic = of2(shiftRightArithmeticP)
export const populationCount = of1(populationCountP), clz = of1(clzP)
export const sign = of1(signP), floor = of1(floorP), ceil = of1(ceilP), round = of1(roundP), trunc = of1(truncP), nextAfter = of2(nextAfterP)
export const stopGradientOf = of1(stopGradientP)
export const bitcast = (x: Value, dtype: DType): Value => (x.dtype === dtype ? x : bind1(bitcastP, [x], { dtype }))
export const threefry2x32 = (k0: Value, k1: Value, x0: Value, x1: Value): readonly Value[] => bind(threefryP, [k0, k1, x0, x1], null)
