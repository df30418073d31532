/** Free blocks of an address range wait in size classes; neighbours that are free are one block. */

/** A stretch of the range, between its neighbours in memory and, while it is free, in the list of its class. */
interface Block { address: number; size: number; free: boolean; before: Block | null; after: Block | null; next: Block | null; previous: Block | null }

/** All sizes and addresses are multiples of this. */
export const grain = 64

/**
 * The class of n grains. Below 64 grains every size has its own; from there on each power of two has 32, so sizes of one class
 * differ by less than 1/32. (Masmano, Ripoll, Crespo, Real: TLSF, 2004.)
 */
const classOf = (n: number): number => {
  if (n < 32) return n
  const power = 31 - Math.clz32(n)
  return (power - 4) * 32 + ((n >>> (power - 5)) & 31)
}
const classes = 24 * 32
/** How many blocks of the very class are looked at: most are of the size that is asked again and again. */
const glances = 8

/** Hands out blocks of [from, end()); the range may grow at its end. Finding and freeing take constant time. */
export class Blocks {
  private readonly heads = new Array<Block | null>(classes).fill(null)
  private readonly rows = new Int32Array(classes / 32)
  private occupied = 0
  private readonly known = new Map<number, Block>()
  private last: Block | null = null
  /** Everything from here on was never handed out, or is free again. */
  private top: number
  /** Bytes that are handed out. */
  used = 0
  constructor(from: number) { this.top = from }

  /** How far the range is in use. */
  get reach(): number { return this.top }

  /** The address of `size` bytes (a multiple of the grain) below `end`, or -1. Free blocks are used up before fresh memory, which costs page faults. */
  take(size: number, end: number): number {
    const block = this.find(size / grain)
    if (block) {
      this.unlink(block)
      if (block.size > size) this.split(block, size)
      return this.grant(block)
    }
    if (this.top + size > end) return -1
    const fresh: Block = { address: this.top, size, free: false, before: this.last, after: null, next: null, previous: null }
    if (this.last) this.last.after = fresh
    this.last = fresh
    this.top += size
    return this.grant(fresh)
  }

  /** Gives a block back; false where none is handed out at that address. */
  give(address: number): boolean {
    let block = this.known.get(address)
    if (!block) return false
    this.known.delete(address)
    this.used -= block.size
    const { before, after } = block
    if (before?.free) { this.unlink(before); block = this.join(before, block) }
    if (after?.free) { this.unlink(after); block = this.join(block, after) }
    if (block.after) { this.link(block); return true }
    // the last block goes back to the fresh end
    this.top = block.address
    this.last = block.before
    if (this.last) this.last.after = null
    return true
  }

  private grant(block: Block): number {
    block.free = false
    this.known.set(block.address, block)
    this.used += block.size
    return block.address
  }
  private find(n: number): Block | null {
    const own = classOf(n)
    let block: Block | null = this.heads[own]!
    for (let i = 0; block && i < glances; i++, block = block.next) if (block.size >= n * grain) return block
    // any block of a larger class will do
    const row = own >>> 5
    const here = this.rows[row]! & (own % 32 === 31 ? 0 : -1 << (own % 32 + 1))
    if (here) return this.heads[row * 32 + lowest(here)]!
    const above = this.occupied & (-1 << (row + 1))
    if (!above) return null
    const next = lowest(above)
    return this.heads[next * 32 + lowest(this.rows[next]!)]!
  }
  private split(block: Block, size: number): void {
    const rest: Block = { address: block.address + size, size: block.size - size, free: true, before: block, after: block.after, next: null, previous: null }
    if (block.after) block.after.before = rest
    else this.last = rest
    block.after = rest
    block.size = size
    this.link(rest)
  }
  private join(a: Block, b: Block): Block {
    a.size += b.size
    a.after = b.after
    if (b.after) b.after.before = a
    else this.last = a
    return a
  }
  private link(block: Block): void {
    const k = classOf(block.size / grain)
    block.free = true
    block.previous = null
    block.next = this.heads[k]!
    if (block.next) block.next.previous = block
    this.heads[k] = block
    this.rows[k >>> 5]! |= 1 << (k % 32)
    this.occupied |= 1 << (k >>> 5)
  }
  private unlink(block: Block): void {
    if (block.next) block.next.previous = block.previous
    if (block.previous) { block.previous.next = block.next; return }
    const k = classOf(block.size / grain)
    this.heads[k] = block.next
    if (block.next) return
    const row = k >>> 5
    this.rows[row]! &= ~(1 << (k % 32))
    if (this.rows[row] === 0) this.occupied &= ~(1 << row)
  }
}

/** The place of the lowest bit that is set. */
const lowest = (bits: number): number => 31 - Math.clz32(bits & -bits)
