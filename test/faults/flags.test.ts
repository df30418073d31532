/** A JavaScript boolean is refused where tracing would make an array of it, which every `if` takes for true. */
import { describe, expect, it } from 'vitest'
import { checkpoint, jit, np, toNested, type Value, vmap } from '../../src/index.js'
import { refuses } from './refuses.js'

describe('a JavaScript boolean where tracing would make an array of it', () => {
  const pick = (v: Value, flag: boolean): Value => (flag ? v : np.negative(v))
  refuses('jit', 'BadArgument', () => jit(pick)(np.array(1), false), 'args[1] should be an array')
  refuses('checkpoint', 'BadArgument', () => checkpoint(pick)(np.array(1), true), 'close over the flag')
  refuses('vmap', 'BadArgument', () => vmap(pick, { inAxes: [0, null] })(np.array([1]), true), 'the JavaScript boolean true')
  it('a static flag is a flag', () => expect(toNested(jit(pick, { staticArgnums: 1 })(np.array(1), false))).toBe(-1))
})
