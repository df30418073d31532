/** What a thread runs: plain JavaScript as text, so that no bundler has to know of it. */
import { control, line, lineOf, wordsAt, wordsBytes } from './layout.js'

/** What a thread is given when it starts. */
export interface Start {
  readonly memory: WebAssembly.Memory
  readonly thread: number
  /** JavaScript for an expression: the functions `{ math, host }` that kernels may import. */
  readonly environment: string
  /** How many looks at the gate before the thread sleeps. */
  readonly looks: number
  readonly programs: readonly (readonly [number, Modules])[]
  /** How many messages had been sent before it was started. */
  readonly mail: number
  /** Whether messages can be read at once, in the middle of a job. */
  readonly reads: boolean
}
/** The module of a program, and the one it imports as `apart`. */
export interface Modules { readonly module: WebAssembly.Module; readonly apart: WebAssembly.Module | null }
/** A program to know, or (null) to forget. */
export interface Mail { readonly id: number; readonly modules: Modules | null }

const word = (at: number): number => at / 4
/** So many times as often it looks between two jobs of one program: sleep and waking take as long as many a kernel. */
const patience = 30

/**
 * The loop of a thread. `receive` gives the next message or undefined, `later` goes on when messages have come (they are counted by
 * `heard`). A program is made ready outside of any job, so nobody waits for that.
 */
const loop = `
const serve = (start, receive) => {
  const words = new Int32Array(start.memory.buffer, 0, 16384)
  const at = ${lineOf(0)} + ${lineOf(1) - lineOf(0)} * start.thread
  const inside = (at + ${line.inside}) / 4, state = (at + ${line.state}) / 4, scratchAt = (at + ${line.scratch}) / 4
  const scratch = new WebAssembly.Global({ value: 'i32', mutable: true }, 0)
  const refuse = name => () => { throw new Error('a kernel called ' + name + ', which only the main thread has') }
  const given = start.environment === '' ? {} : (0, eval)('(' + start.environment + ')')
  const known = new Map(start.programs), works = new Map()
  let read = start.mail, last = 0, looks = 0
  const leave = () => {
    Atomics.store(words, inside, 0)
    if (Atomics.load(words, ${word(control.mainAsleep)}) === 1) Atomics.notify(words, inside)
  }
  const fail = e => {
    if (Atomics.compareExchange(words, ${word(control.failed)}, 0, 1) !== 0) return
    const text = new TextEncoder().encode(String(e)).slice(0, ${wordsBytes})
    new Uint8Array(start.memory.buffer, ${wordsAt}, ${wordsBytes}).set(text)
    Atomics.store(words, ${word(control.words)}, text.length)
  }
  const gone = e => {
    if (Atomics.exchange(words, state, 0) === 1) Atomics.sub(words, ${word(control.ready)}, 1)
    if (Atomics.load(words, inside) === 1) { fail(e); leave() }
  }
  const hear = ({ id, modules }) => {
    read++
    works.delete(id)
    if (modules) known.set(id, modules)
    else known.delete(id)
  }
  const workOf = id => {
    let work = works.get(id)
    if (work) return work
    const modules = known.get(id)
    if (!modules) return null
    const { module, apart } = modules
    const env = { memory: start.memory, scratch }
    for (const { module: from, name, kind } of WebAssembly.Module.imports(module))
      if (from === 'env' && kind === 'function') env[name] = given[name] || refuse('env.' + name)
    const imports = apart ? { env, apart: new WebAssembly.Instance(apart, { env }).exports } : { env }
    work = new WebAssembly.Instance(module, imports).exports.work
    works.set(id, work)
    return work
  }
  const run = () => {
    for (;;) {
      const gate = Atomics.load(words, ${word(control.gate)})
      if ((gate & 1) === 0 || gate === last) {
        if (++looks < start.looks || (looks < ${patience} * start.looks && Atomics.load(words, ${word(control.running)}) === 1)) continue
        looks = 0
        if (Atomics.load(words, ${word(control.mail)}) !== read) {
          if (!receive) return
          for (let m; (m = receive()) !== undefined;) hear(m)
        }
        Atomics.add(words, ${word(control.asleep)}, 1)
        Atomics.wait(words, ${word(control.gate)}, gate)
        Atomics.sub(words, ${word(control.asleep)}, 1)
        continue
      }
      looks = 0
      const id = Atomics.load(words, ${word(control.program)})
      let work = null
      try {
        work = workOf(id)
        if (!work && receive) {
          for (let m; (m = receive()) !== undefined;) hear(m)
          work = workOf(id)
        }
      } catch (e) { known.delete(id) }
      if (!work) { last = gate; continue }
      Atomics.store(words, inside, 1)
      if (Atomics.load(words, ${word(control.gate)}) === gate && Atomics.load(words, ${word(control.program)}) === id) {
        last = gate
        try {
          const address = words[scratchAt]
          if (scratch.value !== address) scratch.value = address
          work(at)
        } catch (e) { fail(e) }
      }
      leave()
    }
  }
  Atomics.store(words, state, 1)
  Atomics.add(words, ${word(control.ready)}, 1)
  return { run, hear, gone, behind: () => Atomics.load(words, ${word(control.mail)}) !== read }
}`

/** In Node messages are read whenever there is need. */
export const nodeWorker = `'use strict'
const { workerData, parentPort, receiveMessageOnPort } = require('node:worker_threads')
${loop}
const receive = () => { const m = receiveMessageOnPort(parentPort); return m === undefined ? undefined : m.message }
const thread = serve(workerData, workerData.reads ? receive : null)
process.on('exit', code => thread.gone('the thread ended with code ' + code))
if (!workerData.reads) parentPort.on('message', m => { thread.hear(m); if (!thread.behind()) thread.run() })
thread.run()
`
/** In a browser the thread goes back to its event loop for them. */
export const webWorker = `'use strict'
${loop}
let thread = null
onmessage = ({ data }) => {
  if (thread === null) thread = serve(data, null)
  else thread.hear(data)
  if (!thread.behind()) thread.run()
}
`
