"""vmap: axes in and out, trees, named axes, nesting, and its meeting with derivatives."""
import numpy as np

from golden import Family, boolean, f64, i32, random_array
from programs import add


def r(label, *shape):
  return random_array('batch ' + label, shape)


def build():
  g = Family('batching')
  for fn in ('np.sin', 'np.sum', 'np.prod', 'np.cumsum', 'np.sort', 'np.argmax', 'np.max', 'nn.softmax', 'nn.logsumexp', 'np.diag', 'np.flip', 'np.argsort', 'lax.cumlogsumexp', 'lax.cummax', 'np.median', 'np.mean', 'np.var', 'polynomial', 'rosenbrock', 'norm',
             'roll', 'diff', 'cumprod', 'take the same twice', 'sort descending', 'repeat', 'tile', 'at step', 'split', 'three linear'):
    add(g, 'vmap', fn, '', [r(fn, 4, 3)])
  for fn in ('np.sum', 'np.sort', 'np.cumsum', 'nn.softmax'):
    add(g, 'vmap', fn, 'last axis in and out', [r(fn, 3, 4)], inAxes=-1, outAxes=-1)
    add(g, 'vmap', fn, 'second axis in', [r(fn, 3, 4)], inAxes=1)
  for fn in ('np.matmul', 'np.dot', 'np.outer', 'np.multiply', 'np.arctan2', 'np.concatenate'):
    if fn == 'np.concatenate':
      continue
    a, b = r(fn, 2, 3, 3), r(fn + 'b', 2, 3, 3)
    if fn in ('np.outer',):
      a, b = r(fn, 2, 3), r(fn + 'b', 2, 3)
    add(g, 'vmap', fn, 'both', [a, b])
    add(g, 'vmap', fn, 'left', [a, b[0]], inAxes=[0, None])
    add(g, 'vmap', fn, 'right', [a[0], b], inAxes=[None, 0])
    add(g, 'vmap', fn, 'different axes', [np.moveaxis(a, 0, 1), b], inAxes=[1, 0])
  add(g, 'vmap', 'dynamicSlice', '', [r('ds', 2, 3, 4)])
  add(g, 'vmap', 'dynamicUpdateSlice', 'update only', [r('du', 3, 4), r('dv', 2, 2, 2)], inAxes=[None, 0])
  add(g, 'vmap', 'addAt', 'values only', [f64(1, 2, 3, 4), r('aa', 2, 3)], inAxes=[None, 0])
  add(g, 'vmap', 'addAt', 'both', [r('ab', 2, 4), r('ac', 2, 3)])
  add(g, 'vmap', 'set', 'operand only', [r('st', 2, 3), np.float64(5)], inAxes=[0, None])
  add(g, 'vmap', 'mulAt', 'both', [r('mm', 2, 4), r('mn', 2, 2)])
  add(g, 'vmap', 'where two', '', [r('w1', 3, 2), r('w2', 3, 2)])
  add(g, 'vmap', 'clamp bounds', 'one bound', [r('c1', 3, 2), r('c2', 3, 2), f64(1, 1)], inAxes=[0, 0, None])
  add(g, 'vmap', 'np.take', 'indices', [f64(10, 20, 30), i32([[0, 2], [1, 1]])], inAxes=[None, 0])
  add(g, 'vmap', 'np.take', 'both', [r('tk', 2, 3), i32([[0, 2], [1, 1]])])
  add(g, 'vmap', 'np.where', 'condition', [boolean(True, False), f64(1, 2), f64(3, 4)], inAxes=[0, None, None])
  add(g, 'vmap', 'np.searchsorted', 'values', [f64(1, 2, 3), r('ss', 3)], inAxes=[None, 0])
  add(g, 'vmap', 'sort with payload', 'keys', [r('sk', 2, 3), r('sp', 2, 3)])
  add(g, 'vmap', 'einsum chain', 'middle', [r('e1', 2, 3), r('e2', 4, 3, 2), r('e3', 2)], inAxes=[None, 0, None])
  add(g, 'vmap', 'two outputs', 'outAxes tree', [r('to', 3, 2), r('tp', 3, 2)], outAxes={'sum': 0, 'product': 1})
  tree = {'first': {'w': r('w', 3, 2, 2), 'b': r('b', 2)}, 'second': {'w': r('v', 2, 2), 'b': r('d', 3, 2)}}
  add(g, 'vmap', 'mlp', 'inAxes tree', [tree, r('x', 4, 2)], inAxes=[{'first': {'w': 0, 'b': None}, 'second': {'w': None, 'b': 0}}, None])
  p = {'first': {'w': r('w', 2, 3), 'b': r('b', 3)}, 'second': {'w': r('v', 3, 2), 'b': r('d', 2)}}
  add(g, 'vmap', 'mlp', 'over examples', [p, r('x', 4, 2)], inAxes=[None, 0])
  add(g, 'vmap of grad', 'mlp loss', 'per example', [p, r('x', 3, 2), r('y', 3, 2)], inAxes=[None, 0, 0])
  add(g, 'grad of vmap', 'mlp', 'over examples', [p, r('x', 4, 2)], inAxes=[None, 0])
  add(g, 'vmap of grad', 'classifier loss', 'per example', [p, r('x', 3, 1, 2), i32([[0], [1], [1]])], inAxes=[None, 0, 0])
  for fn in ('rosenbrock', 'sum of cubes', 'product of sines', 'log of sum of exp', 'norm', 'triple'):
    add(g, 'vmap of grad', fn, '', [r('g ' + fn, 3, 3)])
    add(g, 'vmap of hessian', fn, '', [r('g ' + fn, 2, 3)])
    add(g, 'grad of vmap', fn, '', [r('g ' + fn, 3, 3)])
    add(g, 'jvp of vmap', fn, '', [r('g ' + fn, 3, 3), r('t ' + fn, 3, 3)])
  for fn in ('np.sin', 'polynomial', 'tanh sin exp', 'np.cumprod', 'np.sort', 'cumsum reverse', 'lax.cumlogsumexp', 'take the same twice', 'at step', 'reciprocal chain', 'nn.softmax', 'pow 3'):
    add(g, 'vmap of jvp', fn, '', [r(fn, 2, 3), r(fn + ' t', 2, 3)])
    add(g, 'vmap of vjp', fn, '', [r(fn, 2, 3), r(fn + ' c', *{'at step': (2, 2)}.get(fn, (2, 3)))])
  for fn in ('np.multiply', 'np.outer', 'np.dot', 'np.arctan2', 'matmul'):
    shape = (3, 2) if fn != 'matmul' else (3, 2, 2)
    add(g, 'nested vmap', fn, 'all pairs', [r('n1' + fn, *shape), r('n2' + fn, 4, *shape[1:])])
  for fn in ('np.sum', 'np.sort', 'np.prod', 'nn.logsumexp', 'rosenbrock'):
    add(g, 'vmap twice', fn, '', [r('v2' + fn, 2, 3, 3)])
  axes = r('axes', 3, 2)
  for fn in ('psum normalise', 'psum of square', 'psum of one', 'pmean centre', 'pmax shift', 'pmin shift', 'axisIndex', 'allGather', 'allGather weighted', 'ppermute ring', 'batch norm'):
    add(g, 'vmap', fn, '', [axes], axisName='i')
    if fn == 'pmin shift':
      continue
    if fn not in ('pmax shift',):
      add(g, 'grad of vmap', fn, '', [axes], axisName='i')
      add(g, 'jvp of vmap', fn, '', [axes, r('axes t', 3, 2)], axisName='i')
  add(g, 'vmap', 'psum normalise', 'along axis 1', [axes], axisName='i', inAxes=1, outAxes=1)
  return g
