"""Transforms over trees, models and compositions: gradients, Jacobians, Hessians, custom rules, an optimiser step."""
import numpy as np

from golden import Family, f64, i32, random_array
from programs import add


def r(label, *shape):
  return random_array('models ' + label, shape, lo=-1.2, hi=1.2)


def build():
  g = Family('models')
  p = {'first': {'w': r('w', 2, 3), 'b': r('b', 3)}, 'second': {'w': r('v', 3, 2), 'b': r('d', 2)}}
  zeros = {'first': {'w': np.zeros((2, 3)), 'b': np.zeros(3)}, 'second': {'w': np.zeros((3, 2)), 'b': np.zeros(2)}}
  dp = {'first': {'w': r('dw', 2, 3), 'b': r('db', 3)}, 'second': {'w': r('dv', 3, 2), 'b': r('dd', 2)}}
  x, y = r('x', 4, 2), r('y', 4, 2)
  small = {'first': {'w': r('sw', 1, 2), 'b': r('sb', 2)}, 'second': {'w': r('sv', 2, 1), 'b': r('sd', 1)}}
  sx, sy = r('sx', 2, 1), r('sy', 2, 1)
  for mode in ('grad', 'valueAndGrad'):
    add(g, mode, 'mlp loss', '', [p, x, y])
  add(g, 'grad of one', 'mlp loss', 'parameters', [p, x, y], argnums=0)
  add(g, 'grad of one', 'mlp loss', 'second', [p, x, y], argnums=1)
  add(g, 'grad of one', 'mlp loss', 'two', [p, x, y], argnums=[0, 2])
  add(g, 'grad of one', 'classifier loss', 'integer labels elsewhere', [p, x, i32(0, 1, 1, 0)], argnums=0)
  add(g, 'grad of checkpoint', 'mlp loss', '', [p, x, y])
  add(g, 'grad of jit', 'mlp loss', '', [p, x, y])
  add(g, 'jit of grad', 'mlp loss', '', [p, x, y])
  add(g, 'grad', 'checkpointed mlp loss', '', [p, x, y])
  add(g, 'grad', 'jitted mlp loss', '', [p, x, y])
  add(g, 'hvp', 'checkpointed sine chain', '', [f64(0.5, 1.5), f64(1, -1)])
  add(g, 'grad', 'checkpointed sine chain', '', [f64(0.5, 1.5)])
  add(g, 'jvp', 'checkpointed sine chain', '', [[f64(0.5, 1.5)], [f64(1, 2)]])
  add(g, 'jvp', 'mlp loss', 'parameters and inputs', [[p, x, y], [dp, x * 0.5, y * 2]])
  add(g, 'linearize', 'mlp', '', [[p, x], [dp, x * 0.5]])
  add(g, 'vjp', 'mlp', '', [[p, x], r('ct', 4, 2)])
  add(g, 'jvp of vjp', 'mlp', '', [[p, x], r('ct', 4, 2), [dp, x]])
  add(g, 'jacrev', 'mlp', '', [small, sx])
  add(g, 'jacfwd', 'mlp', '', [small, sx])
  add(g, 'hessian of two', 'two scalar trees', '', [{'a': np.float64(0.5), 'b': f64(1, 2)}, np.float64(3)])
  add(g, 'jacfwd of tree', 'two outputs', '', [f64(0.5, 1), f64(2, -1)])
  add(g, 'jacrev of tree', 'two outputs', '', [f64(0.5, 1), f64(2, -1)])
  add(g, 'grad with aux', 'sum of cubes', '', [f64(1, 2, 3)])
  add(g, 'value', 'adam step', '', [p, zeros, zeros, x, y])
  add(g, 'jit', 'adam step', '', [p, zeros, zeros, x, y])
  q, k, v = r('q', 2, 3, 2), r('k', 2, 3, 2), r('v', 2, 3, 2)
  for fn in ('attention', 'causal attention'):
    add(g, 'value', fn, '', [q, k, v])
    add(g, 'vjp', fn, '', [[q, k, v], r('ac', 2, 3, 2)])
    add(g, 'jvp of vjp', fn, '', [[q, k, v], r('ac', 2, 3, 2), [k, v, q]])
  ln = {'scale': f64(1, 2, 0.5), 'shift': f64(0, 1, -1)}
  add(g, 'vjp', 'layer norm', '', [[ln, r('lx', 2, 3)], r('lc', 2, 3)])
  add(g, 'jvp', 'layer norm', '', [[ln, r('lx', 2, 3)], [ln, r('lt', 2, 3)]])
  cell = {'w': r('lw', 5, 8), 'b': r('lb', 8)}
  add(g, 'value', 'lstm', '', [cell, r('ls', 4, 3)])
  add(g, 'grad', 'lstm loss', '', [cell, r('ls', 4, 3)])
  add(g, 'jvp', 'lstm loss', '', [[cell, r('ls', 4, 3)], [{'w': r('dlw', 5, 8), 'b': r('dlb', 8)}, r('dls', 4, 3)]])
  add(g, 'jit of grad', 'lstm loss', '', [cell, r('ls', 4, 3)])
  add(g, 'vmap of grad', 'lstm loss', 'over sequences', [cell, r('lss', 2, 3, 3)], inAxes=[None, 0])

  for fn in ('custom push', 'custom pull', 'custom stable softplus'):
    add(g, 'grad', fn, '', [f64(0.1, 0.5, -0.4)])
    add(g, 'jit of grad', fn, '', [f64(0.1, 0.5, -0.4)])
    add(g, 'vmap of grad', fn, '', [r('cg', 2, 3)])
    if fn != 'custom pull':
      add(g, 'jvp', fn, '', [[f64(0.1, 0.5, -0.4)], [f64(1, 2, 3)]])
      add(g, 'hessian', fn, '', [f64(0.1, 0.5, -0.4)])
  add(g, 'value', 'custom stable softplus', 'value', [f64(1, 2, 3)])

  vectors = {'rosenbrock': f64(-1.2, 1, 0.5), 'sum of cubes': f64(1, 2, -1), 'product of sines': f64(0.5, 1, 2), 'log of sum of exp': f64(0, 1, -1), 'norm': f64(1, 2, 2), 'triple': f64(0.5, 1, 2)}
  for fn, at in vectors.items():
    for mode in ('grad', 'hessian', 'third', 'jacfwd', 'jacrev', 'second', 'grad of checkpoint', 'hessian of checkpoint'):
      add(g, mode, fn, '', [at])
    add(g, 'hvp', fn, '', [at, f64(1, -1, 0.5)])
    add(g, 'jet', fn, 'order 4', [[at], [[f64(1, 0, 1), f64(0, 1, 0.5), f64(1, 1, 0), f64(0, 0, 1)]]])
  for fn in ('polynomial', 'tanh sin exp', 'reciprocal chain', 'sqrt log', 'vector field'):
    at = f64(0.5, 1.5)
    for mode in ('jacfwd', 'jacrev'):
      add(g, mode, fn, '', [at])
    add(g, 'linearize', fn, '', [[at], [f64(1, -2)]])
  add(g, 'jet', 'tanh sin exp', 'order 8', [[f64(0.4)], [[f64(1.0)] + [f64(0.0)] * 7]], tol=1e-11)
  add(g, 'jet', 'gaussian', 'order 3', [[f64(0.4), f64(0.1), f64(1.5)], [[f64(1.0), f64(0.0), f64(1.0)], [f64(0.5), f64(0.0), f64(0.0)], [f64(0.0), f64(1.0), f64(0.0)]]])
  add(g, 'jacrev', 'gaussian', '', [f64(0.4, 1), f64(0.1, 0.2), f64(1.5, 2)])
  add(g, 'jacfwd', 'gaussian', '', [f64(0.4, 1), f64(0.1, 0.2), f64(1.5, 2)])
  add(g, 'jvp of vjp', 'erf of product', '', [[f64(0.4, 1), f64(0.1, 0.2)], f64(1, 2), [f64(1, 1), f64(-1, 2)]])
  add(g, 'grad', 'sum of matrix sines', '', [r('ms', 3, 3)])
  add(g, 'hvp', 'sum of matrix sines', '', [r('ms', 3, 3), r('mt', 3, 3)])
  add(g, 'linearTranspose', 'three linear', '', [[f64(1, 2, 3)], f64(1, -1, 2)])
  add(g, 'linearTranspose', 'cumsum reverse', '', [[f64(1, 2, 3)], f64(1, -1, 2)])
  add(g, 'linearTranspose', 'np.negative', '', [[f64(1, 2, 3)], f64(1, -1, 2)])
  add(g, 'linearTranspose', 'np.transpose', '', [[f64([[1, 2, 3], [4, 5, 6]])], f64([[1, 2], [3, 4], [5, 6]])])

  one, two = {'transpose': r('t', 3, 4), 'reshape': r('t', 3, 4), 'broadcast': r('t4', 4), 'split': r('t6', 6), 'pad': r('t', 3, 4), 'flip': r('t', 3, 4), 'roll': r('t', 3, 4), 'tile': r('t3', 3), 'repeat': r('t3', 3), 'diff': r('t4', 4), 'tril': r('tt', 3, 3),
              'diag': r('t3', 3), 'trace': r('tt', 3, 3), 'slice with stride': r('t', 3, 4), 'einsum trace': r('tt', 3, 3)}, {
              'concatenate': (r('c', 2, 2), r('d', 1, 2)), 'stack': (r('s', 3), r('u', 3)), 'matmul': (r('a', 2, 3), r('b', 3, 2)), 'batched matmul': (r('a', 2, 1, 3), r('b', 3, 2)), 'dot': (r('a', 3), r('b', 3)), 'outer': (r('a', 3), r('b', 2)),
              'tensordot': (r('a', 2, 2, 3), r('b', 2, 3)), 'einsum batch': (r('a', 2, 2, 2), r('b', 2, 1, 2)), 'dotGeneral': (r('a', 3, 2, 2), r('b', 2, 3, 1)), 'quadratic form': (r('a', 3, 3), r('b', 3))}
  for fn, a in one.items():
    add(g, 'jacrev', fn, '', [a])
    add(g, 'jvp', fn, '', [[a], [r('tangent ' + fn, *a.shape)]])
  for fn, (a, b) in two.items():
    add(g, 'jacrev', fn, '', [a, b])
    add(g, 'jacfwd', fn, '', [a, b])
    add(g, 'jvp', fn, '', [[a, b], [r('tangent ' + fn, *a.shape), r('tangent 2 ' + fn, *b.shape)]])
  add(g, 'jacrev', 'einsum chain', '', [r('a', 2, 3), r('b', 3, 2), r('c', 2)])
  add(g, 'jvp of vjp', 'einsum chain', '', [[r('a', 2, 3), r('b', 3, 2), r('c', 2)], f64(1, 2), [r('a2', 2, 3), r('b2', 3, 2), r('c2', 2)]])
  add(g, 'grad', 'logistic loss', '', [f64(-30, 0, 2), f64(0, 1, 1)])
  add(g, 'jvp of vjp', 'logistic loss', '', [[f64(-30, 0, 2), f64(0, 1, 1)], np.float64(2), [f64(1, 2, 3), f64(1, 1, 1)]])
  for fn in ('polynomial', 'tanh sin exp', 'reciprocal chain', 'sqrt log', 'x times x', 'einsum trace'):
    x = f64(0.5, 1.5) if fn != 'einsum trace' else r('tt', 2, 2)
    add(g, 'vjp of jvp', fn, '', [[x], [x * 0.5 - 1], r('vj' + fn, 2)])
  return g
