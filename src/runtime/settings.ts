/** Settings come from the environment of the process, where there is one. */

interface Environment { readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> } }

/** The value of an environment variable, or undefined: in a browser there are none. */
export const setting = (name: string): string | undefined => (globalThis as Environment).process?.env?.[name]

const told = new Set<string>()
/** A setting that cannot be understood counts as none, and that is said once: nobody would notice a slip. */
const unknown = (name: string, text: string, want: string): undefined => {
  if (!told.has(name)) (globalThis as { readonly console?: { warn(message: string): void } }).console?.warn(`cotangent: ${name}=${text} is not understood and counts as none; it can be ${want}`)
  told.add(name)
  return undefined
}
/** One of some words, in capitals or not. */
export const choice = <W extends string>(name: string, words: readonly W[]): W | undefined => {
  const text = setting(name)?.trim() ?? ''
  return text === '' ? undefined : words.find(w => w === text.toLowerCase()) ?? unknown(name, text, words.join(', '))
}
/** A whole number, at least so large. */
export const count = (name: string, least: number): number | undefined => {
  const text = setting(name)?.trim() ?? '', n = Number(text)
  return text === '' ? undefined : Number.isInteger(n) && n >= least ? n : unknown(name, text, `a whole number from ${least} on`)
}
