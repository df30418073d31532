"""Moving, joining, cutting and repeating: functions that only carry elements from place to place."""
import jax.numpy as jnp

from golden import Family, boolean, f64, i32, random_array


def build():
  g = Family('shaping')
  x, v = random_array('shaping', (2, 3, 4)), f64(1, 2, 3, 4, 5, 6)
  for label, shape in (('flat', [24]), ('guess', [4, -1]), ('same size', [3, 2, 4]), ('number', -1)):
    g.case('np.reshape', label, [x, shape])
  g.case('np.reshape', 'to scalar', [f64([3]), []])
  g.case('np.reshape', 'column order', [x, [6, 4]], {'order': 'F'})
  g.case('np.ravel', 'three axes', [x])
  for label, args in (('all', [x]), ('given', [x, [2, 0, 1]]), ('negative', [x, [-1, 0, 1]]), ('vector', [v])):
    g.case('np.transpose', label, args)
  g.case('np.permuteDims', 'given', [x, [1, 2, 0]])
  g.case('np.matrixTranspose', 'batch', [x])
  g.case('np.swapaxes', 'ends', [x, 0, -1])
  g.case('np.moveaxis', 'one', [x, 0, -1])
  g.case('np.moveaxis', 'two', [x, [0, 1], [-1, 0]])
  g.case('np.rollaxis', 'last', [x, 2])
  for axis in (0, 1, -1, [0, -1]):
    g.case('np.expandDims', f'axis {axis}', [f64([[1, 2, 3]]), axis])
  g.case('np.squeeze', 'all', [f64([[[1, 2, 3]]])])
  g.case('np.squeeze', 'axis', [f64([[[1, 2, 3]]])], {'axis': 0})
  g.case('np.squeeze', 'axes', [f64([[[1], [2]]])], {'axis': [0, 2]})
  g.case('np.broadcastTo', 'row', [f64(1, 2, 3), [2, 3]])
  g.case('np.broadcastTo', 'scalar', [f64([1]), [2, 2]])
  g.case('np.broadcastArrays', 'two', [f64([[1], [2]]), f64(1, 2, 3)])
  for fn in ('np.atleast1d', 'np.atleast2d', 'np.atleast3d'):
    name = {'np.atleast1d': 'atleast_1d', 'np.atleast2d': 'atleast_2d', 'np.atleast3d': 'atleast_3d'}[fn]
    g.case(fn, 'vector', [f64(1, 2)], ref=getattr(jnp, name))

  a, b = random_array('join a', (2, 3)), random_array('join b', (2, 3))
  for axis in (0, 1, -1):
    g.case('np.concatenate', f'axis {axis}', [[a, b], axis])
    g.case('np.stack', f'axis {axis}', [[a, b], axis])
  g.case('np.stack', 'axis 2', [[a, b], 2])
  g.case('np.concatenate', 'default axis', [[a, b]])
  g.case('np.stack', 'default axis', [[a, b]])
  g.case('np.concatenate', 'unequal lengths', [[a, random_array('join c', (1, 3)), random_array('join d', (0, 3))], 0])
  for fn in ('np.vstack', 'np.hstack', 'np.dstack'):
    g.case(fn, 'matrices', [[a, b]])
    g.case(fn, 'vectors', [[f64(1, 2), f64(3, 4)]])
  g.case('np.columnStack', 'vectors', [[f64(1, 2), f64(3, 4)]])
  g.case('np.append', 'flat', [f64(1, 2), f64([[3, 4]])])
  g.case('np.append', 'axis', [a, b], {'axis': 0})
  g.case('np.split', 'equal', [v, 3])
  g.case('np.split', 'axis', [x, 2, 2])
  g.case('np.split', 'places', [v, [1, 4]])
  g.case('np.arraySplit', 'unequal', [v, 4])
  g.case('np.vsplit', 'rows', [a, 2])
  g.case('np.hsplit', 'columns', [a, 3])
  g.case('np.unstack', 'rows', [a])

  for label, widths in (('one number', 1), ('pair', [1, 2]), ('by axis', [[0, 1], [2, 0]])):
    g.case('np.pad', label, [a, widths], ref=lambda p, w: jnp.pad(p, w))
  g.case('np.pad', 'values', [a, [[1, 1], [0, 2]]], {'constantValues': 7.5})
  for mode in ('edge', 'reflect', 'wrap', 'symmetric'):
    g.case('np.pad', mode, [a, [[1, 1], [2, 1]]], {'mode': mode})
  g.case('np.pad', 'i32', [i32(1, 2), [[1, 1]]])
  g.case('np.pad', 'truths', [boolean(True, True), [[1, 1]]])
  for label, reps in (('number', 2), ('two axes', [2, 1]), ('more axes', [2, 1, 2])):
    g.case('np.tile', label, [a, reps])
  g.case('np.repeat', 'flat', [a, 2])
  g.case('np.repeat', 'axis', [a, 3], {'axis': 1})
  g.case('np.repeat', 'by element', [a, i32(1, 2)], {'axis': 0, 'totalRepeatLength': 3})
  for label, shift, options in (('flat', 2, {}), ('axis', 1, {'axis': 1}), ('negative', -1, {'axis': 0}), ('two axes', [1, 2], {'axis': [0, 1]}), ('around', 7, {'axis': 1})):
    g.case('np.roll', label, [a, shift], options)
  for label, options in (('all', {}), ('axis', {'axis': 1}), ('axes', {'axis': [0, 2]})):
    g.case('np.flip', label, [x], options)
  g.case('np.fliplr', 'matrix', [a])
  g.case('np.flipud', 'matrix', [a])
  for k in (1, 2, 3, -1):
    g.case('np.rot90', f'k {k}', [a], {'k': k})
  g.case('np.select', 'two conditions', [[boolean(True, False, False), boolean(True, True, False)], [f64(1, 2, 3), f64(4, 5, 6)]], {'default': 9.0})
  return g
