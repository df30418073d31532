/** Where the things of fixed place lie in the memory: the job of the threads, one line for each of them, the arguments of kernels. */

/** Byte addresses. What different threads write lies 64 bytes apart, on cache lines of its own. */
export const control = {
  /** Odd while a job is open: threads may enter. Each job has two numbers of its own. */
  gate: 64,
  /** The next unit that nobody has claimed. */
  next: 128,
  /** The job: place of the kernel in table 0, address of its arguments, units, units in one claim, number of the program. */
  kernel: 192, args: 196, units: 200, grain: 204, program: 208,
  /** How many lines belong to threads that are there, the main thread's counted. */
  threads: 212,
  /** 1 where the main thread may block. */
  patient: 216,
  /** Set when a thread fails: the main thread looks at it after every job. */
  failed: 220,
  /** How many messages the main thread has sent. */
  mail: 224,
  /** 1 while the main thread sleeps until the others are done. */
  mainAsleep: 228,
} as const

/** The line of a thread, at lineOf(thread) + ... */
export const line = {
  /** 1 while the thread is inside a job. */
  inside: 0,
  asleep: 4,
  /** How many ranges it has claimed. */
  beats: 8,
  /** The address of its scratch memory. */
  scratch: 12,
  /** 0: not there, 1: ready, 2: gone. */
  state: 16,
} as const
const lines = 256
const lineBytes = 64
export const mostThreads = 32
export const lineOf = (thread: number): number => lines + lineBytes * thread

/** The argument area of kernels: addresses of operands, four bytes each. */
export const argumentsAt = 4096
export const argumentsBytes = 61440
/** Arrays, scratch and the arena come from here on. */
export const heapAt = 65536
