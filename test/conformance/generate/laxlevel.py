"""The lax functions that move, fold and sort with explicit dimensions."""
import jax
import jax.numpy as jnp
import numpy as np

from golden import DTYPES, Family, boolean, f32, f64, i32, random_array, u32

NAN, INF = float('nan'), float('inf')


def build():
  g = Family('laxlevel')
  lax = jax.lax
  x, v, cube = random_array('lax', (3, 4)), f64(1, 2, 3, 4, 5), random_array('lax cube', (2, 3, 4))
  zero = np.float64(-7.5)
  for label, a, widths in (('low and high', x, [[1, 0, 0], [0, 2, 0]]), ('interior', v, [[0, 0, 2]]), ('negative', v, [[-1, -2, 0]]), ('negative low, positive high', v, [[-2, 3, 0]]),
                           ('negative with interior', v, [[-1, -1, 1]]), ('all kinds', x, [[-1, 2, 1], [1, -3, 2]]), ('to nothing', v, [[-3, -2, 0]]), ('none', x, [[0, 0, 0], [0, 0, 0]]),
                           ('interior of one', f64([3]), [[0, 0, 4]]), ('empty', f64([]), [[1, 1, 3]])):
    g.case('lax.pad', label, [a, zero, widths])
  g.case('lax.pad', 'i32', [i32(1, 2), np.int32(9), [[1, 1, 1]]])
  g.case('lax.pad', 'truths', [boolean(True, False), np.bool_(True), [[1, 0, 1]]])

  for label, a, args in (('plain', x, [[1, 0], [3, 2]]), ('strides', v, [[0], [5], [2]]), ('strides on two axes', x, [[0, 1], [3, 4], [2, 2]]), ('empty', v, [[2], [2]]), ('whole', v, [[0], [5]])):
    g.case('lax.slice', label, [a] + args)
  g.case('lax.sliceInDim', 'axis 1', [x, 1, 3], {'axis': 1})
  g.case('lax.sliceInDim', 'stride', [x, 0, 4], {'stride': 3, 'axis': 1})
  for label, a, starts, sizes in (('inside', x, [1, 2], [2, 2]), ('clamped high', v, [4], [3]), ('clamped low', v, [-9], [2]), ('negative counts from the end', v, [-2], [2]), ('whole', x, [0, 0], [3, 4]), ('two axes clamped', x, [2, 3], [2, 3])):
    g.case('lax.dynamicSlice', label, [a, starts, sizes])
  g.case('lax.dynamicSlice', 'array starts', [v, [np.int32(1)], [2]])
  g.case('lax.dynamicSliceInDim', 'axis 1', [x, 1, 2], {'axis': 1})
  g.case('lax.dynamicIndexInDim', 'kept', [x, 1], {'axis': 0})
  g.case('lax.dynamicIndexInDim', 'dropped', [x, 1], {'axis': 0, 'keepdims': False})
  for label, a, u, starts in (('inside', x, f64([[10, 20]]), [1, 1]), ('clamped', v, f64(10, 20), [4]), ('clamped low', v, f64(10, 20), [-9]), ('whole', v, f64(5, 4, 3, 2, 1), [3])):
    g.case('lax.dynamicUpdateSlice', label, [a, u, starts])
  g.case('lax.dynamicUpdateSliceInDim', 'axis 1', [x, f64([[1], [2], [3]]), 2, 1])
  g.case('lax.dynamicUpdateIndexInDim', 'axis 0', [x, f64(1, 2, 3, 4), 1, 0])

  cumulative = {'plain': f64([[1, -2, 3, 0.5], [2, 2, -1, 4]]), 'NaN and infinity': f64([[1, NAN, 3, 2], [-INF, 1, INF, 0]])}
  for fn in ('lax.cumsum', 'lax.cumprod', 'lax.cummax', 'lax.cummin', 'lax.cumlogsumexp'):
    for kind, a in cumulative.items():
      for axis in (0, 1):
        for reverse in (False, True):
          g.case(fn, f'{kind}, axis {axis}' + (', reverse' if reverse else ''), [a], {'axis': axis, 'reverse': reverse})
    g.case(fn, 'default axis', [cumulative['plain']])
  for fn in ('lax.cumsum', 'lax.cummax'):
    g.case(fn, 'i32', [i32(3, -1, 4, 1)], {'reverse': True})
    g.case(fn, 'one', [f64([5])])
  g.case('lax.cumlogsumexp', 'large', [f64(1000, 1000, -1000)])
  g.case('lax.cumlogsumexp', 'of nothing but -infinity', [f64(-INF, -INF, 0)])

  for fn in ('lax.argmax', 'lax.argmin'):
    for axis in (0, 1):
      g.case(fn, f'axis {axis}', [f64([[3, 1, 3], [NAN, 1, 4]]), axis, 'i32'], ref=lambda a, ax, d, f=fn: getattr(lax, f[4:])(a, ax, np.int32))

  for fn, make in (('lax.reduceSum', random_array('fold', (2, 3, 2))), ('lax.reduceProd', random_array('fold', (2, 3, 2))), ('lax.reduceMax', random_array('fold', (2, 3, 2))),
                   ('lax.reduceMin', random_array('fold', (2, 3, 2))), ('lax.reduceAnd', random_array('fold', (2, 3, 2), 'bool')), ('lax.reduceOr', random_array('fold', (2, 3, 2), 'bool'))):
    for axes in ([0], [0, 2], [0, 1, 2]):
      g.case(fn, 'axes ' + ' '.join(map(str, axes)), [make, axes], ref=lambda a, axes, f=fn: getattr(lax, 'reduce_' + f[10:].lower())(a, axes))

  s = f64([[3, 1, 2, 1], [0, NAN, -0.0, 0.0], [5, -INF, INF, 5]])
  for label, options in (('default', {}), ('dimension 0', {'dimension': 0}), ('dimension 1', {'dimension': 1})):
    g.case('lax.sort', label, [s], options)
  keys, more, payload = i32(2, 1, 2, 1, 2), f64(5, 1, 3, 1, 3), i32(0, 1, 2, 3, 4)
  g.case('lax.sort', 'payload is stable', [[keys, payload]], {'numKeys': 1}, ref=lambda o, num_keys: lax.sort(tuple(o), num_keys=num_keys))
  g.case('lax.sort', 'two keys', [[keys, more, payload]], {'numKeys': 2}, ref=lambda o, num_keys: lax.sort(tuple(o), num_keys=num_keys))
  g.case('lax.sort', 'NaN goes last', [[f64(NAN, 1, -NAN, INF, -INF), i32(0, 1, 2, 3, 4)]], {'numKeys': 1}, ref=lambda o, num_keys: lax.sort(tuple(o), num_keys=num_keys))
  g.case('lax.sort', 'payload along dimension 0', [[i32([[2, 1], [1, 2]]), i32([[0, 1], [2, 3]])]], {'dimension': 0, 'numKeys': 1}, ref=lambda o, dimension, num_keys: lax.sort(tuple(o), dimension=dimension, num_keys=num_keys))
  g.case('lax.sort', 'u32', [u32(3, 4294967295, 0)])
  g.case('lax.topK', 'three', [f64([[3, 1, 2, 5], [4, 4, 0, 4]]), 3], ref=lambda a, k: lax.top_k(a, k))

  for label, a, shape, dims in (('new leading axis', v, [2, 5], [1]), ('new trailing axis', v, [5, 2], [0]), ('stretched', f64([[1, 2, 3, 4]]), [3, 4], [0, 1]), ('scalar', np.float64(3), [2, 2], []), ('middle', random_array('bd', (2, 3)), [2, 4, 3], [0, 2])):
    g.case('lax.broadcastInDim', label, [a, shape, dims])
  g.case('lax.broadcast', 'leading', [v, [2, 1]])
  g.case('lax.reshape', 'matrix', [x, [2, 6]])
  g.case('lax.transpose', 'cube', [cube, [2, 0, 1]])
  g.case('lax.rev', 'one', [x, [0]])
  g.case('lax.rev', 'two', [cube, [0, 2]])
  g.case('lax.squeeze', 'one', [f64([[1, 2]]), [0]])
  g.case('lax.expandDims', 'two', [v, [0, 2]])
  g.case('lax.concatenate', 'rows', [[x, f64([[1, 2, 3, 4]])], 0])
  g.case('lax.concatenate', 'columns', [[x, x], 1])
  for axis in (0, 1):
    g.case('lax.broadcastedIota', f'axis {axis}', ['i32', [2, 3], axis], ref=lambda d, shape, axis: lax.broadcasted_iota('int32', shape, axis))
  g.case('lax.select', 'i32', [boolean(True, False), i32(1, 2), i32(3, 4)])
  g.case('lax.stopGradient', 'value', [v])
  g.case('lax.dot', 'matrices', [f64([[1, 2], [3, 4]]), f64([[5, 6], [7, 8]])])
  g.case('lax.batchMatmul', 'batch', [random_array('bm', (2, 2, 3)), random_array('bm2', (2, 3, 2))])
  for fn in ('lax.populationCount', 'lax.clz'):
    g.case(fn, 'bits', [u32(0, 1, 2147483648, 4294967295, 43690)])
  g.case('lax.round', 'away from zero', [f64(-2.5, -0.5, 0.5, 1.5, 2.4)], ref=lambda a: lax.round(a))
  return g
