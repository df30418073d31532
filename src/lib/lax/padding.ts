/** Padding by name becomes pairs of numbers, and lists of numbers for axes are held to be that. */
import { badArgument } from '../../core/fault.js'
import { dilated } from '../../primitives/convolve.js'

/**
 * Zeros (or what a fold starts with) before and after each axis: none; or so many that there is a window for each stride, the odd one
 * after ('SAME') or before ('SAME_LOWER'); or pairs [before, after], where a negative number cuts.
 */
export type Padding = 'VALID' | 'SAME' | 'SAME_LOWER' | readonly (readonly number[])[]

/** `n` whole numbers >= 1; ones where there is nothing. */
export const naturals = (op: string, argument: string, list: readonly number[] | undefined, n: number): readonly number[] => {
  if (list === undefined) return new Array<number>(n).fill(1)
  return Array.isArray(list) && list.length === n && list.every(k => Number.isInteger(k) && k >= 1) ? list
    : badArgument(op, argument, list, `${n} whole number${n === 1 ? '' : 's'} >= 1, one for each axis that windows move along`, `write ${argument}: [${new Array(n).fill(1).join(', ')}]`)
}

/** The pairs that a padding stands for, on axes of these sizes under windows of these sizes. */
export const padsOf = (op: string, padding: Padding, sizes: readonly number[], windows: readonly number[], strides: readonly number[]): readonly (readonly number[])[] => {
  if (Array.isArray(padding)) {
    const pairs = padding as readonly (readonly number[])[]
    return pairs.length === sizes.length && pairs.every(p => Array.isArray(p) && p.length === 2 && p.every(Number.isInteger)) ? pairs
      : badArgument(op, 'padding', padding, `${sizes.length} pairs [before, after] of whole numbers, one for each axis that windows move along`, "'SAME' and 'VALID' need no numbers")
  }
  const name = typeof padding === 'string' ? padding.toUpperCase() : ''
  if (name === 'VALID') return sizes.map(() => [0, 0])
  if (name !== 'SAME' && name !== 'SAME_LOWER') return badArgument(op, 'padding', padding, "'VALID', 'SAME', 'SAME_LOWER' or pairs [before, after]", 'VALID pads nothing, SAME keeps the size where the stride is 1')
  return sizes.map((n, i) => {
    const total = Math.max((Math.ceil(n / strides[i]!) - 1) * strides[i]! + windows[i]! - n, 0)
    const less = Math.floor(total / 2)
    return name === 'SAME' ? [less, total - less] : [total - less, less]
  })
}

/** Sizes of windows whose elements stand `dilation` apart. */
export const spans = (windows: readonly number[], dilation: readonly number[]): readonly number[] => windows.map((k, i) => dilated(k, dilation[i]!))
