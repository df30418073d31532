"""Keys, bits and draws of the threefry generator: integers and bits exactly, floats to rounding."""
import jax
import jax.numpy as jnp
import numpy as np

from golden import Family, Key, f32, f64, i32


def build():
  g = Family('randomness')
  r = jax.random
  for seed in (0, 1, 42, 123456789, 2147483647, -1):
    g.case('random.key', str(seed), [seed])
  for seed in (0, 7):
    k = Key(seed)
    for n in (2, 3, 5):
      g.case('random.split', f'key {seed} into {n}', [k, n])
    for data in (0, 1, 99, 2147483647):
      g.case('random.foldIn', f'key {seed} with {data}', [k, data])
    for shape in ([], [1], [2], [3], [5], [4, 3], [2, 3, 2], [0]):
      g.case('random.bits', f'key {seed}, shape {shape}', [k, shape])
      g.case('random.uniform', f'key {seed}, shape {shape}', [k, shape], tol=1e-7)
  k = Key(3)
  for label, options in (('range', {'minval': -2.0, 'maxval': 5.0}), ('f64', {'dtype': 'f64'}), ('f64 range', {'dtype': 'f64', 'minval': -2.0, 'maxval': 5.0})):
    g.case('random.uniform', label, [k, [3, 4]], options, tol=1e-6 if 'f64' not in label else None)
  g.case('random.normal', 'scalar', [k, []], tol=1e-5)
  g.case('random.normal', 'f32', [k, [3, 4]], tol=1e-6)
  g.case('random.normal', 'f64', [k, [3, 4]], {'dtype': 'f64'})
  for seed in (10, 11, 12):
    g.case('random.normal', f'key {seed}', [Key(seed), [9]], tol=1e-6)
    g.case('random.normal', f'f64 key {seed}', [Key(seed), [9]], {'dtype': 'f64'})
  for p in (0.0, 0.3, 0.5, 1.0):
    g.case('random.bernoulli', f'p {p}', [k, p, [12]])
  g.case('random.bernoulli', 'default', [k])
  g.case('random.bernoulli', 'array of p', [k, f32(0.1, 0.9, 0.5)])
  logits = f32([[0, 1, 2, -1], [3, 0, 0, 0]])
  g.case('random.categorical', 'last axis', [k, logits])
  g.case('random.categorical', 'axis 0', [k, logits], {'axis': 0})
  g.case('random.categorical', 'shape', [k, logits], {'shape': [5, 2]})
  g.case('random.categorical', 'vector many', [k, f32(0.2, 0.5, 1.5)], {'shape': [20]})
  for n in (1, 2, 5, 12, 40):
    g.case('random.permutation', f'of {n}', [k, n])
  g.case('random.permutation', 'of an array', [k, f32(1, 2, 3, 4, 5, 6)])
  g.case('random.permutation', 'of rows', [k, i32([[1, 2], [3, 4], [5, 6]])])
  g.case('random.permutation', 'key 5', [Key(5), 10])
  for label, shape, lo, hi in (('die', [10], 1, 7), ('byte', [8], 0, 256), ('negative', [8], -5, 5), ('wide', [6], -2147483648, 2147483647), ('scalar', [], 0, 10), ('odd', [3, 3], 0, 1000003), ('one value', [4], 3, 4), ('crossed', [4], 5, 3)):
    g.case('random.randint', label, [k, shape, lo, hi])
  for label, options in (('f32', {}), ('f64', {'dtype': 'f64'})):
    tol = None if label == 'f64' else 2e-6
    g.case('random.exponential', label, [k, [8]], options, tol=tol)
    g.case('random.gumbel', label, [k, [8]], options, tol=tol)
    g.case('random.laplace', label, [k, [8]], options, tol=tol)
    g.case('random.logistic', label, [k, [8]], options, tol=tol)
    g.case('random.truncatedNormal', label, [k, -1.0, 2.0, [8]], options, tol=tol or 1e-11)
    g.case('random.cauchy', label, [k, [6]], options, tol=tol or 1e-11)
  g.case('random.rademacher', 'signs', [k, [10]], ref=lambda key, s: r.rademacher(key, s, jnp.int32))
  g.case('random.choice', 'of a number', [k, 10, [6]])
  g.case('random.choice', 'without replacement', [k, 10, [6]], {'replace': False})
  g.case('random.choice', 'of an array', [k, f32(10, 20, 30), [5]])
  # The layout before JAX 0.5 (jax_threefry_partitionable off).
  old = {'legacy': True}
  for shape in ([1], [2], [3], [5], [4, 3]):
    g.case('random.bits', f'legacy {shape}', [Key(0), shape], old, legacy=True)
    g.case('random.uniform', f'legacy {shape}', [Key(0), shape], old, legacy=True, tol=1e-7)
  g.case('random.split', 'legacy', [Key(0), 3], old, legacy=True)
  g.case('random.split', 'legacy odd key', [Key(9), 2], old, legacy=True)
  g.case('random.normal', 'legacy', [Key(0), [5]], old, legacy=True, tol=1e-6)
  g.case('random.normal', 'legacy f64', [Key(0), [5]], {'legacy': True, 'dtype': 'f64'}, legacy=True)
  return g
