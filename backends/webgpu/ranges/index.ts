/** A kernel whose arrays cannot all be bound, as turns on windows of them. */
import type { Kernel } from '../../../src/kernel/kernel.js'
import { contractTurns } from './contract.js'
import { gatherTurns, scatterTurns } from './follow.js'
import { cumulativeTurns, sortTurns } from './lines.js'
import { nestTurns } from './nest.js'
import type { Run, Setting } from './window.js'

export type { Room, Run, Scope, Setting, State, Turn, Window } from './window.js'

/** In order; null where the room holds not even what one result needs. */
export const turnsOf = (k: Kernel, s: Setting): readonly Run[] | null => {
  switch (k.tag) {
    case 'nest': return nestTurns(k, s)
    case 'contract': return contractTurns(k, s)
    case 'gather': return gatherTurns(k, s)
    case 'scatter': return scatterTurns(k, s)
    case 'cumulative': return cumulativeTurns(k, s)
    case 'sort': return sortTurns(k, s)
    default: return k satisfies never
  }
}
