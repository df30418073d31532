/** The types of trees: a tree keeps the type its user gave it, with other leaves. */

/** Equal to the letter: `any`, `readonly` and `?` are told apart. */
type Identical<X, Y> = (<G>() => G extends X ? 1 : 2) extends (<G>() => G extends Y ? 1 : 2) ? true : false

/**
 * `T` with every leaf of type `A` replaced by `B`; leaves of type `Keep` stay as they are.
 *
 * Homomorphic: tuples stay tuples, `readonly` and `?` stay, `null` and `undefined` stay, functions (the methods of a
 * registered class) stay. Where nothing changes the answer is `T` itself, so interfaces keep their names and classes
 * their private members.
 *
 * @example
 * interface Params { readonly w: number; layers: [number, { b?: number }]; none: null }
 * type Out = Leaves<Params, number, string>
 * // { readonly w: string; layers: [string, { b?: string }]; none: null }
 */
export type Leaves<T, A, B, Keep = never> =
  0 extends 1 & T ? T
  : T extends Keep ? T
  : T extends A ? B
  : T extends Fixed ? T
  : T extends object
    ? Identical<Replaced<T, A, B, Keep>, Copied<T>> extends true ? T : Replaced<T, A, B, Keep>
    : T

type Fixed = null | undefined | ((...args: never[]) => unknown)
type Replaced<T, A, B, Keep> = { [K in keyof T]: Leaves<T[K], A, B, Keep> }
type Copied<T> = { [K in keyof T]: T[K] }

/** A step from a node to a child: the place in an array, or the key of a record. */
export type Step = number | string
/** The way from the root of a tree to one of its nodes. */
export type Path = readonly Step[]

const isName = (word: string): boolean => /^[A-Za-z_$][\w$]*$/.test(word)

/** A key as it is written in a record: bare where JavaScript allows it. */
export const showWord = (word: string): string => (isName(word) ? word : JSON.stringify(word))

/**
 * A path as the user would write it.
 *
 * @example
 * showPath(['layers', 0, 'w'], 'params')   // 'params.layers[0].w'
 */
export const showPath = (path: Path, root = ''): string => path.reduce<string>((text, step) =>
  typeof step === 'string' && isName(step) ? (text === '' ? step : `${text}.${step}`) : `${text}[${JSON.stringify(step)}]`, root)
