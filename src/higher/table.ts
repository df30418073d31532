/** The closed table of all rows by name, in every module that holds some: what is listed here is what a program can be made of. */
import type { Primitive } from '../core/primitive.js'
import type { PrimitiveName } from '../core/vocabulary.js'
import * as arithmetic from '../primitives/arithmetic.js'
import { broadcastP, sumP } from '../primitives/base.js'
import * as collective from '../primitives/collective.js'
import { dotGeneralP } from '../primitives/contract.js'
import { convolutionP } from '../primitives/convolve.js'
import * as cumulative from '../primitives/cumulative.js'
import * as elementary from '../primitives/elementary.js'
import * as fold from '../primitives/fold.js'
import { gatherP, scatterP } from '../primitives/gather.js'
import { dynamicSliceP, dynamicUpdateSliceP } from '../primitives/indexing.js'
import * as logic from '../primitives/logic.js'
import { windowsP } from '../primitives/pooling.js'
import { linearRecurrenceP } from '../primitives/recurrence.js'
import { sortP } from '../primitives/sort.js'
import * as structural from '../primitives/structural.js'
import { callP, checkpointP } from './call.js'
import { condP } from './cond.js'
import { customP, pulledP } from './customRows.js'
import { scanP } from './scan.js'
import { whileP } from './while.js'

/** Rows that are a scalar expression. */
export const elementwise = {
  add: arithmetic.addP, sub: arithmetic.subP, neg: arithmetic.negP, select: arithmetic.selectP, convert: arithmetic.convertP, mul: arithmetic.mulP,
  div: arithmetic.divP, rem: arithmetic.remP, pow: arithmetic.powP, log: arithmetic.logP, integerPow: arithmetic.integerPowP,
  maximum: arithmetic.maximumP, minimum: arithmetic.minimumP, abs: arithmetic.absP, clamp: arithmetic.clampP,
  exp: elementary.expP, expm1: elementary.expm1P, log1p: elementary.log1pP, sqrt: elementary.sqrtP, rsqrt: elementary.rsqrtP, cbrt: elementary.cbrtP,
  logistic: elementary.logisticP, sin: elementary.sinP, cos: elementary.cosP, tan: elementary.tanP, asin: elementary.asinP, acos: elementary.acosP,
  atan: elementary.atanP, sinh: elementary.sinhP, cosh: elementary.coshP, tanh: elementary.tanhP, asinh: elementary.asinhP, acosh: elementary.acoshP,
  atanh: elementary.atanhP, erf: elementary.erfP, erfc: elementary.erfcP, erfInv: elementary.erfInvP, lgamma: elementary.lgammaP,
  digamma: elementary.digammaP, polygamma: elementary.polygammaP, atan2: elementary.atan2P,
  eq: logic.eqP, ne: logic.neP, lt: logic.ltP, le: logic.leP, gt: logic.gtP, ge: logic.geP, isFinite: logic.isFiniteP,
  bitAnd: logic.bitAndP, bitOr: logic.bitOrP, bitXor: logic.bitXorP, bitNot: logic.bitNotP, shiftLeft: logic.shiftLeftP,
  shiftRightLogical: logic.shiftRightLogicalP, shiftRightArithmetic: logic.shiftRightArithmeticP, populationCount: logic.populationCountP, clz: logic.clzP,
  sign: logic.signP, floor: logic.floorP, ceil: logic.ceilP, round: logic.roundP, trunc: logic.truncP, nextAfter: logic.nextAfterP,
  stopGradient: logic.stopGradientP, bitcast: logic.bitcastP, threefry2x32: logic.threefryP,
} as const satisfies Record<string, Primitive>

/** Rows that a backend executes by their own name, collectives, and rows that hold programs. */
export const executed = {
  broadcast: broadcastP, reshape: structural.reshapeP, transpose: structural.transposeP, slice: structural.sliceP, pad: structural.padP,
  concatenate: structural.concatenateP, reverse: structural.reverseP, iota: structural.iotaP, windows: windowsP,
  sum: sumP, prod: fold.prodP, max: fold.maxP, min: fold.minP, maxFirst: fold.maxFirstP, minFirst: fold.minFirstP, and: fold.andP, or: fold.orP, argmax: fold.argmaxP, argmin: fold.argminP,
  cumsum: cumulative.cumsumP, cumprod: cumulative.cumprodP, cummax: cumulative.cummaxP, cummin: cumulative.cumminP, cumlogsumexp: cumulative.cumlogsumexpP,
  linearRecurrence: linearRecurrenceP,
  dotGeneral: dotGeneralP, convolution: convolutionP,
  dynamicSlice: dynamicSliceP, dynamicUpdateSlice: dynamicUpdateSliceP, gather: gatherP, scatter: scatterP, sort: sortP,
  psum: collective.psumP, pmax: collective.pmaxP, allGather: collective.allGatherP, ppermute: collective.ppermuteP, axisIndex: collective.axisIndexP,
  call: callP, checkpoint: checkpointP, scan: scanP, while: whileP, cond: condP, custom: customP, pulled: pulledP,
} as const satisfies Record<PrimitiveName, Primitive>

/** Every row. */
export const primitives = { ...elementwise, ...executed } as const
export type RowName = keyof typeof primitives
export const rowNames = Object.keys(primitives) as readonly RowName[]
