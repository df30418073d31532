/** What a thread that waits says to the thread with the device, and how answers come back through shared memory: so one waits in Node and in a browser's worker alike. */
import type { Limits } from '../../backends/webgpu/parts.js'

export type Request =
  | { readonly tag: 'prepare'; readonly id: number; readonly script: unknown }
  | { readonly tag: 'run'; readonly id: number; readonly ins: readonly Uint32Array[] }
  | { readonly tag: 'answer'; readonly outs: readonly Uint32Array[] }
export interface About { readonly name: string; readonly limits: Limits }
export type Answer =
  | { readonly tag: 'done'; readonly arrays: readonly Uint32Array[] }
  | { readonly tag: 'host'; readonly step: number; readonly arrays: readonly Uint32Array[] }
  | { readonly tag: 'refused'; readonly why: string }

/** Words: whether there is an answer, the bytes of its head, and from `start` on its arrays and its head. */
const start = 4
export const mailbox = (): SharedArrayBuffer => new SharedArrayBuffer(2 ** 26)

/** Written by the thread with the device. */
export const put = (box: SharedArrayBuffer, a: Answer): void => {
  const words = new Uint32Array(box), arrays = 'arrays' in a ? a.arrays : []
  const total = arrays.reduce((n, x) => n + x.length, start)
  const head = new TextEncoder().encode(JSON.stringify({ ...a, arrays: arrays.map(x => x.length) }))
  if (4 * total + head.length > box.byteLength) { put(box, { tag: 'refused', why: `the answer has ${4 * total} bytes` }); return }
  let at = start
  for (const x of arrays) { words.set(x, at); at += x.length }
  new Uint8Array(box).set(head, 4 * total)
  words[1] = head.length
  words[2] = total
  Atomics.store(new Int32Array(box), 0, 1)
  Atomics.notify(new Int32Array(box), 0)
}
/** Sends, and waits for the answer. */
export const ask = (box: SharedArrayBuffer, send: () => void): Answer => {
  const gate = new Int32Array(box)
  Atomics.store(gate, 0, 0)
  send()
  // who was told of the last answer late is woken for nothing
  while (Atomics.load(gate, 0) === 0) if (Atomics.wait(gate, 0, 0, 120_000) === 'timed-out') throw new Error('the thread with the device does not answer')
  const words = new Uint32Array(box), total = words[2]!
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(box).slice(4 * total, 4 * total + words[1]!))) as { readonly arrays: readonly number[] } & Answer
  let at = start
  return { ...head, arrays: head.arrays.map(n => words.slice(at, at += n)) } as unknown as Answer
}
