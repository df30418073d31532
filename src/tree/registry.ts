/** A user's class is a container exactly when its prototype is registered, and then its children and static data are told apart. */
import { badArgument, raise } from '../core/fault.js'

/**
 * How instances of a class come apart and go together again.
 * `flatten` gives the children (any tree: an array, a record) and the static data, which is compared between trees:
 * plain data by value, functions and other objects by identity.
 */
export interface Container<X, Children = unknown, Static = unknown> {
  readonly flatten: (x: X) => readonly [children: Children, data: Static]
  readonly unflatten: (children: Children, data: Static) => X
}

export interface Registration {
  readonly id: number
  readonly name: string
  readonly flatten: (x: object) => readonly [unknown, unknown]
  readonly unflatten: (children: unknown, data: unknown) => unknown
}

/** A class, also an abstract one or one with a private constructor. */
export interface ClassOf<X> { readonly name: string; readonly prototype: X }

const registrations = new WeakMap<object, Registration>()
let registered = 0

/**
 * Makes instances of a class containers of leaves, in every transformation. Subclasses register for themselves.
 * Faults: `BadArgument` for `Object`, `Array`, something that is no class, and a class that is registered already.
 *
 * Source: `jax.tree_util.register_pytree_node`.
 *
 * @example
 * class Linear { constructor(readonly w: Value, readonly bias: boolean) {} }
 * register(Linear, {
 *   flatten: layer => [[layer.w], layer.bias],
 *   unflatten: ([w], bias) => new Linear(w, bias),
 * })
 */
export const register = <X extends object, const Children, Static>(
  constructor: ClassOf<X>, container: Container<X, Children, Static>): void => {
  const prototype: unknown = typeof (constructor as unknown) === 'function' ? constructor.prototype : undefined
  if (typeof prototype !== 'object' || prototype === null) {
    return badArgument('register', 'constructor', constructor, 'a class', 'pass the class itself: register(Linear, { flatten, unflatten })')
  }
  if (prototype === Object.prototype || prototype === Array.prototype) {
    return badArgument('register', 'constructor', constructor, 'a class of your own', 'records and arrays are containers already')
  }
  if (typeof container?.flatten !== 'function' || typeof container.unflatten !== 'function') {
    return badArgument('register', 'container', container, 'a record { flatten, unflatten } of functions',
      'flatten: x => [children, data], unflatten: (children, data) => x')
  }
  if (registrations.has(prototype)) {
    return badArgument('register', 'constructor', constructor, 'a class that is not registered yet', 'register a class once, beside its definition')
  }
  registrations.set(prototype, {
    id: registered++,
    name: constructor.name || 'anonymous',
    flatten: container.flatten as Registration['flatten'],
    unflatten: container.unflatten as Registration['unflatten'],
  })
}

export const registrationOf = (prototype: object): Registration | undefined => registrations.get(prototype)

/** A word stands for plain data; an object stands for itself. */
export type Token = string | object

const deepest = 64

const unusable = (name: string, got: string, hint: string): never =>
  raise({ _tag: 'StaticArgument', op: 'flatten', argument: `data of the registered class ${name}`, got, hint })

/**
 * Static data as a list of tokens: two data are equal exactly when their lists are, token by token.
 * Plain data is spelled out (with -0 apart from 0, and NaN equal to itself); what has an identity is its own token.
 */
export const tokensOf = (data: unknown, name: string): readonly Token[] => {
  const tokens: Token[] = []
  const spell = (x: unknown, depth: number): void => {
    if (depth > deepest) unusable(name, `nested deeper than ${deepest}`, 'static data should be small, and hold no cycle')
    switch (typeof x) {
      case 'string': tokens.push(JSON.stringify(x)); return
      case 'number': tokens.push(Object.is(x, -0) ? '-0' : String(x)); return
      case 'bigint': tokens.push(`${x}n`); return
      case 'boolean': case 'undefined': tokens.push(String(x)); return
      case 'symbol': unusable(name, 'a symbol', 'use a string'); return
      case 'function': tokens.push(x); return
      default: break
    }
    if (x === null) { tokens.push('null'); return }
    const object = x as object
    const prototype: unknown = Object.getPrototypeOf(object)
    if (prototype === Array.prototype) {
      tokens.push('[')
      for (const item of object as readonly unknown[]) spell(item, depth + 1)
      tokens.push(']')
    } else if (prototype === Object.prototype || prototype === null) {
      tokens.push('{')
      for (const key of Object.keys(object).sort()) {
        tokens.push(JSON.stringify(key))
        spell((object as Record<string, unknown>)[key], depth + 1)
      }
      tokens.push('}')
    } else tokens.push(object)
  }
  spell(data, 0)
  return tokens
}

const identities = new WeakMap<object, number>()
let identified = 0

const identity = (object: object): number => {
  const known = identities.get(object)
  if (known !== undefined) return known
  identities.set(object, identified)
  return identified++
}

/** Tokens as text, injective within a process: what has an identity is written as a number of its own. */
export const showTokens = (tokens: readonly Token[]): string =>
  tokens.map(token => (typeof token === 'string' ? token : `@${identity(token)}`)).join(' ')
