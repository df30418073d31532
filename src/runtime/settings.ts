/** Settings come from the environment of the process, where there is one. */

interface Environment { readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> } }

/** The value of an environment variable, or undefined: in a browser there are none. */
export const setting = (name: string): string | undefined => (globalThis as Environment).process?.env?.[name]
