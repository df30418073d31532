/** A gradient transform is a pure function of gradients, state and parameters; transforms form a monoid under composition. */
import type { Monoid as MonoidOf } from 'fp-ts/lib/Monoid.js'
import { badArgument, describe, raise } from '../../core/fault.js'
import type { Value } from '../../core/value.js'
import { asValue, isLeaf, type Leaf } from '../../transforms/arguments.js'
import { mapTree } from '../../tree/index.js'

/** A tree of arrays: one entry for each part of a transform. It goes through jit, scan and files like parameters do. */
export type State = readonly unknown[]

/**
 * What turns gradients into updates (optax: `GradientTransformation`). A state is a list of `parts` trees, so that composing
 * transforms puts their lists end to end and (a∘b)∘c is a∘(b∘c), state and all.
 */
export interface GradientTransform {
  /** How many entries of the state are this transform's own. */
  readonly parts: number
  readonly init: (params: unknown) => State
  /** The updates, of the structure of the gradients, and the next state. `params` is needed where the documentation says so. */
  readonly update: <G>(grads: G, state: State, params?: unknown) => [updates: G, state: State]
}

const over = (op: string, f: (...xs: Value[]) => Value, first: unknown, ...rest: readonly unknown[]): unknown =>
  mapTree((...xs: Leaf[]) => f(...xs.map(asValue)), isLeaf, first, rest, { op })
/** f leaf by leaf over trees of one structure. */
export const eachLeaf = <G>(op: string, f: (...xs: Value[]) => Value, first: G, ...rest: readonly unknown[]): G => over(op, f, first, ...rest) as G

/**
 * A transform without state.
 *
 * @example
 * const halved = optim.stateless(grads => tree.scale(0.5, grads) as typeof grads)
 * halved.update({ w: np.array([2, 4]) }, halved.init(null))[0].w   // [1, 2]
 */
export const stateless = (f: <G>(grads: G, params: unknown) => G): GradientTransform => ({
  parts: 0, init: () => [], update: (grads, state, params) => [f(grads, params), state],
})
/**
 * A transform with one tree of state, from its beginning and its step.
 *
 * @example
 * const counting = optim.stateful({ init: () => ({ n: np.array(0) }), update: (grads, s) => [grads, { n: np.add(s.n, 1) }] })
 * counting.init({ w: np.array(1) }).length   // 1
 */
export const stateful = <S>(rule: {
  readonly init: (params: unknown) => S
  readonly update: <G>(grads: G, state: S, params: unknown) => readonly [G, S]
}): GradientTransform => ({
  parts: 1,
  init: params => [rule.init(params)],
  update: (grads, state, params) => {
    if (!Array.isArray(state) || state.length !== 1) return wrongState(state, 1)
    const [updates, next] = rule.update(grads, state[0] as S, params)
    return [updates, [next]]
  },
})
const wrongState = (state: unknown, parts: number): never =>
  badArgument('optim.update', 'state', state, `the state of this transform, a list of ${parts} parts`, 'start with state = transform.init(params), and pass on what update returns')

/** Parameters, where a transform cannot do without. */
export const requireParams = (op: string, params: unknown): unknown => params ?? raise({
  _tag: 'BadArgument', op, argument: 'params', got: describe(params), want: 'the parameters', hint: 'call update(grads, state, params)',
})

/**
 * The transform that changes nothing.
 *
 * @example
 * optim.identity.update({ w: np.array([1, 2]) }, optim.identity.init(null))[0].w   // [1, 2]
 */
export const identity: GradientTransform = stateless(grads => grads)

const compose = (first: GradientTransform, second: GradientTransform): GradientTransform =>
  first === identity ? second : second === identity ? first : {
    parts: first.parts + second.parts,
    init: params => [...first.init(params), ...second.init(params)],
    update: (grads, state, params) => {
      if (!Array.isArray(state) || state.length !== first.parts + second.parts) return wrongState(state, first.parts + second.parts)
      const [between, s] = first.update(grads, state.slice(0, first.parts), params)
      const [updates, t] = second.update(between, state.slice(first.parts), params)
      return [updates, [...s, ...t]]
    },
  }

/**
 * Transforms form a monoid: `empty` changes nothing, `concat(a, b)` applies a, then b. The laws hold for updates and states.
 *
 * @example
 * const t = optim.Monoid.concat(optim.clip(1), optim.sgd(0.1))
 * t.update({ w: np.array([10, 1]) }, t.init({ w: np.array([0, 0]) }))[0].w   // [-0.1, -0.1]
 */
export const Monoid: MonoidOf<GradientTransform> = { empty: identity, concat: compose }

/**
 * Transforms one after another (optax: `optax.chain`).
 *
 * @example
 * const t = optim.chain([optim.clipByGlobalNorm(1), optim.adam(1e-3)])
 * t.parts   // 1
 */
export const chain = (transforms: readonly GradientTransform[]): GradientTransform => transforms.reduce(compose, identity)
