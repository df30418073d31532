/** The one file that names a backend: the default, unless another is handed in. */
import { reference } from '../../backends/reference/index.js'
import type { Backend } from './backend.js'

let chosen: Backend = reference

export const backend = (): Backend => chosen

/** Runs a thunk on another backend, and puts the former one back. */
export const onBackend = <A>(other: Backend, thunk: () => A): A => {
  const before = chosen
  chosen = other
  try { return thunk() } finally { chosen = before }
}
