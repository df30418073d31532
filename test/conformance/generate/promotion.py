"""Result dtypes and values for every pair of dtypes and every dtype with a plain number."""
import itertools

import jax.numpy as jnp

from golden import Family, boolean, f32, f64, i32, u32

SAMPLES = {'f32': f32(1.5, 2), 'f64': f64(0.5, 4), 'i32': i32(3, 2), 'u32': u32(1, 5), 'bool': boolean(True, False)}
SECOND = {'f32': f32(0.5, 3), 'f64': f64(2.25, 1), 'i32': i32(2, 3), 'u32': u32(3, 1), 'bool': boolean(True, True)}
NUMBERS = {'integer': 2, 'fraction': 2.5, 'truth': True}
FUNCTIONS = ['np.add', 'np.subtract', 'np.multiply', 'np.divide', 'np.floorDivide', 'np.power', 'np.maximum', 'np.less', 'np.equal']


def build():
  g = Family('promotion')
  for fn in FUNCTIONS:
    for a, b in itertools.product(SAMPLES, SAMPLES):
      if fn == 'np.subtract' and (a, b) == ('bool', 'bool'):
        continue
      g.attempt(fn, f'{a} and {b}', [SAMPLES[a], SECOND[b]])
    for (a, x), (label, n) in itertools.product(SAMPLES.items(), NUMBERS.items()):
      for order, args in (('', [x, n]), (', number first', [n, x])):
        g.attempt(fn, f'{a} and {label}{order}', args)
  for a, b in itertools.product(SAMPLES, SAMPLES):
    g.case('np.where', f'{a} or {b}', [boolean(True, False), SAMPLES[a], SECOND[b]])
    g.case('np.concatenate', f'{a} with {b}', [[SAMPLES[a], SECOND[b]]])
    g.case('np.matmul', f'{a} by {b}', [SAMPLES[a], SECOND[b]])
  for a, x in SAMPLES.items():
    for fn in ('np.sum', 'np.prod', 'np.mean', 'np.max', 'np.cumsum', 'np.sqrt', 'np.abs', 'np.var', 'np.any', 'np.argmax', 'np.sort', 'np.sign', 'np.square', 'np.exp'):
      g.attempt(fn, f'dtype of {a}', [x])
  return g
