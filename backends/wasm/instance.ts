/** A module that the engine refuses, and code that traps, are faults: whatever goes wrong below is told with its cause, and the next call goes on. */
import { raise } from '../../src/core/fault.js'
import { widened } from './probe.js'

const causeOf = (e: unknown): string => (e instanceof Error ? `${e.name}: ${e.message}` : String(e))

export interface Ready { readonly module: WebAssembly.Module; readonly apart: WebAssembly.Module | null; readonly instance: WebAssembly.Instance }

/** A module and its instance over some imports; `others` are the bytes of the one it imports as `apart`. */
export const instantiate = (bytes: Uint8Array<ArrayBuffer>, env: WebAssembly.ModuleImports, others: Uint8Array<ArrayBuffer> | null = null): Ready => {
  try {
    const apart = others === null ? null : widened(() => new WebAssembly.Module(others))
    const module = new WebAssembly.Module(bytes)
    return { module, apart, instance: new WebAssembly.Instance(module, { env, ...(apart ? { apart: new WebAssembly.Instance(apart, { env }).exports } : {}) }) }
  } catch (e) {
    return raise({
      _tag: 'CompileFailed', op: 'jit', cause: causeOf(e), bytes: bytes.length,
      hint: 'a very large program can be called in parts, each under its own jit, or in a Web Worker, where engines take more; COTANGENT_BACKEND=reference does without WebAssembly',
    })
  }
}

/**
 * Goes on with what was thrown while a module ran: a trap and an overflow of the stack, the engine's RuntimeError and RangeError, become
 * a fault; what an import threw of its own goes on its way.
 */
export const failed = (e: unknown): never => {
  if (!(e instanceof WebAssembly.RuntimeError) && !(e instanceof RangeError)) throw e
  return raise({
    _tag: 'KernelFailed', op: 'jit', cause: causeOf(e),
    hint: e instanceof RangeError
      ? 'the stack or the memory of the process was used up where this call was made: call it from less deep a recursion'
      : 'the result of this call is lost, everything else is as it was; report it with the function that was called; COTANGENT_BACKEND=reference does without WebAssembly',
  })
}
