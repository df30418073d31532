"""Elementwise functions of one and two arrays at ordinary points, signed zeros, infinities and NaN."""
import jax
import jax.numpy as jnp
import numpy as np

from golden import Family, default_reference, f32, f64, i32, u32, boolean

INF, NAN = float('inf'), float('nan')
LINE = [-37.5, -3.7, -2.5, -1, -0.5, -0.03, -0.0, 0.0, 0.03, 0.3, 0.5, 1, 1.5, 2.5, 10, 62.5, INF, -INF, NAN]
POSITIVE = [0.0, 0.01, 0.3, 0.5, 1, 1.5, 2.718, 10, 1000, 1e10, INF, -1, NAN]
UNIT = [-1.5, -1, -0.99, -0.5, -0.01, -0.0, 0.0, 0.01, 0.3, 0.5, 0.99, 1, 1.5, NAN]
SMALL = [-1e-8, -1e-4, 1e-12, 1e-4, 0.01]
ROUND = [-3.5, -2.5, -2.4, -1.5, -0.5, -0.2, -0.0, 0.0, 0.2, 0.5, 1.5, 2.5, 2.6, 3.5, 1e15, INF, -INF, NAN]

UNARY = {
  'np.abs': LINE, 'np.absolute': LINE, 'np.fabs': LINE, 'np.negative': LINE, 'np.positive': LINE, 'np.sign': LINE, 'np.signbit': LINE,
  'np.square': LINE, 'np.sqrt': POSITIVE, 'np.cbrt': LINE, 'np.reciprocal': LINE, 'np.exp': LINE, 'np.exp2': LINE, 'np.expm1': LINE + SMALL,
  'np.log': POSITIVE, 'np.log2': POSITIVE, 'np.log10': POSITIVE, 'np.log1p': UNIT + SMALL + [10, 1e10, INF, -INF],
  'np.sin': LINE, 'np.cos': LINE, 'np.tan': LINE, 'np.arcsin': UNIT, 'np.arccos': UNIT, 'np.arctan': LINE,
  'np.asin': UNIT, 'np.acos': UNIT, 'np.atan': LINE, 'np.asinh': LINE, 'np.acosh': POSITIVE, 'np.atanh': UNIT,
  'np.sinh': LINE + SMALL, 'np.cosh': LINE, 'np.tanh': LINE + SMALL, 'np.arcsinh': LINE + SMALL, 'np.arccosh': POSITIVE, 'np.arctanh': UNIT + SMALL,
  'np.floor': ROUND, 'np.ceil': ROUND, 'np.trunc': ROUND, 'np.rint': ROUND, 'np.round': ROUND,
  'np.deg2rad': LINE, 'np.rad2deg': LINE, 'np.degrees': LINE, 'np.radians': LINE, 'np.isnan': LINE, 'np.isinf': LINE, 'np.isfinite': LINE,
  'np.isposinf': LINE, 'np.isneginf': LINE, 'np.sinc': [-1.5, -0.5, -0.0, 0.0, 0.3, 0.5, 2.25], 'np.nanToNum': LINE, 'np.logicalNot': LINE,
  'lax.abs': LINE, 'lax.neg': LINE, 'lax.sign': LINE, 'lax.exp': LINE, 'lax.exp2': LINE, 'lax.expm1': LINE + SMALL, 'lax.log': POSITIVE,
  'lax.log1p': UNIT + SMALL, 'lax.sin': LINE, 'lax.cos': LINE, 'lax.tan': LINE, 'lax.asin': UNIT, 'lax.acos': UNIT, 'lax.atan': LINE,
  'lax.sinh': LINE, 'lax.cosh': LINE, 'lax.tanh': LINE, 'lax.asinh': LINE, 'lax.acosh': POSITIVE, 'lax.atanh': UNIT, 'lax.sqrt': POSITIVE,
  'lax.rsqrt': POSITIVE, 'lax.cbrt': LINE, 'lax.floor': ROUND, 'lax.ceil': ROUND, 'lax.logistic': LINE, 'lax.square': LINE, 'lax.reciprocal': LINE,
  'lax.isFinite': LINE, 'lax.erf': LINE + SMALL, 'lax.erfc': [-6, -2.5, -1, -0.3, -0.0, 0.0, 0.3, 0.5, 1, 2.5, 5, 8, INF, -INF, NAN],
  'lax.erfInv': [-1, -0.999, -0.9, -0.5, -0.01, 0.0, 0.01, 0.3, 0.7, 0.99, 0.99999, 1, 1.5, NAN],
  'lax.lgamma': [-3.5, -2.0, -1.25, -0.5, 0.0, 0.01, 0.5, 0.75, 1.5, 2.5, 3, 10, 62.5, 1000, INF, NAN],
  'lax.digamma': [-3.5, -1.25, -0.5, 0.01, 0.5, 1, 1.25, 2, 3, 10, 62.5, 1000, INF, NAN],
}

A = [-2.5, -2.0, -1.0, -0.0, 0.0, 0.5, 1.0, 3.0, 7.5, INF, -INF, NAN]
B = [2.0, 0.5, 0.0, -1.5, 3.0]
GRID = [(a, b) for a in A for b in B]
BASES = [0.0, 0.3, 1.0, 2.5, 10.0]

BINARY = {name: GRID for name in [
  'np.add', 'np.subtract', 'np.multiply', 'np.divide', 'np.trueDivide', 'np.floorDivide', 'np.mod', 'np.remainder', 'np.fmod', 'np.power',
  'np.maximum', 'np.minimum', 'np.fmax', 'np.fmin', 'np.arctan2', 'np.atan2', 'np.hypot', 'np.logaddexp', 'np.logaddexp2', 'np.copysign', 'np.heaviside',
  'np.equal', 'np.notEqual', 'np.less', 'np.lessEqual', 'np.greater', 'np.greaterEqual', 'np.logicalAnd', 'np.logicalOr', 'np.logicalXor',
  'np.nextafter', 'np.floatPower', 'np.pow', 'np.isclose',
  'lax.add', 'lax.sub', 'lax.mul', 'lax.div', 'lax.rem', 'lax.pow', 'lax.max', 'lax.min', 'lax.atan2', 'lax.nextafter',
  'lax.eq', 'lax.ne', 'lax.lt', 'lax.le', 'lax.gt', 'lax.ge']}

INTS = [-7, -3, -1, 0, 1, 2, 5, 12, 2147483647, -2147483648]
WORDS = [0, 1, 2, 3, 7, 255, 65536, 2147483648, 4294967295]
PAIRS = [(a, b) for a in [-7, -1, 0, 3, 12, 2147483647] for b in [-3, 1, 2, 5]]
WORD_PAIRS = [(a, b) for a in [0, 1, 7, 4294967295] for b in [1, 2, 5, 31]]

INT_UNARY = ['np.abs', 'np.negative', 'np.positive', 'np.sign', 'np.square', 'np.floor', 'np.round', 'np.isnan', 'np.isfinite', 'np.logicalNot', 'np.bitwiseNot',
             'np.invert', 'np.exp', 'np.sqrt', 'np.sin', 'lax.abs', 'lax.neg', 'lax.sign', 'lax.bitwiseNot', 'lax.populationCount', 'lax.clz']
INT_BINARY = ['np.add', 'np.subtract', 'np.multiply', 'np.divide', 'np.floorDivide', 'np.mod', 'np.fmod', 'np.maximum', 'np.minimum', 'np.equal', 'np.less',
              'np.greaterEqual', 'np.logicalAnd', 'np.logicalXor', 'np.bitwiseAnd', 'np.bitwiseOr', 'np.bitwiseXor', 'np.arctan2', 'np.gcd', 'np.lcm',
              'lax.add', 'lax.sub', 'lax.mul', 'lax.div', 'lax.rem', 'lax.max', 'lax.min', 'lax.bitwiseAnd', 'lax.bitwiseOr', 'lax.bitwiseXor', 'lax.lt', 'lax.eq']


def single_tolerance(fn, args):
  """XLA's f32 functions are not all correctly rounded: allow what JAX itself is away from f64 on the same inputs, if that is more."""
  call = default_reference(fn)
  narrow = np.asarray(call(*[jnp.asarray(a) for a in args]), np.float64)
  with jax.enable_x64(True):
    exact = np.asarray(call(*[jnp.asarray(a.astype(np.float64)) for a in args]), np.float64)
  fine = np.isfinite(narrow) & np.isfinite(exact) & (np.abs(exact) > 0)
  worst = np.max(np.abs(narrow - exact)[fine] / np.abs(exact)[fine], initial=0)
  return None if worst < 1e-6 or worst > 1e-2 else float(f'{2 * worst:.1e}')


def build():
  g = Family('elementwise')
  with np.errstate(all='ignore'):
    for fn, points in UNARY.items():
      g.case(fn, 'f64', [f64(points)], of='element')
      g.case(fn, 'f32', [f32(points)], of='element', tol=single_tolerance(fn, [f32(points)]))
    for fn, pairs in BINARY.items():
      for label, make in (('f64', f64), ('f32', f32)):
        a, b = make([p[0] for p in pairs]), make([p[1] for p in pairs])
        tol = single_tolerance(fn, [a, b]) if label == 'f32' and 'next' not in fn else None
        g.case(fn, label, [a, b], of='element', tol=tol)
    for fn in INT_UNARY:
      g.case(fn, 'i32', [i32(INTS)], of='element')
      g.attempt(fn, 'u32', [u32(WORDS)], of='element')
    for fn in INT_BINARY:
      g.case(fn, 'i32', [i32([p[0] for p in PAIRS]), i32([p[1] for p in PAIRS])], of='element')
      g.case(fn, 'u32', [u32([p[0] for p in WORD_PAIRS]), u32([p[1] for p in WORD_PAIRS])], of='element')

  truth = [boolean(False, False, True, True), boolean(False, True, False, True)]
  for fn in ['np.logicalAnd', 'np.logicalOr', 'np.logicalXor', 'np.bitwiseAnd', 'np.bitwiseOr', 'np.bitwiseXor', 'np.add', 'np.multiply', 'np.maximum',
             'np.minimum', 'np.equal', 'np.notEqual', 'np.less', 'np.greaterEqual', 'lax.bitwiseAnd', 'lax.bitwiseOr', 'lax.bitwiseXor', 'lax.eq']:
    g.case(fn, 'bool', truth)
  for fn in ['np.logicalNot', 'np.bitwiseNot', 'np.invert', 'np.abs', 'np.exp', 'np.isnan', 'lax.bitwiseNot']:
    g.case(fn, 'bool', [boolean(False, True)], of='element')

  shifts = [i32(-7, -1, 0, 5, 2147483647, -2147483648, 1, 1), i32(1, 31, 4, 3, 2, 30, 31, 0)]
  words = [u32(7, 1, 0, 4294967295, 2147483648), u32(1, 31, 4, 16, 31)]
  for fn in ['np.leftShift', 'np.rightShift', 'lax.shiftLeft', 'lax.shiftRightArithmetic', 'lax.shiftRightLogical']:
    g.case(fn, 'i32', shifts)
    g.case(fn, 'u32', words)
  g.case('lax.shiftLeft', 'past the width', [u32(1, 1, 1), u32(31, 32, 40)])
  g.case('lax.shiftRightLogical', 'past the width', [u32(4294967295, 4294967295), u32(32, 33)])
  g.case('lax.shiftRightArithmetic', 'past the width', [i32(-8, 8), i32(32, 40)])

  # Division by zero and overflow of integers are XLA's: -1 (all ones) and the dividend, and wrapping.
  g.case('lax.div', 'i32 by zero', [i32(7, -7, 0), i32(0, 0, 0)])
  g.case('lax.rem', 'i32 by zero', [i32(7, -7, 0), i32(0, 0, 0)])
  g.case('lax.div', 'i32 overflow', [i32(-2147483648), i32(-1)])
  g.case('lax.rem', 'i32 overflow', [i32(-2147483648), i32(-1)])
  g.case('lax.div', 'u32 by zero', [u32(7, 0), u32(0, 0)])
  g.case('lax.rem', 'u32 by zero', [u32(7, 0), u32(0, 0)])
  g.case('np.power', 'i32', [i32(-3, -2, 0, 0, 2, 3, 10), i32(3, 2, 0, 5, 31, 19, 3)])
  g.case('np.power', 'u32', [u32(0, 3, 2, 10), u32(0, 4, 33, 9)])
  g.case('np.power', 'base and exponent', [f64([b for b in BASES for _ in range(5)]), f64([-1, 0, 0.5, 1, 2] * 5)], of='element')
  g.case('np.power', 'integer exponent keeps negative bases', [f64(-2, -1.5, 0, 3), 3], of='element')
  g.case('np.power', 'negative integer exponent', [f64(-2, -1.5, 0, 3), -2], of='element')
  g.case('np.power', 'half', [f64(-2, -0.0, 0, 3), 0.5], of='element')
  for n in (-3, -1, 0, 1, 2, 3, 7):
    g.case('lax.integerPow', f'f64 {n}', [f64(-2.5, -1, -0.0, 0.0, 0.5, 3, INF, -INF, NAN), n], of='element')
    if n >= 0:
      g.case('lax.integerPow', f'i32 {n}', [i32(-3, -1, 0, 1, 2, 5), n])

  g.case('lax.lgamma', 'zeros', [f64(1, 2)], of='unit')
  g.case('lax.digamma', 'poles', [f64(0.0, -1.0, -2.0)], of='unit')
  g.case('lax.digamma', 'near its root', [f64(1.46, 1.4616, 1.47)], of='unit')
  g.case('lax.erfc', 'far tail', [f64(10, 15, 20, 25)], of='element', tol=1e-11)
  g.case('lax.erfInv', 'tails', [f64(1e-10, 1 - 1e-6, 1 - 1e-10, -1 + 1e-12)], of='element', tol=1e-10)
  g.case('lax.expm1', 'tiny', [f64(1e-15, -1e-15, 1e-300)], of='element')
  g.case('lax.log1p', 'tiny', [f64(1e-15, -1e-15, 1e-300)], of='element')
  g.case('lax.sin', 'large', [f64(1e3, 1e5, -1e6)], of='element', tol=1e-11)
  g.case('lax.nextafter', 'around zero and one', [f64(0, -0.0, 1, 1, INF, 0), f64(1, 1, 2, 0, 0, NAN)], of='element', tol=0)
  g.case('lax.nextafter', 'f32 around zero and one', [f32(0, -0.0, 1, 1, INF), f32(1, -1, 2, 0, 0)], of='element', tol=0)
  g.case('np.nextafter', 'extremes', [f64(1.7976931348623157e308, -1.7976931348623157e308, 5e-324), f64(INF, -INF, 0)], of='element', tol=0)

  for decimals in (0, 1, 2, -1):
    g.case('np.round', f'decimals {decimals}', [f64(-15.55, -2.5, 0.125, 1.005, 2.675, 25, 123.456)], {'decimals': decimals}, of='element')
  g.case('np.nanToNum', 'given values', [f64(1, NAN, INF, -INF)], {'nan': -1.0, 'posinf': 5.0, 'neginf': -5.0})
  for label, lo, hi in (('both', -1.0, 2.0), ('low only', 0.0, None), ('high only', None, 0.5), ('crossed', 1.0, -1.0)):
    g.case('np.clip', label, [f64(-3, -1, 0, 0.5, 2, 9, NAN), lo, hi])
  g.case('np.clip', 'arrays', [f64([[-3, 0.5], [2, 9]]), f64(-1, 0), f64(1, 3)])
  g.case('np.clip', 'i32', [i32(-3, 0, 9), -1, 4])
  g.case('lax.clamp', 'scalars', [np.float64(-1), f64(-3, -1, 0.5, 2, NAN), np.float64(1)])
  g.case('lax.clamp', 'arrays', [f64(-1, 0, 1), f64(-3, 0.5, 9), f64(1, 1, 2)])
  g.case('lax.clamp', 'i32', [i32(-1, 0, 1), i32(-3, 0, 9), i32(1, 1, 2)])
  g.case('np.isclose', 'tolerances', [f64(1, 1, 1, INF), f64(1.001, 1.1, 1, INF)], {'rtol': 0.01, 'atol': 0.0})
  g.case('np.isclose', 'NaN equal', [f64(NAN, 1), f64(NAN, NAN)], {'equalNan': True})
  g.case('np.allclose', 'true', [f64(1, 2), f64(1, 2 + 1e-9)])
  g.case('np.allclose', 'false', [f64(1, 2), f64(1, 2.1)])
  g.case('np.arrayEqual', 'true', [i32(1, 2), i32(1, 2)])
  g.case('np.arrayEqual', 'values differ', [i32(1, 2), i32(1, 3)])
  g.case('np.arrayEqual', 'shapes differ', [i32(1, 2), i32(1, 2, 3)])
  g.case('np.divmod', 'f64', [f64(-7, 7, 3.5), f64(2, -2, 0.75)])
  g.case('np.divmod', 'i32', [i32(-7, 7, 3), i32(2, -2, 5)])
  g.case('np.modf', 'f64', [f64(-2.75, -0.5, 0.0, 3.25)])
  g.case('np.ldexp', 'f64', [f64(0.5, -1.25, 3), i32(3, -2, 0)])
  g.case('lax.atan2', 'quadrants and zeros', [f64(0, 0, -0.0, -0.0, 1, -1, INF, INF), f64(0, -0.0, 0, -0.0, 0, 0, INF, -INF)], of='element')

  floats = f64(-3.9, -1.5, -0.0, 0.0, 0.5, 1.9, 100.25)
  for dtype in ('f64', 'f32', 'i32', 'bool'):
    g.case('lax.convertElementType', f'f64 to {dtype}', [floats, dtype], ref=lambda x, d: jax.lax.convert_element_type(x, {'f64': 'float64', 'f32': 'float32', 'i32': 'int32', 'bool': 'bool'}[d]))
  for source, data in (('i32', i32(-1, 0, 7)), ('u32', u32(0, 7, 4294967295)), ('bool', boolean(True, False))):
    for dtype, name in (('f32', 'float32'), ('i32', 'int32'), ('u32', 'uint32'), ('bool', 'bool')):
      g.case('lax.convertElementType', f'{source} to {dtype}', [data, dtype], ref=lambda x, d, n=name: jax.lax.convert_element_type(x, n))
  g.case('np.astype', 'f64 to i32', [floats, 'i32'], ref=lambda x, d: x.astype('int32'))
  g.case('np.astype', 'i32 to f32', [i32(-1, 0, 16777217), 'f32'], ref=lambda x, d: x.astype('float32'))
  g.case('lax.convertElementType', 'f32 out of range to i32', [f32(3e9, -3e9, INF, -INF, NAN), 'i32'], ref=lambda x, d: jax.lax.convert_element_type(x, 'int32'))
  g.case('lax.bitcastConvertType', 'f32 to i32', [f32(0, -0.0, 1, -2.5, INF), 'i32'], ref=lambda x, d: jax.lax.bitcast_convert_type(x, 'int32'))
  g.case('lax.bitcastConvertType', 'f32 to u32', [f32(0, -0.0, 1, -2.5, INF), 'u32'], ref=lambda x, d: jax.lax.bitcast_convert_type(x, 'uint32'))
  g.case('lax.bitcastConvertType', 'u32 to f32', [u32(0, 1065353216, 3212836864, 2139095040), 'f32'], ref=lambda x, d: jax.lax.bitcast_convert_type(x, 'float32'))
  g.case('lax.bitcastConvertType', 'i32 to u32', [i32(-1, 5), 'u32'], ref=lambda x, d: jax.lax.bitcast_convert_type(x, 'uint32'))

  x, y, m = f64([[1, -2, 3], [4, 5, NAN]]), f64(10, 20, 30), boolean([[True, False, True], [False, True, False]])
  g.case('np.where', 'broadcast', [m, x, y])
  g.case('np.where', 'numbers', [m, 1.0, x])
  g.case('np.where', 'number condition', [f64(0, 1, -2), f64(1, 2, 3), f64(4, 5, 6)])
  g.case('np.where', 'mixed dtypes', [boolean(True, False), i32(1, 2), f32(0.5, 1.5)])
  g.case('lax.select', 'array predicate', [m, x, f64([[7, 8, 9], [1, 2, 3]])])
  g.case('lax.select', 'scalar predicate', [np.bool_(True), x, f64([[7, 8, 9], [1, 2, 3]])])

  # Broadcasting
  for label, a, b in (('row and column', (3, 1), (1, 4)), ('scalar', (), (2, 3)), ('trailing', (2, 3, 2), (3, 1)), ('empty', (0, 3), (1, 3)), ('size one', (1,), (4, 2))):
    make = lambda s, k: np.round(np.linspace(-1.7, 2.3, int(np.prod(s)) or 1)[:int(np.prod(s))].reshape(s) * k, 3)
    for fn in ('np.add', 'np.multiply', 'np.less'):
      g.case(fn, f'broadcast {label}', [make(a, 1.0), make(b, 0.7)])
  return g
