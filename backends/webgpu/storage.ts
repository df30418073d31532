/** Words on a device, as many as a program needs: in one buffer, or in several of equal length where one cannot be so long. */
/// <reference types="@webgpu/types" />

/** Words of one buffer, from one of them on. */
export interface Stretch { readonly buffer: GPUBuffer; readonly word: number; readonly words: number }

export class Storage {
  /** `segment`: words of every buffer but the last. */
  constructor(readonly buffers: readonly GPUBuffer[], readonly segment = Infinity) {}
  get words(): number { return this.buffers.reduce((n, b) => n + b.size / 4, 0) }
  /** Where a word lies, and how many follow it in its buffer. */
  at(word: number): Stretch {
    const k = this.segment === Infinity ? 0 : Math.floor(word / this.segment), buffer = this.buffers[k]!, from = k === 0 ? word : word - k * this.segment
    return { buffer, word: from, words: buffer.size / 4 - from }
  }
  /** So many words from one on, buffer by buffer. */
  stretches(word: number, words: number): readonly Stretch[] {
    const list: Stretch[] = []
    for (let done = 0; done < words;) {
      const here = this.at(word + done), n = Math.min(here.words, words - done)
      list.push({ ...here, words: n })
      done += n
    }
    return list
  }
  destroy(): void { for (const b of this.buffers) b.destroy() }
}
