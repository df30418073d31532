"""Derivatives where functions have kinks, ties, poles or branches not taken: JAX's conventions, recorded."""
import numpy as np

from golden import Family, boolean, f64, i32, random_array
from programs import add

INF, NAN = float('inf'), float('nan')
TIES = f64([[1, 3, 3, 2], [2, 2, 2, 2], [-1, 0, -0.0, 0]])
ZEROS = f64([[2, 3, 4], [0, 3, 4], [0, 3, 0], [0, 0, 0]])

POINTS = {
  'np.abs': f64(-1, -0.0, 0, 2), 'nn.relu': f64(-1, -0.0, 0, 2), 'relu by where': f64(-1, -0.0, 0, 2), 'nn.relu6': f64(-1, 0, 6, 7), 'nn.leakyRelu': f64(-1, 0, 2), 'nn.elu': f64(-1, 0, 2),
  'nn.celu': f64(-1, 0, 2), 'nn.selu': f64(-1, 0, 2), 'nn.hardTanh': f64(-1, 0, 1), 'nn.softSign': f64(0, 1), 'nn.softplus': f64(-800, 0, 800), 'nn.sigmoid': f64(-800, 0, 800), 'nn.logSigmoid': f64(-800, 0, 800),
  'nn.silu': f64(-800, 0, 800), 'nn.gelu': f64(-50, 0, 50), 'np.sign': f64(-1, 0, 2), 'np.floor': f64(-1.5, 0, 1), 'np.ceil': f64(-1.5, 0, 1), 'np.round': f64(0.5, 1.5), 'np.trunc': f64(-1.5, 0),
  'np.sqrt': f64(0, 1, 4), 'lax.rsqrt': f64(0, 1), 'np.cbrt': f64(0, 8, -8), 'np.square': f64(0, -2), 'np.reciprocal': f64(0, 2), 'np.log': f64(0, 1, -1), 'np.log1p': f64(0, -1), 'np.expm1': f64(0, -800),
  'np.exp': f64(-800, 0, INF, -INF), 'np.tanh': f64(-400, 0, 400), 'np.arcsin': f64(-1, 0, 1), 'np.arccos': f64(-1, 0, 1), 'np.arccosh': f64(1, 2), 'np.arctanh': f64(-1, 0, 1), 'np.sinc': f64(0, 1),
  'lax.erf': f64(0, 30, INF), 'lax.erfInv': f64(0, 1, -1), 'lax.lgamma': f64(1, 2, -0.5), 'lax.digamma': f64(1, 0.5), 'np.arctan': f64(0, INF, -INF), 'np.sinh': f64(0), 'np.cosh': f64(0), 'np.sin': f64(0), 'np.tan': f64(0),
  'pow 0': f64(-2, 0, 3), 'pow 1': f64(-2, 0, 3), 'pow 2': f64(-2, 0, 3), 'pow 3': f64(-2, 0, 3), 'pow -1': f64(-2, 0, 3), 'pow 0.5': f64(0, 4), 'pow 1.5': f64(0, 4), 'number to the x': f64(-1, 0, 2),
  'zero to the x': f64(0, 1, 2), 'x to the x': f64(0, 1, 2), 'integerPow 2': f64(-2, 0), 'integerPow -2': f64(-2, 0), 'x times x': f64(0, 1), 'maximum with 0': f64(-1, -0.0, 0, 1), 'minimum with 1': f64(0, 1, 2),
  'maximum with itself': f64(1, 2), 'clip': f64(-2, -1, 0, 1, 2), 'clamp': f64(-2, -1, 0, 1, 2), 'relu': f64(-1, 0, 2), 'where hides NaN': f64(-1, 0, 2), 'where done safely': f64(-1, 0, 2), 'norm': f64(3, -4), 'exp of abs': f64(-1, 0, 1),
  'sum of abs': f64(-1, 0, 1), 'sign times x': f64(-1, 0, 1), 'floor plus x': f64(0.5, 1), 'round times x': f64(0.4, 2.6), 'stopped factor': f64(2, -3), 'straight through': f64(0.4, 2.6), 'x log x': f64(0, 0.5, 2), 'convert and back': f64(0.5, 2),
  'max rows': TIES, 'min rows': TIES, 'max all': TIES, 'prod rows': ZEROS, 'prod all': f64([[1, 2], [0, 4]]), 'mean of squares': f64(0, 1), 'std': f64(1, 2, 4), 'var rows': ZEROS, 'logsumexp rows': f64([[0, 1, -INF], [2, 2, 2]]),
  'softmax rows': f64([[0, 1, -INF], [2, 2, 2]]), 'logSoftmax rows': f64([[0, 1, 700], [2, 2, 2]]), 'sort rows': TIES, 'sort descending': f64(1, 3, 3, 2), 'cumsum reverse': f64(1, 2, 3), 'cumprod': f64(2, 0, 3, 4), 'cumprod reverse': f64(2, 0, 3, 0),
  'lax.cumprod': f64(0, 0, 3), 'lax.cummax': f64(1, 3, 3, 2, 3), 'lax.cummin': f64(1, 1, 3, 0), 'cummax reverse': f64(1, 3, 3, 2), 'lax.cumlogsumexp': f64(0, 700, 1), 'cumlogsumexp reverse': f64(0, 1, 2), 'cumsum of columns': ZEROS,
  'median': f64(1, 3, 2, 5), 'nansum': f64(1, NAN, 2), 'nanmean': f64(1, NAN, 2), 'nanmax': f64(1, NAN, 2), 'np.max': f64(2, 2, 2), 'np.min': f64(0, -0.0, 1), 'np.std': f64(1, 2), 'np.ptp': f64(1, 1, 2),
  'take the same twice': f64(2, 3), 'take rows': f64([[1, 2], [3, 4], [5, 6]]), 'take along': TIES, 'at array': TIES, 'at step': f64(1, 2, 3, 4), 'at two arrays': TIES, 'dynamicSlice': TIES,
}
ONE_SIDED = {
  'norm': f64(0, 0), 'norm of rows': f64([[0, 0], [3, 4]]), 'np.std': f64(2, 2, 2), 'logsumexp rows': f64([[-INF, -INF], [0, 1]]), 'softmax rows': f64([[-INF, -INF], [0, 1]]), 'np.log': f64(0, INF), 'np.sqrt': f64(-1, INF),
  'max rows': f64([[NAN, 1], [1, 2]]), 'lax.logistic': f64(INF, -INF), 'np.prod': f64([0, 0]), 'np.tanh': f64(INF, -INF), 'lax.cumlogsumexp': f64(-INF, -INF, 0),
}
PAIRS = {
  'np.maximum': (f64(1, 0, -0.0, 2), f64(1, -0.0, 0, 1)), 'np.minimum': (f64(1, 0, -0.0, 2), f64(1, -0.0, 0, 1)), 'np.arctan2': (f64(0, 0, 1, -1), f64(1, -1, 0, 0)), 'np.power': (f64(0, 0, 1, 2), f64(2, 1, 0, 3)), 'np.divide': (f64(1, 0), f64(2, 3)),
  'np.hypot': (f64(3, 0), f64(4, 1)), 'np.logaddexp': (f64(1, 800, -800), f64(1, -800, 0)), 'np.fmod': (f64(4, 5), f64(2, 3)), 'np.mod': (f64(4, -5), f64(2, 3)), 'where two': (f64(1, 2, 3), f64(1, 3, 2)), 'select': (f64(1, 2, 3), f64(1, 3, 2)),
  'np.multiply': (f64(0, 0), f64(0, 5)), 'angle': (f64(1, 2), f64(0.5, -1)), 'np.fmax': (f64(1, 2), f64(1, 3)), 'np.copysign': (f64(1, -2), f64(-1, 3)), 'np.logaddexp2': (f64(1, 2), f64(1, 3)), 'sort with payload': (f64(2, 1, 2, 0), f64(10, 20, 30, 40)),
}
POLES = {'np.arctan2': (f64(0.0), f64(0.0)), 'np.hypot': (f64(0.0), f64(0.0)), 'np.power': (f64(0, 0, 0, -2), f64(0, 0.5, -1, 2)), 'np.logaddexp': (f64(-INF, -INF), f64(-INF, 0)), 'np.divide': (f64(1, 0), f64(0, 0)), 'np.multiply': (f64(INF, 0), f64(0, 1))}
UPDATES = {
  'set': (f64(1, 2, 3), np.float64(5)), 'set array': (f64(1, 2, 3), f64(4, 5)), 'addAt': (f64(1, 2, 3, 4), f64(0.5, 1, 2)), 'mulAt': (f64(1, 2, 3, 0), f64(4, 5)), 'maxAt': (f64(1, 2, 3, 4), f64(3, 4)), 'minAt': (f64(1, 2, 3, 4), f64(0, 5)),
  'dynamicUpdateSlice': (TIES, f64([[1, 2], [3, 4]])), 'pad value': (f64(1, 2, 3), np.float64(7)),
}


def result_shape(fn, x):
  rows = {'max rows', 'min rows', 'prod rows', 'var rows', 'logsumexp rows', 'norm of rows'}
  whole = {'norm', 'sum of abs', 'max all', 'prod all', 'mean of squares', 'std', 'median', 'nansum', 'nanmean', 'nanmax', 'np.max', 'np.min', 'np.std', 'np.ptp', 'np.prod'}
  own = {'take the same twice': (3,), 'take along': (3, 1), 'at array': (2, 2), 'at step': (2,), 'at two arrays': (3,), 'dynamicSlice': (2, 2)}
  return own.get(fn) or (x.shape[:1] if fn in rows else () if fn in whole else x.shape)


def build():
  g = Family('edges')
  for fn, x in POINTS.items():
    v, w = random_array('edge tangent ' + fn, x.shape, lo=0.5), random_array('edge cotangent ' + fn, result_shape(fn, x), lo=0.5)
    add(g, 'jvp', fn, '', [[x], [v]])
    add(g, 'vjp', fn, '', [[x], w])
    add(g, 'jvp of vjp', fn, '', [[x], w, [v]])
  for fn, x in ONE_SIDED.items():
    add(g, 'jvp', fn, 'pole', [[x], [random_array('pole tangent ' + fn, x.shape, lo=0.5)]])
    add(g, 'vjp', fn, 'pole', [[x], np.ones(result_shape(fn, x))])
  for fn, (a, b) in PAIRS.items():
    v, u, w = random_array('v' + fn, a.shape, lo=0.5), random_array('u' + fn, b.shape, lo=0.5), random_array('w' + fn, a.shape, lo=0.5)
    add(g, 'jvp', fn, '', [[a, b], [v, u]])
    add(g, 'vjp', fn, '', [[a, b], w])
    add(g, 'jvp of vjp', fn, '', [[a, b], w, [v, u]])
  for fn, (a, b) in POLES.items():
    add(g, 'jvp', fn, 'pole', [[a, b], [np.ones_like(a), np.ones_like(b)]])
    add(g, 'vjp', fn, 'pole', [[a, b], np.ones_like(a)])
  for fn, (a, b) in UPDATES.items():
    shape = a.shape if fn != 'pad value' else (8,)
    v, u, w = random_array('v' + fn, a.shape), random_array('u' + fn, b.shape), random_array('w' + fn, shape)
    add(g, 'jvp', fn, '', [[a, b], [v, u]])
    add(g, 'vjp', fn, '', [[a, b], w])
    add(g, 'jvp of vjp', fn, '', [[a, b], w, [v, u]])
  bounds = [f64(-1, 0, 1, 0), f64(-3, 0.5, 9, 0), f64(1, 1, 2, 0)]
  add(g, 'jvp', 'clamp bounds', '', [bounds, [np.ones(4), np.ones(4) * 2, np.ones(4) * 3]])
  add(g, 'vjp', 'clamp bounds', '', [bounds, f64(1, 2, 3, 4)])
  crossed = [f64(2, 2, 2, 2), f64(-3, 0.5, 9, 1), f64(1, 1, 1, 1)]
  add(g, 'jvp', 'clamp bounds', 'crossed', [crossed, [np.ones(4), np.ones(4) * 2, np.ones(4) * 3]])
  add(g, 'vjp', 'clamp bounds', 'crossed', [crossed, f64(1, 2, 3, 4)])
  return g
