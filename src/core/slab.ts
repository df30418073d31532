/** Small arrays lie several to a buffer: an engine takes a microsecond and a collection for each buffer, and a tenth of it for a view of one. */

/** Arrays of up to so many bytes are kept by engines without a buffer, and those of more than so many are worth one of their own. */
const least = 64, most = 2048
/** Arrays of a slab, all of one size: what is kept keeps at most so many times its bytes. */
const count = 8

interface Slab { readonly buffer: ArrayBuffer; next: number }
const slabs: (Slab | undefined)[] = new Array<Slab | undefined>(most / 8 + 1)

export const isSmall = (bytes: number): boolean => bytes > least && bytes <= most
/** A view of so many elements, all 0, in a slab of arrays of its size. */
export const small = <A>(View: new (buffer: ArrayBuffer, offset: number, length: number) => A, bytes: number, length: number): A => {
  const size = (bytes + 7) & ~7
  let slab = slabs[size >> 3]
  if (slab === undefined || slab.next === count * size) slabs[size >> 3] = slab = { buffer: new ArrayBuffer(count * size), next: 0 }
  const offset = slab.next
  slab.next += size
  return new View(slab.buffer, offset, length)
}
