/** Where the things of fixed place lie in the memory: the job of the threads, one line for each of them, the arguments of kernels. */

/** Byte addresses. What different threads write lies 64 bytes apart, on cache lines of its own. */
export const control = {
  /** Odd while a job is open: threads may enter. Each job has two numbers of its own. */
  gate: 64,
  /** The next unit that nobody has claimed. */
  next: 128,
  /** The job: place of the kernel in table 0, address of its arguments, units, units in one claim, number of the program. */
  kernel: 192, args: 196, units: 200, grain: 204, program: 208,
  /** How many threads are ready, the main thread among them. */
  ready: 256,
  /** How many threads sleep until the gate moves. */
  asleep: 320,
  /** How many lines there are. */
  lines: 384,
  /** 1 where the main thread may block, and 1 while it does. */
  patient: 388, mainAsleep: 392,
  /** How many messages were sent to every thread. */
  mail: 396,
  /** Set by the first thread that fails, with the length of its words. */
  failed: 400, words: 404,
  /** 1 while a program runs that has jobs: there will be another soon. */
  running: 448,
} as const

/** The line of a thread, at lineOf(thread) + ... */
export const line = {
  /** 1 while the thread is inside a job. */
  inside: 0,
  /** How many ranges it has claimed. */
  beats: 4,
  /** The address of its scratch memory. */
  scratch: 8,
  /** 1 while it is there. */
  state: 12,
} as const
const lines = 512
const lineBytes = 64
export const mostThreads = 32
export const lineOf = (thread: number): number => lines + lineBytes * thread

/** What the thread said that failed, in UTF-8. */
export const wordsAt = 2560
export const wordsBytes = 1024

/** The argument area of kernels: addresses of operands, four bytes each. The word before it tells where what was done ahead lies. */
export const argumentsAt = 4096
export const argumentsBytes = 61440
/** Arrays, scratch and the arena come from here on. */
export const heapAt = 65536
