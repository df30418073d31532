"""Half precision: rounding, promotion, elementwise functions, folds, products, draws and derivatives of float16."""
import itertools

import numpy as np

from golden import Family, Key, boolean, f32, f64, i32, random_array, u32
from programs import add


def f16(*xs):
  return f64(*xs).astype(np.float16)


EDGES = [0.0, -0.0, 1.0, 2049.0, 2051.0, 65504.0, 65519.0, 65520.0, 1e6, 6.1e-5, 6.0e-5, 5.97e-8, 2.98e-8, 2.99e-8, 1e-9, 0.1, 1 / 3, -2.7, 1.00048828125, 1.0004882812500002, 1.00146484375, float('nan'), float('inf')]
OTHERS = {'f16': f16(0.5, 3), 'f32': f32(0.5, 3), 'f64': f64(2.25, 1), 'i32': i32(2, 3), 'u32': u32(3, 1), 'bool': boolean(True, True)}
# an elementary function is within one unit in the last place
UNIT = 2.0 ** -10


def build():
  g = Family('halves')
  g.case('np.astype', 'f64 to f16', [f64(EDGES + [-x for x in EDGES]), 'f16'], ref=lambda x, d: x.astype(np.float16), tol=0)
  g.case('np.astype', 'f32 to f16', [f32(EDGES + [-x for x in EDGES]), 'f16'], ref=lambda x, d: x.astype(np.float16), tol=0, x64=False)
  g.case('np.astype', 'i32 to f16', [i32(0, 1, -7, 2049, 2051, 4098, 65519, 65520, 70000, -100000), 'f16'], ref=lambda x, d: x.astype(np.float16), tol=0)
  for to in ('f32', 'f64', 'i32', 'u32', 'bool'):
    g.case('np.astype', f'f16 to {to}', [f16(0.0, -0.0, 1.5, -2.75, 65504.0, 5.97e-8), to],
           ref=lambda x, d: x.astype({'f32': np.float32, 'f64': np.float64, 'i32': np.int32, 'u32': np.uint32, 'bool': np.bool_}[d]), tol=0)
  x = f16(1.5, 2)
  for fn in ('np.add', 'np.multiply', 'np.divide', 'np.maximum', 'np.less', 'np.equal', 'np.power'):
    for name, y in OTHERS.items():
      g.attempt(fn, f'f16 and {name}', [x, y])
      g.attempt(fn, f'{name} first, f16', [y, x])
    for label, n in (('integer', 2), ('fraction', 2.1), ('truth', True)):
      g.attempt(fn, f'f16 and {label}', [x, n])
      g.attempt(fn, f'{label} first, f16', [n, x])
  for name, y in OTHERS.items():
    g.case('np.where', f'f16 or {name}', [boolean(True, False), x, y])
    g.case('np.concatenate', f'f16 with {name}', [[x, y]])
    g.case('np.matmul', f'f16 by {name}', [x, y])
  a, b = random_array('halves a', (40,), 'f16', -4, 4), random_array('halves b', (40,), 'f16', -4, 4)
  for fn in ('np.add', 'np.subtract', 'np.multiply', 'np.divide', 'np.fmod', 'np.maximum', 'np.minimum', 'np.copysign', 'np.nextafter'):
    g.case(fn, 'forty pairs', [a, b], tol=0)
  for fn in ('np.sin', 'np.cos', 'np.tanh', 'np.exp', 'np.expm1', 'np.arctan', 'np.sinh', 'np.cbrt', 'lax.erf', 'lax.logistic', 'nn.softplus', 'nn.gelu', 'nn.silu', 'np.square'):
    g.case(fn, 'forty numbers', [a], tol=4 * UNIT, of='unit')
  for fn in ('np.sqrt', 'np.log', 'np.log1p', 'lax.rsqrt'):
    g.case(fn, 'forty numbers', [np.abs(b) + np.float16(0.25)], tol=UNIT, of='unit')
  m = random_array('halves m', (6, 300), 'f16', 0, 2)
  for fn in ('np.sum', 'np.mean', 'np.var', 'np.std', 'np.max', 'np.argmax', 'np.prod', 'nn.softmax', 'nn.logsumexp', 'np.median', 'np.sort'):
    g.case(fn, 'rows', [m], {'axis': 1}, tol=2 * UNIT)
  g.case('np.mean', 'what sums beyond 65504', [np.full(70000, 3, np.float16)])
  g.case('np.sum', 'beyond 65504', [np.full(70000, 3, np.float16)])
  g.case('np.sum', 'of ones beyond 2048', [np.ones(5000, np.float16)], tol=0)
  g.case('np.matmul', 'matrices', [random_array('halves l', (5, 70), 'f16'), random_array('halves r', (70, 4), 'f16')], tol=UNIT)
  g.case('np.linspace', 'f16', [0.0, 1.0, 7], {'dtype': 'f16'}, tol=UNIT)
  g.case('np.arange', 'f16', [0.0, 3.0, 0.25], {'dtype': 'f16'}, tol=0)
  k = Key(3)
  for legacy in (False, True):
    options = {'legacy': True} if legacy else {}
    for n in (7, 8):
      g.case('random.uniform', f'f16 {n}{" legacy" if legacy else ""}', [k, [n]], {'dtype': 'f16', **options}, legacy=legacy, tol=0)
    g.case('random.normal', f'f16{" legacy" if legacy else ""}', [k, [9]], {'dtype': 'f16', **options}, legacy=legacy, tol=UNIT)
  g.case('random.uniform', 'f16 range', [k, [3, 4]], {'dtype': 'f16', 'minval': -2.0, 'maxval': 5.0}, tol=UNIT)
  for fn in ('gumbel', 'exponential', 'laplace', 'logistic', 'cauchy'):
    g.case(f'random.{fn}', 'f16', [k, [9]], {'dtype': 'f16'}, tol=2 * UNIT)
  v, w = random_array('halves v', (40,), 'f16'), random_array('halves w', (40,), 'f16')
  for fn in ('np.sin', 'np.tanh', 'np.exp', 'np.square', 'nn.softmax', 'nn.gelu', 'np.cumsum', 'np.sort'):
    add(g, 'jvp', fn, 'f16', [[a], [v]], tol=8 * UNIT)
    add(g, 'vjp', fn, 'f16', [[a], w], tol=8 * UNIT)
  for fn in ('np.multiply', 'np.divide', 'np.maximum'):
    add(g, 'vjp', fn, 'f16', [[a, np.abs(b) + np.float16(0.5)], w], tol=8 * UNIT)
  return g
