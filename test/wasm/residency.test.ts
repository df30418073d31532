/** Arrays in the memory of the kernels live as long as somebody can reach them, whatever ends the loop that made them, and no user sees the memory itself. */
import { describe, expect, it } from 'vitest'
import { reference } from '../../backends/reference/index.js'
import { Heap } from '../../backends/wasm/heap.js'
import { Residency } from '../../backends/wasm/residency.js'
import { residing } from '../../backends/wasm/residing.js'
import { type Aval, aval } from '../../src/core/aval.js'
import { attempt } from '../../src/core/fault.js'
import { NDArray, type Value } from '../../src/core/value.js'
import { grad, item, jit, memory, np, read, readSync, scope, toNested, vjp } from '../../src/index.js'
import { onBackend } from '../../src/runtime/default.js'

const kibi = 1024, mebi = 2 ** 20
const vector = (bytes: number): Aval => aval('f32', [bytes / 4])
interface Place { readonly heap: Heap; readonly residency: Residency }
const place = (options: { readonly budget?: number; readonly maximum?: number; readonly shared?: boolean; readonly collects?: boolean } = {}): Place => {
  const { collects = true, ...rest } = options
  const heap = new Heap({ maximum: 256 * mebi, ...rest })
  return { heap, residency: new Residency(heap, { collects }) }
}
/** An array in the memory, every element `value`. */
const filled = ({ heap, residency }: Place, bytes: number, value: number): NDArray => {
  const at = heap.allocate(bytes)
  new Float32Array(heap.buffer, at, bytes / 4).fill(value)
  return residency.adopt(at, vector(bytes))
}
const on = <A>(p: Place, thunk: () => A): A => onBackend(residing(reference, p.residency), thunk)
const asArray = (x: Value): NDArray => x as NDArray

describe('an adopted array', () => {
  it('shows its memory, owns it, and moves when the memory does', () => {
    for (const shared of [true, false]) {
      const p = place({ shared })
      const x = filled(p, 100 * kibi, 7)
      expect(p.residency.addressOf(x)).toBe(x.data.byteOffset)
      expect(x.data.buffer).toBe(p.heap.buffer)
      const others = Array.from({ length: 40 }, (_, i) => filled(p, mebi, i))
      expect(p.heap.size).toBeGreaterThan(40 * mebi)
      expect(x.data.every(n => n === 7)).toBe(true)
      others.forEach((y, i) => expect(y.data[mebi / 4 - 1]).toBe(i))
      expect(p.residency.report()).toMatchObject({ live: 40 * mebi + 100 * kibi, arrays: 41 })
    }
  })

  it('of the JavaScript heap has no address until it is brought in', () => {
    const p = place()
    const x = new NDArray(vector(100 * kibi), new Float32Array(25 * kibi).fill(3))
    expect(p.residency.addressOf(x)).toBeNull()
    const at = p.residency.bring(x)
    expect([p.residency.addressOf(x), p.residency.bring(x), x.data[25 * kibi - 1]]).toEqual([at, at, 3])
    expect(p.residency.report().live).toBe(100 * kibi)
  })

  it('is a copy on the JavaScript heap if it is small', () => {
    const p = place()
    const at = p.heap.allocate(mebi)
    new Float32Array(p.heap.buffer, at, mebi / 4).fill(5)
    const [small, large] = [p.residency.copy(at, aval('f32', [3])), p.residency.copy(at, vector(64 * kibi))]
    new Float32Array(p.heap.buffer, at, mebi / 4).fill(6)
    expect([p.residency.addressOf(small), toNested(small)]).toEqual([null, [5, 5, 5]])
    expect([p.residency.addressOf(large) === null, large.data[0]]).toEqual([false, 5])
  })
})

describe('no user sees the memory itself', () => {
  it('reading copies', async () => {
    const p = place()
    const x = filled(p, 64 * kibi, 1)
    const copies = [readSync(x), await read(x), new Float32Array(toNested(x) as number[]), new Float32Array(JSON.parse(JSON.stringify(x)) as number[])]
    new Float32Array(p.heap.buffer, p.residency.addressOf(x)!, 10).fill(9)
    for (const copy of copies) {
      expect(copy.buffer).not.toBe(p.heap.buffer)
      expect(copy.buffer).toBeInstanceOf(ArrayBuffer)
      expect(copy[0]).toBe(1)
    }
  })

  it('arrays that show the data of others share the allocation, or copy what is small', () => {
    const p = place()
    on(p, () => {
      const flat = np.multiply(np.ones([256, 256]), 2)
      const before = p.residency.report().live
      const square = asArray(np.reshape(flat, [128, 512]))
      expect(p.residency.addressOf(square)).toBe(p.residency.addressOf(asArray(flat)))
      expect(p.residency.report().live).toBe(before)
      const parts = new NDArray(aval('f32', [10]), square.data.subarray(5, 15))
      const [copied] = p.residency.share([parts], [square])
      expect(copied!.data.buffer).not.toBe(p.heap.buffer)
      p.residency.release(asArray(flat), { by: 'a test', at: null })
      expect(p.residency.report().live).toBe(before)
      expect(item(np.sum(square))).toBe(2 * 65536)
      p.residency.release(square, { by: 'a test', at: null })
      expect(p.residency.report().live).toBe(before - 256 * kibi)
    })
  })
})

describe('live bytes stay where they are', () => {
  const bytes = 64 * kibi
  const step = (x: Value): Value => np.add(np.sin(x), 1)
  const start = (): Value => np.full([bytes / 4], 0.5)
  /** The size of the memory after a tenth of the steps, and after all of them. */
  const flat = (p: Place, sizes: readonly number[], live: number): void => {
    expect(sizes[1]).toBe(sizes[0])
    p.residency.collect()
    expect(p.residency.report().live).toBe(live)
    expect(p.heap.peak).toBeLessThanOrEqual(32 * mebi)
  }
  const cheap = (p: Place, i: number): void => { filled(p, bytes, i) }

  it('over 10,000 steps of one synchronous loop', () => {
    const p = place({ budget: 32 * mebi })
    const sizes: number[] = []
    for (let i = 1; i <= 10_000; i++) { cheap(p, i); if (i === 1000 || i === 10_000) sizes.push(p.heap.size) }
    flat(p, sizes, 0)
    expect(p.residency.report()).toMatchObject({ spills: 0 })
    expect(p.residency.report().collections).toBeGreaterThan(10)
  })

  it('where the collector cannot be run: the oldest move out, what is alive keeps its numbers', () => {
    const p = place({ budget: 32 * mebi, collects: false })
    const kept = filled(p, bytes, 42)
    const sizes: number[] = []
    for (let i = 1; i <= 10_000; i++) { cheap(p, i); if (i === 1000 || i === 10_000) sizes.push(p.heap.size) }
    expect(sizes[1]).toBe(sizes[0])
    expect(p.heap.peak).toBeLessThanOrEqual(32 * mebi)
    expect(p.residency.report().spills).toBeGreaterThan(9000)
    expect([p.residency.addressOf(kept), kept.data.every(n => n === 42)]).toEqual([null, true])
    p.residency.bring(kept)
    expect([kept.data.buffer === p.heap.buffer, kept.data[99]]).toEqual([true, 42])
  })

  it('over loops of eager steps, in which every step needs the one before', () => {
    const p = place({ budget: 32 * mebi })
    on(p, () => {
      let x = start()
      const sizes: number[] = []
      for (let i = 1; i <= 1000; i++) { x = step(x); if (i === 500 || i === 1000) sizes.push(p.heap.size) }
      flat(p, sizes, bytes)
      expect(item(np.max(x))).toBeLessThan(2)
    })
  })

  it('over loops that throw', () => {
    const p = place({ budget: 32 * mebi })
    on(p, () => {
      const x = start()
      const sizes: number[] = []
      for (let i = 1; i <= 1000; i++) {
        attempt(() => np.add(step(x), np.ones([bytes / 4 - 1])))
        if (i === 500 || i === 1000) sizes.push(p.heap.size)
      }
      flat(p, sizes, bytes)
    })
  })

  it('over loops of gradients and of jitted steps', () => {
    const p = place({ budget: 32 * mebi })
    on(p, () => {
      const x = start()
      const slope = grad((v: Value) => np.sum(step(v)))
      const jitted = jit((v: Value) => step(slope(v)))
      const sizes: number[] = []
      for (let i = 1; i <= 300; i++) { slope(x); jitted(x); if (i === 150 || i === 300) sizes.push(p.heap.size) }
      flat(p, sizes, bytes)
    })
  })

  it('over asynchronous loops', async () => {
    for (const collects of [true, false]) {
      const p = place({ budget: 32 * mebi, collects })
      const sizes: number[] = []
      for (let i = 1; i <= 10_000; i++) {
        cheap(p, i)
        if (i % 10 === 0) await new Promise(resolve => setImmediate(resolve))
        if (i === 1000 || i === 10_000) sizes.push(p.heap.size)
      }
      expect(sizes[1]).toBe(sizes[0])
      expect(p.heap.peak).toBeLessThanOrEqual(32 * mebi)
    }
  })
})

describe('out of memory', () => {
  it('is a fault with the largest arrays that are alive and where they were made, and what there was is still there', () => {
    const p = place({ budget: 8 * mebi })
    const kept = [filled(p, 3 * mebi, 1), filled(p, mebi, 2)]
    for (let i = 0; i < 20; i++) filled(p, mebi, i)
    const refused = attempt(() => filled(p, 5 * mebi, 0))
    expect(refused).toMatchObject({
      left: { _tag: 'OutOfMemory', asked: 5 * mebi, largest: [{ bytes: 3 * mebi, aval: { shape: [3 * mebi / 4] } }, { bytes: mebi }] },
    })
    if (refused._tag === 'Left' && refused.left._tag === 'OutOfMemory') expect(refused.left.largest[0]!.made!.file).toContain('residency.test')
    expect(kept.map(x => x.data[9])).toEqual([1, 2])
    filled(p, 3 * mebi, 0)
  })

  it('of the memory alone moves arrays out, and counts them', () => {
    const p = place({ maximum: 8 * mebi, budget: 16 * mebi })
    const kept = Array.from({ length: 14 }, (_, i) => filled(p, mebi, i))
    expect(kept.map(x => x.data[100])).toEqual(kept.map((_, i) => i))
    expect(p.residency.report().spills).toBeGreaterThan(5)
    expect(attempt(() => [filled(p, mebi, 0), filled(p, mebi, 0)])._tag).toBe('Left')
    kept.splice(0, 10)
    filled(p, 4 * mebi, 0)
    expect(kept.map(x => x.data[100])).toEqual([10, 11, 12, 13])
  })

  it('never moves what is held', () => {
    const p = place({ budget: 4 * mebi, collects: false })
    const x = filled(p, mebi, 1)
    const at = p.residency.addressOf(x)
    p.residency.hold([x])
    for (let i = 0; i < 20; i++) filled(p, mebi, i)
    expect(p.residency.addressOf(x)).toBe(at)
    p.residency.hold([])
    for (let i = 0; i < 20; i++) filled(p, mebi, i)
    expect(p.residency.addressOf(x)).toBeNull()
  })
})

describe('scope', () => {
  it('frees what was made inside and is not returned, through trees', () => {
    const p = place()
    on(p, () => {
      const outer = np.ones([200, 200])
      const base = memory({ collect: true }).live
      const lost: Value[] = []
      const { a, b: [b], n, s } = scope(() => {
        lost.push(np.add(outer, 1))
        return { a: np.add(lost[0]!, 1), b: [np.reshape(np.add(outer, 2), [100, 400])], n: 3, s: 'text' }
      })
      expect(memory().live).toBe(base + 2 * 160_000)
      expect([item(np.max(a)), item(np.max(b!)), n, s, item(np.max(outer))]).toEqual([3, 3, 3, 'text', 1])
      const late = attempt(() => np.add(lost[0]!, 1))
      expect(late).toMatchObject({ left: { _tag: 'SpentArray', by: 'scope', got: { shape: [200, 200] } } })
      if (late._tag === 'Left' && late.left._tag === 'SpentArray') expect([late.left.at!.file, late.left.made!.file].every(f => f.includes('residency.test'))).toBe(true)
    })
  })

  it('frees when its function throws, and nests', () => {
    const p = place()
    on(p, () => {
      const base = memory({ collect: true }).live
      expect(attempt(() => scope(() => np.add(np.ones([300, 300]), np.ones([299, 300]))))._tag).toBe('Left')
      expect(memory().live).toBe(base)
      const total = scope(() => {
        const inner = scope(() => np.add(np.ones([300, 300]), 1))
        expect(memory().live).toBe(base + 360_000)
        return np.sum(inner)
      })
      expect([item(total), memory().live]).toEqual([180_000, base])
    })
  })

  it('frees nothing inside a transform, where derivatives may need it', () => {
    const p = place()
    on(p, () => {
      const x = np.ones([200, 200])
      const [value, back] = vjp((v: Value) => scope(() => np.sum(np.square(np.sin(v)))), x)
      expect(item(value)).toBeCloseTo(40_000 * Math.sin(1) ** 2, 0)
      expect(item(np.max(back(np.array(1))[0]))).toBeCloseTo(Math.sin(2), 5)
    })
  })

  it('refuses promises and functions', () => {
    const p = place()
    on(p, () => {
      expect(attempt(() => scope(async () => np.ones([2])))).toMatchObject({ left: { _tag: 'AsyncTrace' } })
      expect(attempt(() => scope(() => ({ f: () => np.ones([2]) })))).toMatchObject({ left: { _tag: 'BadLeaf' } })
      expect(attempt(() => scope(3 as never))).toMatchObject({ left: { _tag: 'BadArgument' } })
    })
  })
})

describe('release', () => {
  it('gives the memory back at once, and tells who spent the array', () => {
    const p = place()
    for (const x of [filled(p, mebi, 1), new NDArray(aval('f32', [2]), new Float32Array(2))]) {
      p.residency.release(x, { by: 'jit(step)', at: null })
      expect(attempt(() => readSync(x))).toMatchObject({ left: { _tag: 'SpentArray', by: 'jit(step)' } })
      expect(p.residency.addressOf(x)).toBeNull()
    }
    expect(p.heap.used).toBe(0)
  })
})

describe('memory()', () => {
  it('tells what there is, and sets the budget', () => {
    const p = place()
    on(p, () => {
      const x = np.ones([512, 512])
      expect(memory({ collect: true })).toMatchObject({ live: mebi, arrays: 1, largest: [{ bytes: mebi }] })
      expect(memory({ budget: 3 * mebi }).budget).toBe(3 * mebi)
      expect(attempt(() => [np.sin(x), np.sin(x), np.sin(x)])).toMatchObject({ left: { _tag: 'OutOfMemory' } })
      expect(attempt(() => memory({ budget: -1 }))).toMatchObject({ left: { _tag: 'BadArgument' } })
      expect(attempt(() => memory({ bugdet: 1 } as never))).toMatchObject({ left: { _tag: 'BadArgument' } })
    })
    onBackend(reference, () => expect(memory({ budget: mebi, collect: true })).toMatchObject({ live: 0, arrays: 0 }))
  })
})

