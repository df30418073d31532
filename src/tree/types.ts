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
export type Leaves<T, A, B, Keep = never> = Below<T, A, B, Keep, Levels>

type Below<T, A, B, Keep, L extends readonly unknown[]> =
  0 extends 1 & T ? T
  : T extends Keep ? T
  : T extends A ? B
  : T extends Fixed ? T
  : T extends object
    ? true extends Changes<T, A, B, Keep, L> ? Mapped<T, A, B, Keep, Tail<L>> : T
    : T

/** A mapped type is eager on arrays and lazy on the rest, and an array written out is lazy too: recursive types need that. */
type Mapped<T, A, B, Keep, L extends readonly unknown[]> =
  T extends readonly (infer Item)[]
    ? readonly Item[] extends T ? readonly Below<Item, A, B, Keep, L>[]
      : Item[] extends T ? Below<Item, A, B, Keep, L>[]
      : { [K in keyof T]: Below<T[K], A, B, Keep, L> }
    : { [K in keyof T]: Below<T[K], A, B, Keep, L> }

/**
 * Holds `true` where some leaf of `T` would become another type. Recursive types have no bottom, so this is asked to a
 * bounded depth, below which the answer is yes; the mapped type is lazy and needs no bound.
 */
type Changes<T, A, B, Keep, L extends readonly unknown[]> =
  0 extends 1 & T ? false
  : T extends Keep ? false
  : T extends A ? (Identical<T, B> extends true ? false : true)
  : T extends Fixed ? false
  : T extends readonly (infer Item)[] ? (L extends readonly [] ? true : Changes<Item, A, B, Keep, Tail<L>>)
  : T extends object ? (L extends readonly [] ? true : { [K in keyof T]-?: Changes<T[K], A, B, Keep, Tail<L>> }[keyof T])
  : false

type Levels = [1, 1, 1, 1, 1, 1, 1, 1]
type Tail<L extends readonly unknown[]> = L extends readonly [unknown, ...infer Rest] ? Rest : []
type Fixed = null | undefined | ((...args: never[]) => unknown)

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
