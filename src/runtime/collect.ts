/** In Node the collector can be run in the middle of a job, which no portable means can do. */
import { builtin } from './node.js'

interface Builtins {
  readonly v8: { readonly setFlagsFromString: (flags: string) => void }
  readonly vm: {
    readonly Script: new (code: string) => { readonly runInContext: (context: object) => unknown }
    readonly createContext: (globals: object, options: { readonly microtaskMode: 'afterEvaluate' }) => object
    readonly runInNewContext: (code: string) => unknown
  }
}
type Collect = (options?: { readonly type: 'major'; readonly execution: 'sync' }) => void

/**
 * WeakRefs hold their targets until the job ends or a microtask checkpoint is made; evaluating a script in a context with a
 * microtask queue of its own makes one. Then the collector clears what nothing else holds.
 */
const make = (): (() => void) | null => {
  const v8 = builtin<Builtins['v8']>('node:v8'), vm = builtin<Builtins['vm']>('node:vm')
  if (!v8 || !vm) return null
  try {
    v8.setFlagsFromString('--expose-gc')
    const collect = vm.runInNewContext('gc') as Collect
    const nothing = new vm.Script('0')
    const apart = vm.createContext({}, { microtaskMode: 'afterEvaluate' })
    const forms: readonly (() => void)[] = [() => collect({ type: 'major', execution: 'sync' }), () => collect()]
    // which form collects everything depends on the version of V8: a dead object tells
    for (const form of forms) {
      const canary = forgotten()
      nothing.runInContext(apart)
      form()
      if (canary.deref() === undefined) return () => { nothing.runInContext(apart); form() }
    }
  } catch { /* flags may be locked: then there is no collecting */ }
  return null
}
const forgotten = (): WeakRef<object> => new WeakRef({})

let made: (() => void) | null | undefined
/** Whether the collector can be run. */
export const canCollect = (): boolean => (made === undefined ? made = make() : made) !== null
/** Runs the collector now; false where that is not possible. */
export const collectNow = (): boolean => {
  if (canCollect()) made!()
  return made !== null
}
