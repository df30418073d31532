/** Threads share a kernel out: every unit is done once, by whoever comes; a thread that fails is a fault and no hang, and nobody keeps the process alive. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { collectNow } from '../../src/runtime/collect.js'
import { Heap } from '../../backends/wasm/heap.js'
import { argumentsAt, line, lineOf } from '../../backends/wasm/layout.js'
import { threadCount } from '../../backends/wasm/platform.js'
import { Pool, type PoolOptions } from '../../backends/wasm/pool.js'
import { attempt, explain } from '../../src/core/fault.js'
import { adding, asking, type Dispatch, filling, lingering, marking, moduleOf, trapping } from './sharing.js'

interface Place { readonly heap: Heap; readonly pool: Pool; readonly program: (id: number, by?: number) => Dispatch }

const opened: Pool[] = []
afterEach(() => { for (const pool of opened.splice(0)) pool.close() })

const place = (threads: number, options: PoolOptions = {}, shared = true): Place => {
  const heap = new Heap({ threads, maximum: 64 * 2 ** 20, shared })
  const main = heap.scratchFor(1024)
  const pool = new Pool(heap, options)
  opened.push(pool)
  return {
    heap, pool,
    program: (id, by = 1) => {
      const module = moduleOf(heap, id, by)
      pool.addProgram(id, { module, apart: null })
      const scratch = new WebAssembly.Global({ value: 'i32', mutable: true }, main)
      const env = { memory: heap.memory, scratch, trouble: pool.trouble, math: () => 0 }
      return new WebAssembly.Instance(module, { env }).exports['dispatch'] as Dispatch
    },
  }
}
const ready = async ({ pool }: Place, n: number): Promise<void> => {
  pool.start()
  for (let i = 0; pool.ready !== n && i < 2000; i++) await new Promise(resolve => setTimeout(resolve, 5))
  expect(pool.ready).toBe(n)
}
/** Counters of `n` units, all 0, whose address is the kernel's argument. */
const counters = ({ heap }: Place, n: number): Int32Array => {
  const at = heap.allocate(4 * n)
  const view = new Int32Array(heap.buffer, at, n).fill(0)
  new Int32Array(heap.buffer)[argumentsAt / 4] = at
  return view
}
const claims = ({ heap }: Place, thread: number): number => Atomics.load(new Int32Array(heap.buffer), (lineOf(thread) + line.beats) / 4)

/** Runs a job until the thread has taken part in it, or has failed. */
const untilShared = (p: Place, run: () => void): void => {
  const before = claims(p, 1)
  for (let i = 0; claims(p, 1) === before && i < 500; i++) run()
  expect(claims(p, 1)).toBeGreaterThan(before)
}

describe('a kernel that is shared out', () => {
  it('does every unit once, whatever the grain, with any number of threads', async () => {
    for (const threads of [1, 2, 4]) {
      const p = place(threads)
      const dispatch = p.program(7)
      await ready(p, threads)
      fc.assert(fc.property(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 1, max: 400 }), fc.constantFrom(adding, lingering), (units, grain, kernel) => {
        const n = kernel === lingering ? units % 50 : units
        const seen = counters(p, n + 8)
        dispatch(kernel, argumentsAt, n, grain)
        expect(seen.findIndex((k, i) => k !== (i < n ? 1 : 0))).toBe(-1)
        p.heap.free(seen.byteOffset)
      }), { numRuns: 100 })
    }
  })

  it('is done by several threads, each with scratch memory of its own', async () => {
    const p = place(3)
    const dispatch = p.program(1)
    await ready(p, 3)
    const seen = counters(p, 200)
    let runs = 0
    untilShared(p, () => { dispatch(lingering, argumentsAt, 200, 1); runs++ })
    expect(new Set(seen)).toEqual(new Set([runs]))
    p.heap.scratchFor(100_000)
    const words = new Int32Array(p.heap.buffer)
    const scratch = [0, 1, 2].map(t => words[(lineOf(t) + line.scratch) / 4]!)
    for (const at of scratch) words[at / 4] = 0
    untilShared(p, () => dispatch(marking, argumentsAt, 200, 1))
    expect(words[scratch[1]! / 4]).toBe(1)
  })

  it('never mixes jobs: ten thousand of them, of several programs, one after the other', async () => {
    const p = place(3)
    const programs = [p.program(1, 1), p.program(2, 100)]
    await ready(p, 3)
    programs.push(p.program(3, 10_000))
    const [a, b, c] = [counters(p, 37), counters(p, 37), counters(p, 37)].map(x => x.byteOffset) as [number, number, number]
    const words = new Int32Array(p.heap.buffer)
    for (let i = 0; i < 10_000; i++) {
      words[argumentsAt / 4] = [a, b, c][i % 3]!
      programs[i % 3]!(adding, argumentsAt, 37, 1 + i % 5)
    }
    const sums = [a, b, c].map(at => new Set(words.subarray(at / 4, at / 4 + 37)))
    expect(sums).toEqual([new Set([3334]), new Set([333_300]), new Set([33_330_000])])
  })

  it('is forgotten when the owner of its program is gone', async () => {
    const p = place(2)
    await ready(p, 2)
    const kept = p.program(1)
    const { programs } = p.pool as unknown as { readonly programs: ReadonlyMap<number, unknown> }
    const own = (): void => { p.pool.addProgram(2, { module: moduleOf(p.heap, 2, 5), apart: null }, {}) }
    own()
    expect([...programs.keys()]).toEqual([1, 2])
    for (let i = 0; programs.size > 1 && i < 100; i++) {
      collectNow()
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    expect([...programs.keys()]).toEqual([1])
    const seen = counters(p, 100)
    kept(adding, argumentsAt, 100, 10)
    expect(new Set(seen)).toEqual(new Set([1]))
  })

  it('reaches memory that came after the threads and their instances', async () => {
    const p = place(3)
    const dispatch = p.program(1)
    await ready(p, 3)
    const words = (): Int32Array => new Int32Array(p.heap.buffer)
    counters(p, 400)
    untilShared(p, () => dispatch(lingering, argumentsAt, 400, 1))
    for (let round = 0; round < 5; round++) {
      const at = p.heap.allocate(10 * 2 ** 20)
      words()[argumentsAt / 4] = at + 9 * 2 ** 20
      const seen = words().subarray((at + 9 * 2 ** 20) / 4).fill(0)
      untilShared(p, () => dispatch(lingering, argumentsAt, 400, 1))
      words()[argumentsAt / 4] = at
      words().fill(0, at / 4, at / 4 + 1000)
      untilShared(p, () => dispatch(filling, argumentsAt, 50, 1))
      expect(new Uint8Array(p.heap.buffer, at + 200, 800).every(b => b === 7)).toBe(true)
      expect(seen[399]).toBeGreaterThan(0)
    }
  })

  it('runs where programs come and go', async () => {
    for (const reads of [true, false]) {
      const p = place(2, { reads })
      await ready(p, 2)
      for (let round = 1; round <= 5; round++) {
        const dispatch = p.program(9 + round, round)
        await new Promise(resolve => setTimeout(resolve, 20))
        const seen = counters(p, 100)
        let runs = 0
        untilShared(p, () => { dispatch(lingering, argumentsAt, 100, 1); runs++ })
        expect(new Set(seen)).toEqual(new Set([runs * round]))
        p.pool.dropProgram(9 + round)
      }
    }
  })
})

describe('without other threads', () => {
  it.each([[1, true], [4, false]])('a kernel runs on the main thread alone: %i threads, shared memory: %s', (threads, shared) => {
    const p = place(threads, {}, shared)
    p.pool.start()
    expect(p.pool.ready).toBe(1)
    const seen = counters(p, 1000)
    p.program(1)(adding, argumentsAt, 1000, 7)
    expect(new Set(seen)).toEqual(new Set([1]))
  })

  it('a kernel runs before they are there, and after they are gone', async () => {
    const p = place(2)
    const dispatch = p.program(1)
    const seen = counters(p, 100)
    p.pool.start()
    dispatch(adding, argumentsAt, 100, 3)
    await ready(p, 2)
    dispatch(adding, argumentsAt, 100, 3)
    p.pool.close()
    expect(p.pool.ready).toBe(1)
    dispatch(adding, argumentsAt, 100, 3)
    expect(new Set(seen)).toEqual(new Set([3]))
  })

  it('their number is what is asked for, what the environment says, or what the machine has', () => {
    expect([threadCount(3), threadCount(0), new Heap({ threads: 1000 }).threads]).toEqual([3, 1, 32])
    process.env['COTANGENT_THREADS'] = '5'
    expect(threadCount()).toBe(5)
    delete process.env['COTANGENT_THREADS']
    expect(threadCount()).toBeGreaterThanOrEqual(1)
    expect(threadCount()).toBeLessThanOrEqual(8)
  })
})

describe('a thread that fails', () => {
  const goesOn = (p: Place, dispatch: Dispatch, threads: number): void => {
    expect(p.pool.ready).toBe(threads)
    const seen = counters(p, 300)
    for (let i = 0; i < 20; i++) dispatch(lingering, argumentsAt, 300, 5)
    expect(new Set(seen)).toEqual(new Set([20]))
  }

  it('by a trap is a fault with the cause, and is back for the next kernel', async () => {
    const p = place(2)
    const dispatch = p.program(1)
    await ready(p, 2)
    counters(p, 200)
    const r = attempt(() => untilShared(p, () => dispatch(trapping, argumentsAt, 200, 1)))
    expect(r).toMatchObject({ left: { _tag: 'ThreadFailed', threads: 2 } })
    if (r._tag === 'Left') expect(explain(r.left)).toContain('unreachable')
    goesOn(p, dispatch, 2)
  })

  it('by calling what only the main thread has is a fault too', async () => {
    const p = place(2)
    const dispatch = p.program(1)
    await ready(p, 2)
    counters(p, 200)
    expect(attempt(() => untilShared(p, () => dispatch(asking, argumentsAt, 200, 1)))).toMatchObject({ left: { cause: expect.stringContaining('env.math') } })
    goesOn(p, dispatch, 2)
  })

  it('by ending in the middle of a kernel is a fault, and the others go on', async () => {
    const p = place(3, { environment: '{ math: () => process.exit(5) }' })
    const dispatch = p.program(1)
    await ready(p, 3)
    counters(p, 200)
    const r = attempt(() => { for (let i = 0; i < 500; i++) dispatch(asking, argumentsAt, 200, 1) })
    expect(r).toMatchObject({ left: { _tag: 'ThreadFailed', cause: expect.stringContaining('ended with code 5') } })
    await new Promise(resolve => setTimeout(resolve, 100))
    goesOn(p, dispatch, p.pool.ready)
    expect(p.pool.ready).toBeLessThan(3)
  })

  it('by ending without a word is a fault', async () => {
    // without its last words: as one that was killed
    const p = place(2, { environment: `{ math: () => { process.removeAllListeners('exit'); process.exit(5) } }` })
    const dispatch = p.program(1)
    await ready(p, 2)
    counters(p, 200)
    const begin = performance.now()
    const r = attempt(() => { for (let i = 0; i < 500; i++) dispatch(asking, argumentsAt, 200, 1) })
    expect(r).toMatchObject({ left: { _tag: 'ThreadFailed', cause: 'it ended in the middle of a kernel', threads: 1 } })
    expect(performance.now() - begin).toBeLessThan(9000)
    goesOn(p, dispatch, 1)
  })

  it('by never coming back is a fault', async () => {
    const p = place(2, { environment: '{ math: () => { for (;;) ; } }', stall: 300 })
    const dispatch = p.program(1)
    await ready(p, 2)
    counters(p, 200)
    const r = attempt(() => { for (let i = 0; i < 500; i++) dispatch(asking, argumentsAt, 200, 1) })
    expect(r).toMatchObject({ left: { _tag: 'ThreadFailed', cause: 'it has not finished a range of a kernel for 300 ms', threads: 1 } })
    goesOn(p, dispatch, 1)
  })

  it('while it has nothing to do is not missed', async () => {
    const p = place(3)
    const dispatch = p.program(1)
    await ready(p, 3)
    const { threads } = p.pool as unknown as { readonly threads: ReadonlyMap<number, { readonly end: () => unknown }> }
    await threads.get(1)!.end()
    await ready(p, 2)
    goesOn(p, dispatch, 2)
  })

  it('on the main thread leaves the others in a job, which the next one waits for', async () => {
    const p = place(3)
    const dispatch = p.program(1)
    await ready(p, 3)
    const seen = counters(p, 300)
    const lost = p.program(2)
    const words = new Int32Array(p.heap.buffer)
    const before = words[argumentsAt / 4]!
    for (let i = 0; i < 30; i++) {
      // no such place in the table: the call traps on the main thread, and elsewhere
      expect(() => lost(99, argumentsAt, 50, 1)).toThrow()
      p.pool.settle()
      words[argumentsAt / 4] = before
      dispatch(lingering, argumentsAt, 300, 5)
      expect(seen.every(k => k === i + 1)).toBe(true)
    }
  })
})

describe('a process', () => {
  it('ends by itself, threads or not', () => {
    const [heap, pool] = ['heap', 'pool'].map(f => JSON.stringify(fileURLToPath(new URL(`../../backends/wasm/${f}.ts`, import.meta.url))))
    const code = `
      import { Heap } from ${heap}
      import { Pool } from ${pool}
      const pool = new Pool(new Heap({ threads: 3 }))
      pool.start()
      for (let i = 0; pool.ready < 3 && i < 1000; i++) await new Promise(r => setTimeout(r, 5))
      console.log('ready', pool.ready)`
    const ended = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], { encoding: 'utf8', timeout: 60_000, cwd: fileURLToPath(new URL('../..', import.meta.url)) })
    expect([ended.stdout.trim(), ended.stderr, ended.status, ended.signal]).toEqual(['ready 3', '', 0, null])
  })
})
