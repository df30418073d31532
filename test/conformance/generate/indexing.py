"""Reading with `np.at` and updating with `np.set`, `np.addAt` and the others: JAX's `x[ix]` and `x.at[ix]`."""
import jax.numpy as jnp
import numpy as np

from golden import Family, boolean, f64, i32, random_array, u32

UPDATES = {'np.set': 'set', 'np.addAt': 'add', 'np.mulAt': 'multiply', 'np.minAt': 'min', 'np.maxAt': 'max'}


def index(ix):
  """Every array index goes to the device; the places of a mask must be known, so it stays a NumPy array."""
  return tuple(i if not isinstance(i, np.ndarray) or i.dtype == np.bool_ else jnp.asarray(i) for i in ix)


def build():
  g = Family('indexing')
  x, m, v = random_array('index', (2, 3, 4)), random_array('index', (3, 4)), f64(10, 20, 30, 40, 50)
  S = slice
  reads = {
    'integer': (x, [1]), 'negative integer': (x, [-1]), 'two integers': (x, [0, 2]), 'all integers': (x, [1, 0, -1]), 'slice': (v, [S(1, 3, None)]),
    'open slices': (m, [S(None, 2, None), S(1, None, None)]), 'negative bounds': (v, [S(-3, -1, None)]), 'step': (v, [S(None, None, 2)]),
    'negative step': (v, [S(None, None, -1)]), 'negative step with bounds': (v, [S(4, 1, -2)]), 'out of range slice': (v, [S(2, 99, None)]), 'empty slice': (v, [S(3, 1, None)]),
    'slice then integer': (x, [S(None, None, None), 1]), 'ellipsis': (x, [Ellipsis, 0]), 'integer, ellipsis, integer': (x, [0, Ellipsis, 2]), 'new axis': (m, [None]),
    'new axis inside': (m, [S(None, None, None), None]), 'new axis last': (m, [Ellipsis, None]), 'nothing': (m, []), 'step on an inner axis': (x, [S(None, None, None), S(None, None, 2), S(3, 0, -1)]),
    'array': (v, [i32(3, 0, 0)]), 'array of two axes': (v, [i32([[3, 0], [1, 1]])]), 'negative array': (v, [i32(-1, -5)]), 'array on the first of three axes': (x, [i32(1, 0, 1)]),
    'array on the last axis': (x, [Ellipsis, i32(3, 1)]), 'array in the middle': (x, [S(None, None, None), i32(2, 0)]), 'two arrays': (m, [i32(0, 2), i32(1, 3)]), 'two arrays, broadcast': (m, [i32([[0], [2]]), i32(1, 3)]),
    'arrays apart': (x, [i32(0, 1), S(None, None, None), i32(3, 2)]), 'arrays together': (x, [S(None, None, None), i32(0, 2), i32(3, 1)]), 'array and integer': (x, [i32(1, 0), 2]),
    'integer and array apart': (x, [0, S(None, None, None), i32(1, 2)]), 'array and slice': (m, [i32(2, 0), S(1, 3, None)]), 'array and new axis': (m, [i32(2, 0), None]), 'beyond the end is clamped': (v, [i32(7, 2)]),
    'below the start is clamped': (v, [i32(-9, 2)]), 'u32 array': (v, [u32(4, 1)]), 'empty array': (v, [np.zeros((0,), np.int32)]), 'scalar array': (m, [np.array(1, np.int32)]), 'mask': (v, [boolean(True, False, True, False, False)]),
    'mask of a matrix': (f64([[1, 2], [3, 4]]), [boolean([[True, False], [False, True]])]), 'mask on one axis': (m, [boolean(True, False, True)]), 'slice and mask': (m, [S(None, None, None), boolean(True, False, True, False)]),
    'i32 values': (i32(5, 6, 7), [i32(2, 0)]), 'truth values': (boolean(True, False), [i32(1, 1)]),
  }
  for label, (a, ix) in reads.items():
    g.case('np.at', label, [a, ix], ref=lambda p, _, ix=ix: p[index(ix)])

  updates = {
    'integer': (v, [1], 7.5), 'negative integer': (v, [-1], 7.5), 'row': (m, [1], f64(1, 2, 3, 4)), 'row from a number': (m, [2], 0.5), 'slice': (v, [S(1, 4, None)], f64(1, 2, 3)), 'step': (v, [S(None, None, 2)], f64(15, 35, 45)),
    'negative step': (v, [S(None, None, -1)], f64(1, 2, 3, 4, 500)), 'column': (m, [S(None, None, None), 0], f64(9, -9, 0)), 'array': (v, [i32(3, 0)], f64(41, 1)), 'repeated places': (v, [i32(1, 1, 3)], f64(2, 2, 60)),
    'two arrays': (m, [i32(0, 2), i32(1, 3)], f64(5, -5)), 'beyond the end is dropped': (v, [i32(9, 1)], f64(100, 3)), 'block': (x, [S(None, None, None), S(1, 3, None), 0], f64([[1, 2], [3, 4]])), 'mask': (v, [boolean(True, False, True, False, False)], 25.0),
    'everything': (m, [Ellipsis], 1.5), 'broadcast row': (m, [S(0, 2, None)], f64(1, 2, 3, 4)), 'array of rows': (m, [i32(2, 0)], f64([[1, 1, 1, 1], [2, 2, 2, 2]])), 'i32': (i32(5, 6, 7), [i32(0, 2)], i32(9, 1)),
    'ellipsis and integer': (x, [Ellipsis, -1], 0.25),
  }
  for fn, method in UPDATES.items():
    for label, (a, ix, value) in updates.items():
      if label == 'repeated places' and fn == 'np.set':
        continue
      g.case(fn, label, [a, ix, value], ref=lambda p, _, w, ix=ix, method=method: getattr(p.at[index(ix)], method)(w))

  g.case('np.take', 'flat', [m, i32(0, 5, -1)])
  for axis in (0, 1, -1):
    g.case('np.take', f'axis {axis}', [m, i32(2, 0)], {'axis': axis})
  g.case('np.take', 'matrix of indices', [m, i32([[0, 1], [2, 2]])], {'axis': 0})
  g.case('np.take', 'number', [m, 1], {'axis': 0})
  g.case('np.take', 'beyond gives NaN', [v, i32(0, 9)], {'axis': 0})
  g.case('np.take', 'clip', [v, i32(-9, 9)], {'axis': 0, 'mode': 'clip'})
  g.case('np.take', 'wrap', [v, i32(-1, 7)], {'axis': 0, 'mode': 'wrap'})
  g.case('np.takeAlongAxis', 'axis 1', [m, i32([[0, 1], [2, 2], [-1, 3]]), 1], ref=lambda a, i, axis: jnp.take_along_axis(a, i, axis))
  g.case('np.takeAlongAxis', 'axis 0', [m, i32([[0, 1, 2, 0]]), 0], ref=lambda a, i, axis: jnp.take_along_axis(a, i, axis))
  g.case('np.nonzero', 'size', [f64(0, 3, 0, 4)], {'size': 2})
  g.case('np.nonzero', 'size and fill', [f64(0, 3, 0, 4)], {'size': 3, 'fillValue': 9})
  g.case('np.argwhere', 'size', [f64([[0, 3], [1, 0]])], {'size': 2})
  g.case('np.flatnonzero', 'size', [f64([[0, 3], [1, 0]])], {'size': 2})
  return g
