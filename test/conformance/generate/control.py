"""Control flow: values, derivatives forwards and backwards, and batching."""
import numpy as np

from golden import Family, boolean, f64, i32, random_array
from programs import add

XS = f64(0.5, -1.25, 2.0, 0.75)


def r(label, *shape):
  return random_array('control ' + label, shape)


def build():
  g = Family('control')
  w, h, xs = r('w', 2, 2), r('h', 2), r('xs', 4, 2)
  tree_init, tree_xs = {'u': np.float64(0.5), 'v': np.float64(-1.5)}, {'a': f64(1.5, -0.5, 2), 'b': f64(1, 2, 3)}
  single = {
    'scan running sum': [XS], 'scan elman': [w, h, xs], 'scan reversed': [w, h, xs], 'scan of length': [np.float64(0.75)], 'scan tree': [tree_init, tree_xs], 'scan unrolled': [f64(0.5, -1, 2, 3, 1)],
    'scan nested': [r('nest', 3, 2)], 'scan last carry': [XS], 'scan with captured': [f64(0.5, -1), r('cap', 3, 2)], 'scan passing through': [np.float64(1.5), XS], 'scan with counter': [XS], 'cond on value': [f64(0.5, -0.25)], 'cond in scan': [XS],
    'map': [XS], 'map rows': [r('rows', 3, 2)], 'foriLoop': [f64(0.5, 1.5)], 'foriLoop from': [f64(0.5, 1.5)], 'foriLoop updates': [f64(0.5, 1.5, 2, 3)], 'associativeScan add': [XS], 'associativeScan mul': [f64(0.5, -1, 2, 3, 1)],
    'associativeScan max': [f64(0.5, -1, 2, 3, 1, 5, 4)], 'associativeScan reverse': [f64(0.5, -1, 2, 3, 1, 5)], 'associativeScan axis': [r('assoc', 2, 5)], 'associativeScan affine': [{'a': f64(0.5, -1, 2, 3, 1), 'b': f64(1, 2, 3, 4, 5)}], 'lazy power': [f64(1.5, -0.5)],
    'whileLoop newton': [np.float64(2.0)], 'whileLoop doubling': [np.float64(1.5)], 'whileLoop never': [f64(0.5, 1.5)],
  }
  for fn, args in single.items():
    add(g, 'value', fn, '', args)
    add(g, 'jit', fn, '', args)
    leaves = lambda v, k: {n: leaves(x, k + n) for n, x in v.items()} if isinstance(v, dict) else random_array(k, np.shape(v))
    add(g, 'jvp', fn, '', [args, [leaves(a, f'{fn}{i}') for i, a in enumerate(args)]])
  add(g, 'value', 'whileLoop collatz', '27', [np.int32(27)], )
  add(g, 'vmap', 'whileLoop collatz', '', [i32(1, 2, 7, 27)])
  for fn, args in single.items():
    if fn.startswith('whileLoop'):
      continue
    add(g, 'jacrev', fn, '', args)
  for fn in ('scan last carry', 'associativeScan mul', 'foriLoop', 'scan with counter', 'lazy power', 'cond on value', 'map', 'scan nested', 'associativeScan max'):
    args = single[fn]
    add(g, 'jacfwd', fn, '', args)
    if fn != 'scan nested':
      x = np.atleast_1d(args[0])
      add(g, 'vmap', fn, '', [np.stack([x, x * 0.5 - 0.1, -x])])
      if fn in ('foriLoop', 'lazy power', 'cond on value', 'map', 'associativeScan mul'):
        add(g, 'jvp of vjp', fn, '', [[args[0]], random_array('c' + fn, args[0].shape), [random_array('t' + fn, args[0].shape)]])
        add(g, 'vjp of vjp', fn, '', [[args[0]], random_array('c' + fn, args[0].shape), [random_array('t' + fn, args[0].shape)]])
        add(g, 'linearize', fn, '', [[args[0]], [random_array('t' + fn, args[0].shape)]])
  add(g, 'grad', 'scan last carry', '', [XS])
  add(g, 'hessian', 'scan last carry', '', [XS])
  add(g, 'hessian of checkpoint', 'scan last carry', '', [XS])
  add(g, 'hvp', 'scan last carry', '', [XS, f64(1, 2, -1, 0.5)])
  add(g, 'jit of grad', 'scan last carry', '', [XS])
  add(g, 'vmap of grad', 'scan last carry', '', [r('vg', 3, 4)])
  add(g, 'grad of vmap', 'scan last carry', '', [r('vg', 3, 4)])
  add(g, 'jet', 'scan last carry', 'order 3', [[XS], [[f64(1, 0, 1, 0), f64(0, 1, 0, 0.5), f64(1, 1, 0, 0)]]])
  add(g, 'jet', 'associativeScan mul', 'order 3', [[f64(0.5, -1, 2)], [[f64(1, 0, 1), f64(0, 1, 0), f64(1, 1, 0)]]])
  add(g, 'jet', 'foriLoop', 'order 3', [[f64(0.5)], [[f64(1.0), f64(0.5), f64(-1.0)]]])
  add(g, 'jet', 'lazy power', 'order 2', [[f64(0.5)], [[f64(1.0), f64(0.5)]]])
  add(g, 'jet', 'whileLoop newton', 'order 2', [[np.float64(2)], [[np.float64(1), np.float64(0.5)]]])
  add(g, 'vmap', 'scan elman', 'inputs only', [w, h, r('vx', 3, 4, 2)], inAxes=[None, None, 0])
  add(g, 'vmap', 'scan elman', 'weights only', [r('vw', 3, 2, 2), h, xs], inAxes=[0, None, None])
  add(g, 'vmap', 'scan elman', 'carry only', [w, r('vh', 3, 2), xs], inAxes=[None, 0, None])
  add(g, 'vmap', 'scan reversed', 'inputs', [w, h, r('vx', 3, 4, 2)], inAxes=[None, None, 0])
  add(g, 'vmap', 'scan tree', '', [{'u': f64(1, 2), 'v': f64(3, 4)}, tree_xs], inAxes=[0, None])
  add(g, 'value', 'scan empty', '', [np.float64(1.5), np.zeros((0,))])
  add(g, 'jvp', 'scan empty', '', [[np.float64(1.5), np.zeros((0,))], [np.float64(2), np.zeros((0,))]])
  add(g, 'value', 'scan empty', 'length 1', [np.float64(1.5), f64([2])])
  for p in (True, False):
    add(g, 'value', 'cond', str(p), [np.bool_(p), f64(0.5, 2)])
    add(g, 'value', 'cond tree', str(p), [np.bool_(p), f64(0.5, 2)])
    add(g, 'value', 'cond with captured', str(p), [np.bool_(p), f64(0.5, 2), f64(3, 4)])
  for i in (0, 1, 2, 7, -3):
    add(g, 'value', 'switchCase', str(i), [np.int32(i), f64(0.5, 2)])
  add(g, 'vmap', 'switchCase', '', [i32(0, 1, 2, 1), r('sw', 4, 2)])
  add(g, 'vmap', 'switchCase', 'index only', [i32(0, 1, 2, 1), f64(1, 2)], inAxes=[0, None])
  add(g, 'vmap', 'cond', '', [boolean(True, False, True), r('co', 3, 2)])
  add(g, 'vmap', 'cond', 'operand only', [np.bool_(False), r('co', 3, 2)], inAxes=[None, 0])
  add(g, 'vmap', 'cond tree', '', [boolean(True, False, True), r('co', 3, 2)])
  add(g, 'vmap', 'whileLoop newton', '', [f64(2, 9, 0.5)])
  add(g, 'vmap', 'whileLoop doubling', '', [f64(1.5, 40, 99)])
  add(g, 'vmap of jvp', 'whileLoop doubling', '', [f64(1.5, 40, 99), f64(1, 2, 3)])
  add(g, 'jvp', 'whileLoop newton', 'at 9', [[np.float64(9)], [np.float64(1)]])
  two = np.float64(2)
  for mode in ('value', 'jit', 'grad', 'hessian', 'third', 'second', 'grad of checkpoint', 'grad of jit', 'jit of grad'):
    add(g, mode, 'whileLoop bounded', '', [two])
  add(g, 'jvp', 'whileLoop bounded', '', [[two], [np.float64(3)]])
  add(g, 'vmap', 'whileLoop bounded', '', [f64(2, 9, 40)])
  add(g, 'vmap of grad', 'whileLoop bounded', '', [f64(2, 9, 40)])
  add(g, 'grad of vmap', 'whileLoop bounded', '', [f64(2, 9, 40)])
  add(g, 'jacrev', 'whileLoop bounded tree', '', [w, h])
  add(g, 'jacfwd', 'whileLoop bounded tree', '', [w, h])
  add(g, 'vmap', 'whileLoop bounded tree', 'inputs', [w, r('bh', 3, 2)], inAxes=[None, 0])
  add(g, 'jvp of vjp', 'whileLoop bounded tree', '', [[w, h], {'h': f64(1, 2), 'n': np.float64(0.5)}, [r('bw', 2, 2), f64(1, -1)]])
  for fn in ('scan elman', 'scan reversed'):
    add(g, 'vjp of jvp', fn, '', [[w, h, xs], [r('tw', 2, 2), r('th', 2), r('txs', 4, 2)], (r('c1', 2), r('c2', 4, 2))])
    add(g, 'jvp of vjp', fn, '', [[w, h, xs], (r('c1', 2), r('c2', 4, 2)), [r('tw', 2, 2), r('th', 2), r('txs', 4, 2)]])
    add(g, 'vjp', fn, '', [[w, h, xs], (r('c1', 2), r('c2', 4, 2))])
    add(g, 'linearize', fn, '', [[w, h, xs], [r('tw', 2, 2), r('th', 2), r('txs', 4, 2)]])
  return g
