"""First and second derivatives of library functions at ordinary points, forwards and backwards."""
import numpy as np

from golden import Family, f64, random_array
from programs import add

W = f64(1.0, -0.5, 2.0, 0.25)
V = f64(0.7, 1.0, -1.3, 0.5)
LINE, POSITIVE, UNIT, ABOVE = f64(-1.7, -0.4, 0.3, 2.1), f64(0.2, 0.9, 1.7, 4.5), f64(-0.9, -0.25, 0.1, 0.8), f64(1.1, 1.5, 2.3, 7.0)

UNARY = {
  **{n: LINE for n in ('np.sin', 'np.cos', 'np.tan', 'np.arctan', 'np.sinh', 'np.cosh', 'np.tanh', 'np.arcsinh', 'np.exp', 'np.exp2', 'np.expm1', 'np.cbrt', 'np.square',
                       'np.reciprocal', 'np.abs', 'np.negative', 'np.sinc', 'lax.erf', 'lax.erfc', 'lax.logistic', 'nn.relu', 'nn.relu6', 'nn.gelu', 'nn.silu', 'nn.softplus', 'nn.elu',
                       'nn.selu', 'nn.celu', 'nn.leakyRelu', 'nn.sigmoid', 'nn.logSigmoid', 'nn.softSign', 'nn.hardTanh', 'nn.softmax', 'nn.logSoftmax', 'nn.logsumexp', 'nn.standardize',
                       'np.sum', 'np.prod', 'np.mean', 'np.max', 'np.min', 'np.var', 'np.std', 'np.cumsum', 'np.cumprod', 'np.sort', 'np.median', 'np.ptp', 'np.diff', 'np.nansum', 'np.deg2rad',
                       'lax.cummax', 'lax.cummin', 'lax.cumlogsumexp', 'lax.cumprod', 'np.floor', 'np.round', 'np.sign')},
  **{n: POSITIVE for n in ('np.log', 'np.log2', 'np.log10', 'np.log1p', 'np.sqrt', 'lax.rsqrt', 'lax.lgamma', 'lax.digamma')},
  **{n: UNIT for n in ('np.arcsin', 'np.arccos', 'np.arctanh', 'lax.erfInv')}, 'np.arccosh': ABOVE,
}
A, B, C, D = f64(0.3, 1.2, -0.7, 2.5), f64(1.4, -0.6, 0.9, -1.1), f64(0.4, 1.3, 2.2, 0.9), f64(1.7, -0.4, 2.5, 0.6)
BINARY = {
  **{n: (A, B) for n in ('np.add', 'np.subtract', 'np.multiply', 'np.divide', 'np.arctan2', 'np.maximum', 'np.minimum', 'np.hypot', 'np.logaddexp', 'np.logaddexp2', 'np.mod', 'np.fmod', 'lax.rem',
                         'np.dot', 'np.inner', 'np.outer', 'np.vdot', 'np.copysign', 'np.fmax', 'np.fmin')},
  'np.power': (C, D), 'lax.pow': (C, D), 'np.floatPower': (C, D),
}
OUT = {'np.dot': (), 'np.inner': (), 'np.vdot': (), 'np.outer': (4, 4)}
SCALAR = {'nn.logsumexp', 'np.sum', 'np.prod', 'np.mean', 'np.max', 'np.min', 'np.var', 'np.std', 'np.median', 'np.ptp', 'np.nansum'}
LOOSE = {'lax.lgamma', 'lax.digamma', 'lax.erfInv'}


def cotangent(name, shape):
  shape = () if name in SCALAR else (3,) if name == 'np.diff' else shape
  return random_array('cotangent ' + name, shape)


def build():
  g = Family('derivatives')
  for fn, x in UNARY.items():
    w = cotangent(fn, x.shape)
    add(g, 'jvp', fn, '', [[x], [V]])
    add(g, 'vjp', fn, '', [[x], w])
    add(g, 'jvp of vjp', fn, '', [[x], w, [V]])
    add(g, 'vjp of vjp', fn, '', [[x], w, [W]])
  for fn, (a, b) in BINARY.items():
    w = random_array('cotangent ' + fn, OUT.get(fn, (4,)))
    add(g, 'jvp', fn, '', [[a, b], [V, W]])
    add(g, 'vjp', fn, '', [[a, b], w])
    add(g, 'jvp of vjp', fn, '', [[a, b], w, [V, W]])
    add(g, 'vjp of vjp', fn, '', [[a, b], w, [W, V]])
  for fn in ('np.sin', 'np.exp', 'np.tanh', 'np.log', 'np.sqrt', 'lax.logistic', 'np.reciprocal', 'lax.erf', 'np.arctan', 'np.cumprod', 'np.prod', 'nn.logsumexp', 'np.tan', 'np.log1p', 'np.expm1', 'lax.lgamma', 'np.arcsin', 'np.cbrt', 'nn.gelu', 'nn.softplus', 'np.sum', 'np.max'):
    x = f64(0.3, 0.9, 0.6) if fn != 'np.max' else f64(0.3, 0.9, 0.6)
    add(g, 'jet', fn, 'order 4', [[x], [[f64(1, 0.5, -1), f64(0.25, 1, 0), f64(-0.5, 0, 2), f64(1, 1, 1)]]])
  for fn in ('np.multiply', 'np.divide', 'np.power', 'np.arctan2', 'np.dot', 'np.logaddexp', 'np.maximum'):
    add(g, 'jet', fn, 'order 3', [[f64(0.4, 1.3), f64(1.7, 0.6)], [[f64(1, -1), f64(0.5, 2), f64(0, 1)], [f64(0.25, 1), f64(1, 1), f64(-1, 0.5)]]])
  return g
