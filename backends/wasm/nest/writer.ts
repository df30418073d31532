/** What the writers of letters are given: the code, its locals and constants, and a way to ask for operands. */
import type { DType } from '../../../src/core/dtype.js'
import type { Expr } from '../../../src/kernel/expr.js'
import type { Code } from '../encode.js'
import type { Context } from '../target.js'
import type { Width } from './lanes.js'

export interface Writer {
  readonly code: Code
  readonly context: Context
  /** Pushes a number. */
  readonly push: (e: Expr) => void
  /** Pushes a bool as a mask. */
  readonly mask: (e: Expr, width: Width) => void
  /** A local that holds a number, or a mask. */
  readonly hold: (e: Expr, width?: Width) => number
  /** A fresh vector. */
  readonly temp: () => number
  /** A local that holds a constant vector. */
  readonly constant: (dtype: DType, ...values: readonly number[]) => number
  /** The constant as it is, where an expression is one. */
  readonly literal: (e: Expr) => number | null
  /** All lanes hold the same number. */
  readonly uniform: (e: Expr) => boolean
  /** How many lanes need be computed. */
  readonly live: (e: Expr) => number
}
