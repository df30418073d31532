"""The ways a named function is run: each mode is spelled again, under the same name, in ../programs.ts."""
import math

import jax
import jax.numpy as jnp

from functions import FUNCTIONS
from golden import MODULES, snake


def function(name):
  if name in FUNCTIONS:
    return FUNCTIONS[name]
  space, part = name.split('.')
  return getattr(MODULES[space], snake(part))


def every(args):
  return tuple(range(len(args)))


def pull(f, primals, cotangent):
  y, back = jax.vjp(f, *primals)
  return y, list(back(like(y, cotangent)))


def like(y, given):
  """Tuples where the function made tuples: JAX compares the kinds of containers."""
  return jax.tree.unflatten(jax.tree.structure(y), jax.tree.leaves(given))


def taylor(f, primals, series):
  """Derivatives at t = 0 of f along the curves x(t) = x0 + x1 t + x2 t²/2! + ..., by nested jvp."""
  order = len(series[0])
  curve = lambda t: f(*[p + sum(jnp.asarray(c) * t ** (k + 1) / math.factorial(k + 1) for k, c in enumerate(s)) for p, s in zip(primals, series)])
  derivatives, g = [], curve
  for _ in range(order):
    g = (lambda h: lambda t: jax.jvp(h, (t,), (jnp.ones_like(t),))[1])(g)
    derivatives.append(g(jnp.float64(0.0)))
  return [curve(jnp.float64(0.0)), derivatives]


def sum_all(tree):
  return sum(jnp.sum(l) for l in jax.tree.leaves(tree))


def vmapped(f, p):
  axes = p.get('inAxes', 0)
  return jax.vmap(f, in_axes=tuple(axes) if isinstance(axes, list) else axes, out_axes=p.get('outAxes', 0), **({'axis_name': p['axisName']} if 'axisName' in p else {}))


def keywords(options):
  return {snake(k): v for k, v in options.items()}


def with_options(f, p):
  return lambda *xs: f(*xs, **keywords(p['options']))


MODES = {
  'value': lambda f, p: lambda *xs: f(*xs),
  'jit': lambda f, p: lambda *xs: jax.jit(f)(*xs),
  'jvp': lambda f, p: lambda xs, ts: jax.jvp(f, tuple(xs), tuple(ts)),
  'vjp': lambda f, p: lambda xs, ct: pull(f, xs, ct),
  'linearize': lambda f, p: lambda xs, ts: (lambda r: [r[0], r[1](*ts)])(jax.linearize(f, *xs)),
  'linearTranspose': lambda f, p: lambda xs, ct: list(jax.linear_transpose(f, *xs)(ct)),
  'jvp of vjp': lambda f, p: lambda xs, ct, ts: jax.jvp(lambda *a: pull(f, a, ct)[1], tuple(xs), tuple(ts)),
  'vjp of vjp': lambda f, p: lambda xs, ct, cts: pull(lambda *a: pull(f, a, ct)[1], xs, cts)[1],
  'vjp of jvp': lambda f, p: lambda xs, ts, ct: pull(lambda *a: jax.jvp(f, a, tuple(ts))[1], xs, ct)[1],
  'grad': lambda f, p: lambda *xs: list(jax.grad(f, argnums=every(xs))(*xs)),
  'grad of one': lambda f, p: lambda *xs: jax.grad(f, argnums=tuple(p['argnums']) if isinstance(p['argnums'], list) else p['argnums'])(*xs),
  'grad with aux': lambda f, p: lambda *xs: jax.grad(lambda *a: (f(*a), {'doubled': a[0]}), has_aux=True)(*xs),
  'valueAndGrad': lambda f, p: lambda *xs: (lambda r: [r[0], list(r[1])])(jax.value_and_grad(f, argnums=every(xs))(*xs)),
  'second': lambda f, p: lambda x: jax.grad(lambda y: jnp.sum(jax.grad(f)(y) ** 2))(x),
  'jacfwd': lambda f, p: lambda *xs: jax.jacfwd(f, argnums=every(xs))(*xs),
  'jacrev': lambda f, p: lambda *xs: jax.jacrev(f, argnums=every(xs))(*xs),
  'jacfwd of tree': lambda f, p: lambda x, y: jax.jacfwd(f, argnums=(0, 1))(x, y),
  'jacrev of tree': lambda f, p: lambda x, y: jax.jacrev(f, argnums=(0, 1))(x, y),
  'hessian': lambda f, p: lambda x: jax.hessian(f)(x),
  'hessian of two': lambda f, p: lambda x, y: jax.hessian(f, argnums=(0, 1))(x, y),
  'hvp': lambda f, p: lambda x, v: jax.jvp(jax.grad(f), (x,), (v,))[1],
  'third': lambda f, p: lambda x: jax.jacfwd(jax.hessian(f))(x),
  'jet': lambda f, p: lambda xs, series: taylor(f, xs, series),
  'vmap': lambda f, p: lambda *xs: vmapped(f, p)(*xs),
  'vmap of grad': lambda f, p: lambda *xs: vmapped(jax.grad(f), p)(*xs),
  'vmap of hessian': lambda f, p: lambda *xs: vmapped(jax.hessian(f), p)(*xs),
  'vmap of jvp': lambda f, p: lambda x, t: jax.vmap(lambda a, b: jax.jvp(f, (a,), (b,)))(x, t),
  'vmap of vjp': lambda f, p: lambda x, ct: jax.vmap(lambda a, b: pull(f, [a], b))(x, ct),
  'grad of vmap': lambda f, p: lambda *xs: jax.grad(lambda *a: sum_all(jax.tree.map(jnp.sin, vmapped(f, p)(*a))))(*xs),
  'jvp of vmap': lambda f, p: lambda x, t: jax.jvp(vmapped(f, p), (x,), (t,)),
  'nested vmap': lambda f, p: lambda x, y: jax.vmap(lambda a: jax.vmap(lambda b: f(a, b))(y))(x),
  'vmap twice': lambda f, p: lambda x: jax.vmap(jax.vmap(f))(x),
  'jit of grad': lambda f, p: lambda *xs: jax.jit(jax.grad(f))(*xs),
  'grad of checkpoint': lambda f, p: lambda *xs: jax.grad(jax.checkpoint(f))(*xs),
  'hessian of checkpoint': lambda f, p: lambda x: jax.hessian(jax.checkpoint(f))(x),
  'vjp with options': lambda f, p: lambda xs, ct: pull(with_options(f, p), xs, ct),
  'jvp of vjp with options': lambda f, p: lambda xs, ct, ts: jax.jvp(lambda *a: pull(with_options(f, p), a, ct)[1], tuple(xs), tuple(ts)),
  'vmap with options': lambda f, p: lambda *xs: vmapped(with_options(f, p), p)(*xs),
  'grad of jit': lambda f, p: lambda *xs: jax.grad(jax.jit(f))(*xs),
}


def add(g, mode, name, label, args, tol=None, **params):
  """One case: function `name` run in `mode`."""
  program = MODES[mode](function(name), params)
  g.program(mode, f'{name}' + (f', {label}' if label else ''), program, args, {'fn': name, **params}, tol=tol)
