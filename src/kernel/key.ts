/** Equal kernels have one key: their expressions are numbered as they are met, so names of buffers elsewhere play no part. */
import { argsOf, type Expr } from './expr.js'
import type { Kernel } from './kernel.js'
import type { View } from './view.js'

const number = (x: number): string => (Object.is(x, -0) ? '-0' : String(x))
const viewKey = (v: View): string => `${v.buffer}+${v.offset}[${v.strides.join()}]${v.starts.map(s => `${s.buffer}*${s.stride}<${s.max}`).join()}`

export const keyOf = (k: Kernel): string => {
  if (k.tag === 'contract' && k.then !== null) return `${keyOf({ ...k, then: null })} then ${keyOf(k.then)}`
  if (k.tag !== 'nest') return JSON.stringify(k, (_name, x: unknown) => (typeof x === 'number' ? number(x) : x))
  const numbers = new Map<number, number>()
  const lines: string[] = []
  const visit = (e: Expr): number => {
    const known = numbers.get(e.id)
    if (known !== undefined) return known
    const args = argsOf(e).map(visit).join()
    const text = e.tag === 'load' ? `l${viewKey(e.view)}` : e.tag === 'index' ? `i${e.offset}[${e.strides.join()}]` : e.tag === 'const' ? `c${number(e.value)}`
      : e.tag === 'folded' ? `f${e.fold}` : e.tag === 'apply' ? `${e.letter}(${args})` : `${e.tag}(${args})`
    lines.push(`${e.dtype} ${text}`)
    numbers.set(e.id, numbers.size)
    return numbers.size - 1
  }
  const folds = k.folds.map(f => `${f.monoid} ${f.dtype} ${visit(f.value)}`)
  const stores = k.stores.map(s => `${s.at} ${viewKey(s.view)} ${visit(s.value)}`)
  return [k.buffers.join(), k.extents.join(), k.reduced, ...lines, ...folds, ...stores].join(';')
}
