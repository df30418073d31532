/** A refusal is a tagged fault that names the line of the case, what was wrong and the way out, and leaves dispatch as it was. */
import { expect, it } from 'vitest'
import { FaultError, type FaultTag } from '../../src/core/fault.js'
import { dispatchState } from '../../src/core/interp.js'
import { userFrame } from '../../src/core/source.js'
import { scalar } from '../../src/primitives/base.js'
import { add } from '../../src/primitives/arithmetic.js'

/** The user's frame that called the caller: this file is a user's too, so it is left out. */
const callerLine = (): { file: string; line: number } => {
  const stack = (new Error().stack ?? '').split('\n').filter(text => !text.includes('faults/refuses.ts'))
  const { file, line } = userFrame(stack.join('\n'))!
  return { file, line }
}

export const faultOf = (thunk: () => unknown): FaultError => {
  try { thunk() } catch (e) {
    if (e instanceof FaultError) return e
    throw e
  }
  throw new Error('nothing was refused')
}

/** `says` are pieces of the message. A case stands on one line, which is the line the fault must name. */
export const refuses = (name: string, tag: FaultTag, thunk: () => unknown, ...says: readonly string[]): void => {
  const here = callerLine()
  it(name, () => {
    const before = dispatchState() as readonly unknown[]
    const e = faultOf(thunk)
    expect(e.fault._tag).toBe(tag)
    expect(e.at).toMatchObject(here)
    expect(e.fault.hint.length).toBeGreaterThan(5)
    for (const piece of [...says, `${here.file}:${here.line}`, e.fault.hint, `docs/errors.md#${tag.toLowerCase()}`]) expect(e.message).toContain(piece)
    const after = dispatchState() as readonly unknown[]
    after.forEach((x, i) => expect(x).toBe(before[i]))
    // and arrays are still computed
    expect(String(add(scalar(1, 'f32'), scalar(2, 'f32')))).toBe('f32[] 3')
  })
}

/** What a user without types could pass. */
export const anything = (x: unknown): never => x as never
