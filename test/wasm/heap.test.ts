/** The heap hands out memory that nobody else has, whatever the order of asking and giving back, and little is lost on the way. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Blocks } from '../../backends/wasm/blocks.js'
import { Heap } from '../../backends/wasm/heap.js'
import { heapAt, line, lineOf } from '../../backends/wasm/layout.js'
import { attempt } from '../../src/core/fault.js'

const mebi = 2 ** 20

/** A step asks for so many bytes, or gives back one of those that are out. */
type Step = { readonly ask: number } | { readonly give: number }
const steps = fc.array(fc.oneof(
  fc.record({ ask: fc.oneof(fc.nat(300), fc.nat(70_000), fc.nat(3_000_000)) }),
  fc.record({ give: fc.nat() }),
), { maxLength: 300 })

describe('blocks', () => {
  it('never overlap, lie inside the range, and are one free range again in the end', () => {
    fc.assert(fc.property(steps, sequence => {
      const blocks = new Blocks(heapAt)
      const live: { readonly at: number; readonly size: number }[] = []
      let bytes = 0
      for (const step of sequence as readonly Step[]) {
        if ('ask' in step) {
          const size = Math.ceil((step.ask + 1) / 64) * 64
          const at = blocks.take(size, heapAt + 100 * mebi)
          if (at < 0) continue
          expect(at % 64).toBe(0)
          expect(at).toBeGreaterThanOrEqual(heapAt)
          expect(at + size).toBeLessThanOrEqual(heapAt + 100 * mebi)
          for (const other of live) expect(at + size <= other.at || other.at + other.size <= at).toBe(true)
          live.push({ at, size })
          bytes += size
        } else if (live.length > 0) {
          const [{ at, size }] = live.splice(step.give % live.length, 1) as [{ at: number; size: number }]
          expect(blocks.give(at)).toBe(true)
          expect(blocks.give(at)).toBe(false)
          bytes -= size
        }
        expect(blocks.used).toBe(bytes)
      }
      for (const { at } of live) blocks.give(at)
      expect([blocks.used, blocks.reach]).toEqual([0, heapAt])
    }))
  })

  it('are used again: what is asked for stays near the most that was ever in use', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.nat()), { minLength: 500, maxLength: 1500 }), sequence => {
      const blocks = new Blocks(heapAt)
      const live: number[] = []
      let peak = 0, reach = 0
      for (const [grains, victim] of sequence) {
        if (live.length >= 40) blocks.give(live.splice(victim % live.length, 1)[0]!)
        live.push(blocks.take(grains * 64, 2 ** 32))
        peak = Math.max(peak, blocks.used)
        reach = Math.max(reach, blocks.reach - heapAt)
      }
      expect(reach).toBeLessThan(2 * peak)
    }), { numRuns: 20 })
  })

  it('of one size take turns without another byte', () => {
    const blocks = new Blocks(heapAt)
    const kept = Array.from({ length: 10 }, () => blocks.take(4 * mebi + 64, 2 ** 32))
    const reach = blocks.reach
    for (let i = 0; i < 1000; i++) {
      blocks.give(kept[i % 10]!)
      kept[i % 10] = blocks.take(4 * mebi + 64, 2 ** 32)
    }
    expect(blocks.reach).toBe(reach)
    expect(new Set(kept).size).toBe(10)
  })

  it('reach to the last bytes of 4 GiB', () => {
    const blocks = new Blocks(heapAt)
    const all = 2 ** 32 - heapAt
    const half = Math.floor(all / 128) * 64
    const [a, b] = [blocks.take(half, 2 ** 32), blocks.take(all - half, 2 ** 32)]
    expect([a, b, blocks.take(64, 2 ** 32)]).toEqual([heapAt, heapAt + half, -1])
    blocks.give(a)
    expect(blocks.take(half, 2 ** 32)).toBe(a)
    blocks.give(a)
    blocks.give(b)
    expect(blocks.take(all, 2 ** 32)).toBe(heapAt)
  })
})

describe.each([true, false])('a heap whose memory is shared: %s', shared => {
  it('grows, keeps what is written, and has room for a vector behind every block', () => {
    const heap = new Heap({ shared, maximum: 64 * mebi })
    expect(heap.memory.buffer).toBeInstanceOf(shared ? SharedArrayBuffer : ArrayBuffer)
    const sizes = [1, 64, 100, 65536, 3 * mebi, 5 * mebi, 0]
    const at = sizes.map(n => heap.allocate(n))
    sizes.forEach((n, k) => new Uint8Array(heap.buffer, at[k], n).fill(k + 1))
    at.forEach((a, k) => {
      expect(a % 64).toBe(0)
      expect(a + sizes[k]! + 16).toBeLessThanOrEqual(heap.buffer.byteLength)
      expect(new Uint8Array(heap.buffer, a, sizes[k]).every(b => b === k + 1)).toBe(true)
      at.forEach((b, j) => { if (j !== k && b > a) expect(b).toBeGreaterThanOrEqual(a + sizes[k]! + 16) })
    })
    at.forEach(a => heap.free(a))
    expect(heap.used).toBe(0)
    expect(heap.peak).toBeGreaterThan(8 * mebi)
  })

  it('refuses what is more than the budget or the memory, and goes on', () => {
    const heap = new Heap({ shared, maximum: 16 * mebi, budget: 8 * mebi })
    const kept = heap.allocate(3 * mebi)
    const refused = attempt(() => heap.allocate(6 * mebi))
    expect(refused).toMatchObject({ left: { _tag: 'OutOfMemory', asked: 6 * mebi, budget: 8 * mebi, largest: [] } })
    heap.budget = 2 ** 40
    const more = heap.allocate(6 * mebi)
    expect(attempt(() => heap.allocate(20 * mebi))).toMatchObject({ left: { _tag: 'OutOfMemory' } })
    heap.free(more)
    heap.free(kept)
    heap.free(heap.allocate(15 * mebi))
    expect(heap.used).toBe(0)
  })

  it('refuses an address that is not handed out', () => {
    const heap = new Heap({ shared, maximum: 4 * mebi })
    const at = heap.allocate(100)
    heap.free(at)
    expect(attempt(() => heap.free(at))).toMatchObject({ left: { _tag: 'BadArgument' } })
  })
})

describe('the arena and scratch memory', () => {
  it('grow when more is asked for, and stay when less is', () => {
    const heap = new Heap({ maximum: 64 * mebi, threads: 3 })
    const first = heap.arena(mebi)
    expect(heap.arena(1000)).toBe(first)
    const scratch = heap.scratchFor(5000)
    const larger = heap.arena(4 * mebi)
    expect(larger % 64).toBe(0)
    expect(heap.arena(4 * mebi)).toBe(larger)
    expect(heap.working).toBeGreaterThanOrEqual(4 * mebi + 15_000)
    const words = new Int32Array(heap.buffer)
    const each = [0, 1, 2].map(t => words[(lineOf(t) + line.scratch) / 4]!)
    expect(each[0]).toBe(scratch)
    expect(each[1]! - each[0]!).toBeGreaterThanOrEqual(5000 + 16)
    expect(each[2]! - each[1]!).toBe(each[1]! - each[0]!)
    heap.scratchFor(200_000)
    expect(heap.used).toBeLessThan(4 * mebi + 3 * 200_000 + 4096)
  })

  it('can be asked for again after a refusal', () => {
    const heap = new Heap({ maximum: 8 * mebi })
    heap.arena(mebi)
    expect(attempt(() => heap.arena(100 * mebi))._tag).toBe('Left')
    expect(heap.working).toBe(0)
    heap.arena(mebi)
    expect(heap.working).toBe(mebi)
  })
})
