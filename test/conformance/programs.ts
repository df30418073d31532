/** The ways a named function is run: each mode is spelled as in generate/programs.py, under the same name. */
import {
  checkpoint, grad, hessian, hvp, jacfwd, jacrev, jet, jit, jvp, linearize, linearTranspose, np, tree, valueAndGrad, vjp, vmap, type Value,
} from '../../src/index.js'

// Functions of any trees, by name: the types of the public API cannot follow them.
type Any = any
export type Fn = (...args: Any[]) => Any
type Mode = (f: Fn, params: Any) => Fn

const every = (args: readonly unknown[]): number[] => args.map((_, i) => i)
const pull = (f: Fn, primals: readonly Any[], cotangent: Any): readonly [Any, Any] => {
  const [y, back] = vjp(f, ...primals)
  return [y, back(cotangent)]
}
const sumOfSines = (result: unknown): Value => (tree.leaves(result as never) as Value[]).map(x => np.sum(np.sin(x))).reduce((a, b) => np.add(a, b))
const vmapped = (f: Fn, { inAxes, outAxes, axisName }: Any): Fn =>
  vmap(f, { ...(inAxes === undefined ? {} : { inAxes }), ...(outAxes === undefined ? {} : { outAxes }), ...(axisName === undefined ? {} : { axisName }) }) as Fn

export const modes: Readonly<Record<string, Mode>> = {
  value: f => (...xs) => f(...xs),
  jit: f => (...xs) => (jit(f) as Fn)(...xs),
  jvp: f => (xs, ts) => jvp(f, xs, ts),
  vjp: f => (xs, ct) => pull(f, xs, ct),
  linearize: f => (xs: Any[], ts: Any[]) => { const [y, push] = linearize(f, ...xs); return [y, push(...ts)] },
  linearTranspose: f => (xs: Any[], ct) => linearTranspose(f, ...xs)(ct),
  'jvp of vjp': f => (xs, ct, ts) => jvp((...a: Any[]) => pull(f, a, ct)[1], xs, ts),
  'vjp of vjp': f => (xs, ct, cts) => pull((...a) => pull(f, a, ct)[1], xs, cts)[1],
  'vjp of jvp': f => (xs, ts, ct) => pull((...a) => jvp(f, a as Any, ts)[1], xs, ct)[1],
  grad: f => (...xs) => grad(f, { argnums: every(xs) })(...xs),
  'grad of one': (f, p) => (...xs) => grad(f, { argnums: p.argnums })(...xs),
  'grad with aux': f => (...xs) => grad((...a: Any[]) => [f(...a), { doubled: a[0] }] as const, { hasAux: true })(...xs),
  valueAndGrad: f => (...xs) => valueAndGrad(f, { argnums: every(xs) })(...xs),
  second: f => x => grad((y: Value) => np.sum(np.square(grad(f)(y))))(x),
  jacfwd: f => (...xs) => jacfwd(f, { argnums: every(xs) })(...xs),
  jacrev: f => (...xs) => jacrev(f, { argnums: every(xs) })(...xs),
  'jacfwd of tree': f => (x, y) => jacfwd(f, { argnums: [0, 1] })(x, y),
  'jacrev of tree': f => (x, y) => jacrev(f, { argnums: [0, 1] })(x, y),
  hessian: f => x => hessian(f)(x),
  'hessian of two': f => (x, y) => hessian(f, { argnums: [0, 1] })(x, y),
  hvp: f => (x, v) => hvp(f, [x], [v]),
  third: f => x => jacfwd(hessian(f) as Fn)(x),
  jet: f => (xs, series) => jet(f, xs, series),
  vmap: (f, p) => (...xs) => vmapped(f, p)(...xs),
  'vmap of grad': (f, p) => (...xs) => vmapped(grad(f), p)(...xs),
  'vmap of hessian': (f, p) => (...xs) => vmapped(hessian(f) as Fn, p)(...xs),
  'vmap of jvp': f => (x, t) => (vmap((a: Any, b: Any) => jvp(f, [a], [b])) as Fn)(x, t),
  'vmap of vjp': f => (x, ct) => (vmap((a: Any, b: Any) => pull(f, [a], b)) as Fn)(x, ct),
  'grad of vmap': (f, p) => (...xs) => grad((...a: Any[]) => sumOfSines(vmapped(f, p)(...a)))(...xs),
  'jvp of vmap': (f, p) => (x, t) => jvp(vmapped(f, p), [x], [t]),
  'nested vmap': f => (x, y) => (vmap((a: Any) => (vmap((b: Any) => f(a, b)) as Fn)(y)) as Fn)(x),
  'vmap twice': f => x => (vmap(vmap(f) as Fn) as Fn)(x),
  'jit of grad': f => (...xs) => (jit(grad(f) as Fn) as Fn)(...xs),
  'grad of checkpoint': f => (...xs) => grad(checkpoint(f) as Fn)(...xs),
  'hessian of checkpoint': f => x => hessian(checkpoint(f) as Fn)(x),
  'vjp with options': (f, p) => (xs, ct) => pull((...a) => f(...a, p.options), xs, ct),
  'jvp of vjp with options': (f, p) => (xs, ct, ts) => jvp((...a: Any[]) => pull((...b) => f(...b, p.options), a, ct)[1], xs, ts),
  'vmap with options': (f, p) => (...xs) => vmapped((...a) => f(...a, p.options), p)(...xs),
  'grad of jit': f => (...xs) => grad(jit(f) as Fn)(...xs),
}
