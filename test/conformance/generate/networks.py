"""Activations and normalisations of `nn` at ordinary points, kinks and infinities."""
import jax
import jax.numpy as jnp

from golden import Family, boolean, f32, f64, i32, random_array

NAN, INF = float('nan'), float('inf')
POINTS = [-100, -30, -3, -1, -0.5, -1e-3, -0.0, 0.0, 1e-3, 0.5, 1, 3, 6, 30, 100, INF, -INF, NAN]


def build():
  g = Family('networks')
  for fn in ('nn.relu', 'nn.relu6', 'nn.sigmoid', 'nn.softplus', 'nn.silu', 'nn.swish', 'nn.elu', 'nn.celu', 'nn.selu', 'nn.leakyRelu', 'nn.logSigmoid', 'nn.softSign', 'nn.hardTanh', 'nn.hardSigmoid', 'nn.hardSwish', 'nn.mish', 'nn.gelu', 'nn.squareplus', 'nn.tanh'):
    g.case(fn, 'f64', [f64(POINTS)], of='element' if fn not in ('nn.gelu', 'nn.mish') else 'unit')
    g.case(fn, 'f32', [f32(POINTS)], of='unit', tol=4e-6)
  g.case('nn.elu', 'alpha', [f64(POINTS), 0.5])
  g.case('nn.leakyRelu', 'slope', [f64(POINTS), 0.2])
  g.case('nn.celu', 'alpha', [f64(POINTS[1:-4]), 0.5])
  for approximate in (True, False):
    g.case('nn.gelu', f'approximate {approximate}', [f64(POINTS[:-3])], {'approximate': approximate}, of='unit')
  x = random_array('soft', (2, 3, 2), lo=-4, hi=4)
  for fn in ('nn.softmax', 'nn.logSoftmax'):
    for axis in (0, 1, -1):
      g.case(fn, f'axis {axis}', [x], {'axis': axis})
    g.case(fn, 'default axis', [x])
    g.case(fn, 'two axes', [x], {'axis': [0, 2]})
    g.case(fn, 'large', [f64(1000, 1001, 999)])
    g.case(fn, '-infinity', [f64(-INF, 1, 2)])
    g.case(fn, 'one', [f64([5])])
    g.case(fn, 'where', [f64(1, 5, 2)], {'where': boolean(True, False, True)})
    g.case(fn, 'f32', [f32(0.5, -1, 3)])
  g.case('nn.oneHot', 'vector', [i32(0, 2, 1), 3])
  g.case('nn.oneHot', 'matrix', [i32([[0, 1], [2, 0]]), 3])
  g.case('nn.oneHot', 'outside gives zeros', [i32(-1, 3, 1), 3])
  g.case('nn.oneHot', 'axis 0', [i32(0, 2), 3], {'axis': 0})
  g.case('nn.oneHot', 'dtype', [i32(0, 2), 3], {'dtype': 'i32'})
  g.case('nn.oneHot', 'f64', [i32(0, 2), 3], {'dtype': 'f64'})
  g.case('nn.logsumexp', 'keepdims', [x], {'axis': 1, 'keepdims': True})
  g.case('nn.standardize', 'last axis', [x])
  g.case('nn.standardize', 'axis 0', [x], {'axis': 0})
  g.case('nn.glu', 'last axis', [x])
  return g
