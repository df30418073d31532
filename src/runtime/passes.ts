/** What is done to a program before a backend compiles it is told by those who make programs: a backend knows no rows. */
import type { Program } from '../core/primitive.js'

let passes: (p: Program) => Program = p => p

export const prepareWith = (prepare: (p: Program) => Program): void => { passes = prepare }
/** The program as it is compiled: the same meaning, at no higher cost. */
export const prepared = (p: Program): Program => passes(p)
