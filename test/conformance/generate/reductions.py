"""Folds over axes: sums, products, extremes, statistics, arg-extremes, cumulative forms, sorting."""
import jax
import jax.numpy as jnp
import numpy as np

from golden import Family, boolean, f32, f64, i32, random_array, u32

NAN, INF = float('nan'), float('inf')
AXES = {'all': {}, 'axis 0': {'axis': 0}, 'axis -1': {'axis': -1}, 'axes 0 and 2': {'axis': [0, 2]}, 'keepdims': {'axis': 1, 'keepdims': True},
        'all keepdims': {'keepdims': True}, 'no axes': {'axis': []}}


def build():
  g = Family('reductions')
  x, ints, truths = random_array('reduce', (2, 3, 4)), random_array('reduce', (2, 3, 2), 'i32', -5, 5), random_array('reduce', (2, 3), 'bool')
  for fn in ('np.sum', 'np.prod', 'np.max', 'np.min', 'np.mean', 'np.var', 'np.std', 'np.any', 'np.all', 'np.countNonzero', 'np.ptp', 'np.amax', 'np.amin'):
    for label, options in AXES.items():
      if label == 'no axes' and fn in ('np.countNonzero', 'np.ptp', 'np.var', 'np.std', 'np.mean', 'np.amax', 'np.amin'):
        continue
      g.case(fn, label, [x if fn not in ('np.any', 'np.all', 'np.countNonzero') else (x > 0).astype(np.bool_)], options)
  for fn in ('np.sum', 'np.prod', 'np.max', 'np.min', 'np.mean', 'np.var'):
    g.case(fn, 'i32 axis 1', [ints], {'axis': 1})
    g.case(fn, 'f32', [random_array('single', (3, 4), 'f32')], {'axis': 0}, tol=4e-6)
    g.case(fn, 'NaN', [f64([[1, NAN], [2, 3]])], {'axis': 1})
  for fn in ('np.sum', 'np.prod', 'np.any', 'np.all', 'np.mean'):
    g.case(fn, 'truths', [truths], {'axis': 0})
    g.case(fn, 'empty axis', [np.zeros((0, 2))], {'axis': 0})
    g.case(fn, 'empty other axis', [np.zeros((0, 2))], {'axis': 1})
  for fn in ('np.sum', 'np.mean'):
    g.case(fn, 'dtype', [i32(1, 2, 4)], {'dtype': 'f32'})
    g.case(fn, 'where', [f64([[1, 2, 3], [4, 5, 6]])], {'axis': 1, 'where': boolean([[True, False, True], [True, True, True]])})
  g.case('np.max', 'initial', [f64(1, 2)], {'initial': 5.0})
  g.case('np.max', 'where and initial', [f64(1, 2, 9)], {'initial': 0.0, 'where': boolean(True, True, False)})
  g.case('np.sum', 'initial', [f64(1, 2)], {'initial': 10.0})
  g.case('np.prod', 'initial', [f64(2, 3)], {'initial': 2.0})
  g.case('np.sum', 'infinities', [f64([[INF, 1], [INF, -INF]])], {'axis': 1})
  g.case('np.sum', 'u32 wraps', [u32(4294967295, 2)])
  g.case('np.prod', 'i32 wraps', [i32(65536, 65536, 3)])
  for fn in ('np.var', 'np.std'):
    g.case(fn, 'ddof', [x], {'axis': 2, 'ddof': 1})
    g.case(fn, 'correction', [x], {'axis': 2, 'correction': 1})
  g.case('np.average', 'plain', [x], {'axis': 1})
  g.case('np.average', 'weights', [f64([[1, 2, 3], [4, 5, 6]])], {'axis': 1, 'weights': f64(1, 2, 1)})
  for label, options in AXES.items():
    if label == 'no axes':
      continue
    g.case('np.median', label, [x], options)
    g.case('nn.logsumexp', label, [x], options)
  g.case('np.median', 'odd', [f64(3, 1, 2)])
  g.case('np.median', 'NaN', [f64(3, NAN, 2)])
  g.case('np.quantile', 'several', [x, f64(0.0, 0.25, 0.9)], {'axis': 1})
  g.case('np.quantile', 'one', [f64(3, 1, 4, 1, 5), 0.4])
  g.case('np.percentile', 'one', [f64(3, 1, 4, 1, 5), 40])
  for method in ('lower', 'higher', 'nearest', 'midpoint'):
    g.case('np.quantile', method, [f64(3, 1, 4, 1, 5), 0.4], {'method': method})

  holes = f64([[1, NAN, 3], [NAN, -2, 0.5], [NAN, NAN, NAN]])
  for fn in ('np.nansum', 'np.nanprod', 'np.nanmax', 'np.nanmin', 'np.nanmean', 'np.nanvar', 'np.nanstd', 'np.nanmedian'):
    g.case(fn, 'axis 0', [holes], {'axis': 0})
    g.case(fn, 'axis 1', [holes], {'axis': 1})
    g.case(fn, 'all', [holes])
    g.case(fn, 'keepdims', [holes], {'axis': 1, 'keepdims': True})
  for fn in ('np.nanargmax', 'np.nanargmin'):
    g.case(fn, 'axis 0', [holes], {'axis': 0})
    g.case(fn, 'all', [holes])
  for fn in ('np.nancumsum', 'np.nancumprod'):
    g.case(fn, 'axis 1', [holes], {'axis': 1})

  ties = f64([[3, 1, 3, 2], [0, 0, -1, -1], [NAN, 1, NAN, 5]])
  for fn in ('np.argmax', 'np.argmin'):
    g.case(fn, 'flat', [ties])
    g.case(fn, 'axis 0', [ties], {'axis': 0})
    g.case(fn, 'ties and NaN, axis 1', [ties], {'axis': 1})
    g.case(fn, 'keepdims', [ties], {'axis': -1, 'keepdims': True})
    g.case(fn, 'i32', [i32(2, 5, 5, -1, -1)])
    g.case(fn, 'truths', [boolean(False, True, True)])
    g.case(fn, 'infinities', [f64(-INF, INF, INF, -INF)])

  for fn in ('np.cumsum', 'np.cumprod'):
    g.case(fn, 'flat', [f64([[1, 2], [3, -4]])])
    for axis in (0, 1, -1):
      g.case(fn, f'axis {axis}', [x], {'axis': axis})
    g.case(fn, 'i32', [i32(1, 2, 3)])
    g.case(fn, 'truths', [boolean(True, False, True)])
    g.case(fn, 'NaN', [f64(1, NAN, 2)])
    g.case(fn, 'zeros', [f64(1, 0, 2)])
    g.case(fn, 'empty', [f64([])])
    g.case(fn, 'f32', [random_array('cumulative', (7,), 'f32')], tol=4e-6)
    g.case(fn, 'dtype', [i32(1, 2, 3)], {'dtype': 'f32'})

  r = random_array('sort', (3, 5))
  for fn in ('np.sort', 'np.argsort'):
    for axis in (0, 1, -1, None):
      g.case(fn, f'axis {axis}', [r], {'axis': axis})
    g.case(fn, 'ties', [f64(2, 1, 2, 1, 0, 2)])
    g.case(fn, 'NaN and infinities', [f64(NAN, 1, -INF, INF, -0.0, 0.0, NAN)])
    g.case(fn, 'i32', [i32(3, -1, 2, -1)])
    g.case(fn, 'u32', [u32(3, 4294967295, 2)])
    g.case(fn, 'truths', [boolean(True, False, True)])
    g.case(fn, 'descending', [f64(2, 1, 3, 1)], {'descending': True})
    g.case(fn, 'f32', [f32(0.5, -0.25, 1)])
  g.case('np.lexsort', 'two keys', [[f64(3, 1, 2, 1), f64(0, 1, 0, 1)]])
  g.case('np.searchsorted', 'left', [f64(1, 2, 2, 3), f64(0, 2, 2.5, 9)])
  g.case('np.searchsorted', 'right', [f64(1, 2, 2, 3), f64(0, 2, 2.5, 9)], {'side': 'right'})
  g.case('np.digitize', 'f64', [f64(0.2, 6.4, 3.0), f64(0, 1, 2.5, 4, 10)])
  g.case('np.bincount', 'length', [i32(0, 1, 1, 3)], {'length': 5})
  g.case('np.bincount', 'weights', [i32(0, 1, 1, 3)], {'length': 4, 'weights': f64(0.5, 1, 2, 3)})
  g.case('np.diff', 'axis -1', [r])
  g.case('np.diff', 'axis 0', [r], {'axis': 0})
  g.case('np.diff', 'second', [r], {'n': 2})
  g.case('np.ediff1d', 'f64', [f64(1, 4, 9)])
  g.case('np.trapezoid', 'unit', [f64(1, 4, 9)])
  g.case('np.trapezoid', 'spacing', [f64(1, 4, 9)], {'dx': 0.5})
  g.case('np.interp', 'f64', [f64(-1, 0.5, 1.5, 9), f64(0, 1, 2), f64(10, 20, 15)])
  g.case('np.convolve', 'full', [f64(1, 2, 3), f64(0, 1, 0.5)])
  g.case('np.convolve', 'same', [f64(1, 2, 3), f64(0, 1, 0.5)], {'mode': 'same'})
  g.case('np.polyval', 'f64', [f64(1, -2, 3), f64(0, 1, 2.5)])
  g.case('np.cov', 'rows', [random_array('cov', (2, 5))])
  g.case('np.corrcoef', 'rows', [random_array('cov', (2, 5))])
  g.case('np.gradient', 'vector', [f64(1, 4, 9, 16)])

  for label, options in (('weights', {'axis': 1, 'b': f64([[1, 0, 2, 1], [0.5, 1, 1, 1]])}),):
    g.case('nn.logsumexp', label, [random_array('lse', (2, 4))], options)
  g.case('nn.logsumexp', 'of infinities', [f64([[-INF, -INF], [INF, 1], [-INF, 1]])], {'axis': 1})
  g.case('nn.logsumexp', 'large', [f64(1000, 1000.5)])
  return g
