/** The one file that names backends: the default, unless another is handed in. */
import { meaning } from '../../backends/reference/scalars.js'
import { reference } from '../../backends/reference/index.js'
import { createWasm } from '../../backends/wasm/index.js'
import type { Backend } from './backend.js'
import { choice } from './settings.js'

/** Programs run as WASM; where the platform has no SIMD, or the setting says so, on the reference backend. */
const make = (): Backend => {
  if (choice('COTANGENT_BACKEND', ['wasm', 'reference']) === 'reference') return reference
  return createWasm({ backend: reference, letter: (op, x, y) => meaning(op, 'f64')(x, y) }) ?? reference
}

let chosen: Backend | null = null

let made: Backend | null = null
/** What programs run on where nothing else is chosen. */
export const cpu = (): Backend => (made ??= make())
export const backend = (): Backend => chosen ?? cpu()
export const useBackend = (other: Backend): void => { chosen = other }

/** Runs a thunk on another backend, and puts the former one back. */
export const onBackend = <A>(other: Backend, thunk: () => A): A => {
  const before = chosen
  chosen = other
  try { return thunk() } finally { chosen = before }
}
