/** Node is asked for at run time: a bundle for browsers meets no module of it. */
interface Global { readonly process?: { readonly execArgv?: readonly string[]; readonly getBuiltinModule?: (name: string) => unknown } }
const here = globalThis as Global

/** Was the process started with this flag? */
export const startedWith = (flag: string): boolean => here.process?.execArgv?.includes(flag) === true
/** A module of Node, null elsewhere. */
export const builtin = <M>(name: string): M | null => (here.process?.getBuiltinModule?.(name) as M | undefined) ?? null
