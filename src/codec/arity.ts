/** How many operands a row takes: rules are written for that many and do not count them, so text from outside is counted here. */

type Count = number | readonly number[] | 'any'
const each = (names: string, count: Count): Readonly<Record<string, Count>> => Object.fromEntries(names.trim().split(/\s+/).map(name => [name, count]))

/** 'any' where the shape rule itself counts: as many as a list, a shape or a program asks for. */
const arities: Readonly<Record<string, Count>> = {
  ...each('iota axisIndex', 0),
  ...each(`abs neg sign floor ceil round trunc integerPow exp expm1 log log1p sqrt rsqrt cbrt logistic sin cos tan asin acos atan sinh cosh tanh
    asinh acosh atanh erf erfc erfInv lgamma digamma polygamma isFinite bitNot populationCount clz convert bitcast stopGradient`, 1),
  ...each('sum prod max min maxFirst minFirst and or argmax argmin cumsum cumprod cummax cummin cumlogsumexp', 1),
  ...each('broadcast reshape transpose slice reverse windows psum pmax allGather ppermute', 1),
  ...each(`add sub mul div rem pow maximum minimum atan2 nextAfter eq ne lt le gt ge bitAnd bitOr bitXor
    shiftLeft shiftRightLogical shiftRightArithmetic dotGeneral convolution pad linearRecurrence`, 2),
  ...each('select clamp scatter', 3),
  ...each('threefry2x32', 4),
  // with a filler for windows outside, or without
  ...each('gather', [2, 3]),
  ...each('concatenate sort dynamicSlice dynamicUpdateSlice call checkpoint scan while cond custom pulled', 'any'),
}

/** A row that is not listed counts its own operands. */
export const arityOf = (name: string): Count | null => (Object.hasOwn(arities, name) ? arities[name]! : null)
export const takes = (name: string, operands: number): boolean => {
  const count = arityOf(name) ?? 'any'
  return count === 'any' || (typeof count === 'number' ? count === operands : count.includes(operands))
}
