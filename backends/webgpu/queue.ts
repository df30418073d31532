/** What is asked of a device happens in the order in which it was asked for, and a bounded number of submissions is on its way. */
/// <reference types="@webgpu/types" />

/** Submissions that may be on their way, and how many there are between two looks at what has landed. */
const most = 64
const between = 16

/** The submissions that a device has not finished. */
export class Flight {
  private submitted = 0
  private landed = 0
  private looked = 0
  private watching: Promise<void> = Promise.resolve()
  constructor(private readonly device: GPUDevice) {}
  submit(buffer: GPUCommandBuffer): void {
    this.device.queue.submit([buffer])
    if (++this.submitted - this.looked >= between) this.watch()
  }
  private watch(): void {
    const n = this.looked = this.submitted, landed = (): void => { this.landed = Math.max(this.landed, n) }
    // of a lost device nothing is on its way
    this.watching = this.device.queue.onSubmittedWorkDone().then(landed, landed)
  }
  get room(): boolean { return this.submitted - this.landed < most }
  /** Resolves when there is room. */
  async landing(): Promise<void> { while (!this.room) await this.watching }
}

/** What has to wait: `ready` comes before it, `bytes` is what it keeps meanwhile. */
interface Waiting { readonly act: () => Promise<void> | null; readonly ready: Promise<void> | null; readonly bytes: number; readonly resolve: () => void; readonly reject: (e: unknown) => void }

export class Queue {
  private waiting: Waiting[] = []
  private busy: Promise<void> | null = null
  /** Bytes of the host that wait to be brought to the device. */
  held = 0
  constructor(private readonly flight: Flight) {}

  get waits(): boolean { return this.busy !== null }
  /** Acts at once, and answers null, where nothing is ahead and nothing is waited for; else a promise of its end, which whoever asked has to look after. */
  push(act: () => Promise<void> | null, ready: Promise<void> | null = null, bytes = 0): Promise<void> | null {
    if (this.busy === null && ready === null && this.flight.room) {
      const going = act()
      if (going === null) return null
      return this.wait(() => going, null, bytes)
    }
    return this.wait(act, ready, bytes)
  }
  private wait(act: () => Promise<void> | null, ready: Promise<void> | null, bytes: number): Promise<void> {
    this.held += bytes
    const done = new Promise<void>((resolve, reject) => { this.waiting.push({ act, ready, bytes, resolve, reject }) })
    this.busy ??= this.work()
    return done
  }
  private async work(): Promise<void> {
    for (let next = 0; next < this.waiting.length;) {
      const { act, ready, bytes, resolve, reject } = this.waiting[next++]!
      if (next === 1024) { this.waiting = this.waiting.slice(next); next = 0 }
      try {
        if (ready) await ready
        if (!this.flight.room) await this.flight.landing()
        const going = act()
        if (going) await going
        resolve()
      } catch (e) { reject(e) }
      this.held -= bytes
    }
    this.waiting = []
    this.busy = null
  }
  /** Resolves when nothing waits. */
  async settled(): Promise<void> { while (this.busy) await this.busy }
}
