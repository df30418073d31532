/** Whatever fails below the WASM backend is a fault with its cause and the way out, or is done without; the runtime is as usable as before. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { reference } from '../../backends/reference/index.js'
import { meaning } from '../../backends/reference/scalars.js'
import { Code, ModuleBuilder } from '../../backends/wasm/encode.js'
import { createWasm, type WasmBackend, type WasmOptions } from '../../backends/wasm/index.js'
import { i32 } from '../../backends/wasm/opcodes.js'
import { canShare } from '../../backends/wasm/platform.js'
import { attempt, explain, type Fault } from '../../src/core/fault.js'
import type { Value } from '../../src/core/value.js'
import { jit, memory, np, readSync } from '../../src/index.js'
import { onBackend } from '../../src/runtime/default.js'

const create = (options: WasmOptions = {}): WasmBackend | null => createWasm({ backend: reference, letter: (op, x, y) => meaning(op, 'f64')(x, y) }, options)
const opened: WasmBackend[] = []
const backendOf = (options: WasmOptions = {}): WasmBackend => {
  const b = create(options)!
  opened.push(b)
  return b
}
afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  for (const b of opened.splice(0)) b.close()
})

const n = 300_000
/** Large enough for the memory of the kernels, and for threads. */
const work = (x: Value): Value => np.add(np.exp(np.tanh(x)), np.multiply(x, 0.5))
const start = (): Value => np.full([n], 0.5)
const right = (y: Value): void => {
  const got = readSync(y), want = Math.exp(Math.tanh(0.5)) + 0.25
  expect(got.length).toBe(n)
  expect(got.every(v => Math.abs(v - want) < 1e-6)).toBe(true)
}
const ready = async (b: WasmBackend, count: number): Promise<void> => {
  for (let i = 0; b.threads() !== count && i < 2000; i++) await new Promise(resolve => setTimeout(resolve, 5))
  expect(b.threads()).toBe(count)
}
const faultOf = (thunk: () => unknown): Fault => {
  const r = attempt(thunk)
  if (r._tag === 'Right') throw new Error('nothing was refused')
  expect(r.left.hint.length).toBeGreaterThan(20)
  return r.left
}

/** Every module that is compiled meanwhile becomes this one, whose `run` is the given code. */
const withModules = <A>(shared: boolean, run: Code, thunk: () => A): A => {
  const real = WebAssembly.Module
  const module = new ModuleBuilder()
  module.importMemory('env', 'memory', { initial: 16, maximum: 65536, shared })
  module.export('run', 'function', module.function(run))
  const bytes = module.encode()
  WebAssembly.Module = function Module() { return new real(bytes) } as unknown as typeof real
  try { return thunk() } finally { WebAssembly.Module = real }
}
const code = (write: (c: Code) => void): Code => { const c = new Code(['i32']); write(c); return c }
const traps: readonly (readonly [string, Code, RegExp])[] = [
  ['an unreachable instruction', code(c => { c.unreachable() }), /RuntimeError: unreachable/],
  ['an access out of bounds', code(c => { c.i32(-4).mem('i32Load').drop() }), /RuntimeError: memory access out of bounds/],
  ['a remainder by zero', code(c => { c.i32(1).i32(0).op(i32.remS).drop() }), /RuntimeError: remainder by zero/],
  // the only function of the module, number 0, is itself
  ['an overflow of the stack', code(c => { c.get(0).call(0) }), /RangeError: Maximum call stack size exceeded/],
]

describe.each([1, 2])('a trap, with %i threads', threads => {
  it.each(traps)('by %s is the fault KernelFailed', async (_, run, cause) => {
    const backend = backendOf({ threads })
    const [x, f, other] = onBackend(backend, () => [start(), jit(work), jit((v: Value) => work(v))] as const)
    onBackend(backend, () => right(f(x)))
    await ready(backend, threads)
    const broken = jit((v: Value) => np.multiply(work(v), 3))
    const before = onBackend(backend, () => memory({ collect: true }).live)
    const fault = onBackend(backend, () => faultOf(() => withModules(threads > 1, run, () => broken(x))))
    expect(fault).toMatchObject({ _tag: 'KernelFailed', cause: expect.stringMatching(cause) })
    onBackend(backend, () => {
      // what failed had its result in the memory: that is free again
      expect(memory({ collect: true }).live).toBe(before)
      right(f(x))
      right(other(x))
    })
  })
})

describe('a call from deep inside a recursion', () => {
  it('that uses up the stack leaves nothing behind', () => {
    onBackend(backendOf({ threads: 1 }), () => {
      const x = start(), f = jit(work)
      right(f(x))
      const before = memory({ collect: true })
      let deepest = 0
      const measure = (depth: number): void => { deepest = depth; measure(depth + 1) }
      expect(() => measure(0)).toThrow(RangeError)
      // only the last calls compute
      const deeper = (depth: number): void => {
        if (depth > deepest - 400) f(x)
        deeper(depth + 1)
      }
      for (let i = 0; i < 3; i++) expect(() => deeper(0)).toThrow(/stack/)
      expect(memory({ collect: true }).live).toBe(before.live)
      right(f(x))
    })
  })
})

describe('a module that the engine refuses', () => {
  const refusing: readonly (readonly [string, 'Module' | 'Instance', Error, string])[] = [
    ['while it is compiled', 'Module', new WebAssembly.CompileError('WebAssembly.Module(): size 9000000 > maximum function size 7654321'), 'CompileError'],
    ['for want of room', 'Module', new RangeError('WebAssembly.Module(): Out of memory: Cannot allocate Wasm memory for new instance'), 'Out of memory'],
    ['while it is linked', 'Instance', new WebAssembly.LinkError('WebAssembly.Instance(): Import #0 "env" "memory"'), 'LinkError'],
  ]
  it.each(refusing)('%s is the fault CompileFailed', (_, what, error, cause) => {
    onBackend(backendOf({ threads: 1 }), () => {
      const x = start(), f = jit(work)
      const real = WebAssembly[what]
      const fault = faultOf(() => {
        Object.assign(WebAssembly, { [what]: function refuse() { throw error } })
        try { return f(x) } finally { Object.assign(WebAssembly, { [what]: real }) }
      })
      expect(fault).toMatchObject({ _tag: 'CompileFailed', op: 'jit', cause: expect.stringContaining(cause) })
      expect(explain(fault)).toContain('docs/errors.md#compilefailed')
      right(f(x))
    })
  })
})

describe('memory that the platform does not give', () => {
  it('at the first growth or later is the fault OutOfMemory, and a loop that holds less goes on', () => {
    onBackend(backendOf({ threads: 1 }), () => {
      const kept = Array.from({ length: 6 }, start)
      const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => { throw new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory') })
      const size = memory().size
      const fault = faultOf(() => np.full([size], 1))
      expect(fault).toMatchObject({ _tag: 'OutOfMemory', asked: 4 * size, hint: expect.stringContaining('the platform gives this memory no more than') })
      expect(memory().size).toBe(size)
      // what fits is computed in the memory there is
      expect(readSync(np.add(kept[0]!, 1)).every(v => v === 1.5)).toBe(true)
      grow.mockRestore()
      expect(readSync(np.full([size], 1)).length).toBe(size)
      right(work(kept[0]!))
    })
  })
  it('at the start, which is the first use of it, is a fault too, and a later start finds it', () => {
    const real = WebAssembly.Memory, backend = backendOf({ threads: 1 })
    vi.stubGlobal('WebAssembly', new Proxy(WebAssembly, { get: (w, k: keyof typeof WebAssembly) => (k === 'Memory' ? function refuse() { throw new RangeError('could not allocate memory') } : w[k]) }))
    expect(faultOf(() => onBackend(backend, () => work(start())))).toMatchObject({ _tag: 'OutOfMemory', hint: expect.stringContaining('could not allocate memory') })
    vi.unstubAllGlobals()
    expect(WebAssembly.Memory).toBe(real)
    onBackend(backend, () => right(work(start())))
  })
})

describe('what the platform does not have is done without', () => {
  it('SIMD', () => {
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false)
    expect(create()).toBeNull()
  })
  it('leave to compile, as in a page whose policy forbids it', () => {
    const real = WebAssembly.Module
    WebAssembly.Module = function forbidden() { throw new WebAssembly.CompileError('Wasm code generation disallowed by embedder') } as unknown as typeof real
    try { expect(create()).toBeNull() } finally { WebAssembly.Module = real }
  })
  it('WebAssembly: the library computes on the reference backend', () => {
    const script = `
      import { np, item } from ${JSON.stringify(fileURLToPath(new URL('../../src/index.ts', import.meta.url)))}
      import { backend } from ${JSON.stringify(fileURLToPath(new URL('../../src/runtime/default.ts', import.meta.url)))}
      delete globalThis.WebAssembly
      console.log(item(np.sum(np.ones([5000]))), backend().name)`
    const said = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { encoding: 'utf8', cwd: fileURLToPath(new URL('../..', import.meta.url)) })
    expect(said.trim()).toBe('5000 reference')
  })
  it('shared memory', async () => {
    vi.stubGlobal('SharedArrayBuffer', undefined)
    expect(canShare()).toBe(false)
    const backend = backendOf({ threads: 4 })
    onBackend(backend, () => right(jit(work)(start())))
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(backend.threads()).toBe(1)
  })
  it('isolation from other origins, without which pages have no threads', () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never)
    vi.stubGlobal('Worker', function Worker() { throw new Error('never called') })
    expect(canShare()).toBe(false)
    vi.stubGlobal('crossOriginIsolated', true)
    expect(canShare()).toBe(true)
  })
})

interface Threads { readonly Worker: new (code: string, options: object) => { terminate: () => Promise<number> } }
/** The platform's threads are replaced by what is made of them here. */
const withThreads = (replaced: (real: Threads) => Threads): void => {
  const real = process.getBuiltinModule.bind(process)
  vi.spyOn(process, 'getBuiltinModule').mockImplementation(((name: string) =>
    (name === 'node:worker_threads' ? replaced(real(name) as Threads) : real(name as 'node:os'))) as typeof process.getBuiltinModule)
}

describe('threads', () => {
  it('that cannot be started are done without', async () => {
    withThreads(() => ({ Worker: function refuse() { throw new Error('ERR_WORKER_INIT_FAILED') } as unknown as Threads['Worker'] }))
    const backend = backendOf({ threads: 2 })
    onBackend(backend, () => right(jit(work)(start())))
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(backend.threads()).toBe(1)
    onBackend(backend, () => right(jit(work)(start())))
  })

  it('that start and never answer are not waited for', () => {
    withThreads(real => ({
      Worker: class extends real.Worker { constructor(_: string, options: object) { super('for (;;) ;', options) } },
    }))
    const backend = backendOf({ threads: 2 })
    onBackend(backend, () => {
      const f = jit(work), x = start()
      for (let i = 0; i < 20; i++) right(f(x))
    })
    expect(backend.threads()).toBe(1)
  })

  it('that fail as they start are not missed', async () => {
    withThreads(real => ({
      Worker: class extends real.Worker { constructor(_: string, options: object) { super('throw new Error("no")', options) } },
    }))
    const backend = backendOf({ threads: 2 })
    const f = jit(work)
    onBackend(backend, () => right(f(start())))
    await new Promise(resolve => setTimeout(resolve, 200))
    onBackend(backend, () => right(f(start())))
    expect(backend.threads()).toBe(1)
  })

  it('that are killed at any moment are a fault or are not missed, and the next call is right', async () => {
    let last: { terminate: () => Promise<number> } | null = null
    withThreads(real => ({
      Worker: class extends real.Worker { constructor(text: string, options: object) { super(text, options); last = this } },
    }))
    let faults = 0
    for (let round = 0; round < 6; round++) {
      const backend = backendOf({ threads: 2 })
      const f = jit(work)
      const x = onBackend(backend, start)
      onBackend(backend, () => right(f(x)))
      await ready(backend, 2)
      const ended = last!.terminate()
      for (let i = 0; i < 40; i++) {
        const r = onBackend(backend, () => attempt(() => f(x)))
        if (r._tag === 'Right') onBackend(backend, () => right(r.right))
        else {
          faults++
          expect(r.left).toMatchObject({ _tag: 'ThreadFailed', threads: 1 })
        }
      }
      await ended
      await ready(backend, 1)
      onBackend(backend, () => right(f(x)))
    }
    expect(faults).toBeLessThanOrEqual(6)
  })
})
