"""Records one JAX result per case and writes the cases of a family to one JSON file."""
import json
import re
import zlib
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

FOLDER = Path(__file__).resolve().parent.parent / 'golden'

# JAX without x64 has no 64-bit integers, and neither has cotangent: with x64 on (wherever f64 appears) they are recorded as 32 bits.
NAMES = {'float16': 'f16', 'float32': 'f32', 'float64': 'f64', 'int32': 'i32', 'int64': 'i32', 'uint32': 'u32', 'uint64': 'u32', 'bool': 'bool'}
DTYPES = {'f16': np.float16, 'f32': np.float32, 'f64': np.float64, 'i32': np.int32, 'u32': np.uint32, 'bool': np.bool_}

MODULES = {
  'np': jnp, 'lax': jax.lax, 'nn': jax.nn, 'random': jax.random, 'special': jax.scipy.special,
}


class Key:
  """A random key made from a seed; `legacy` asks for the threefry layout that JAX used before 0.5."""

  def __init__(self, seed):
    self.seed = seed


def snake(name):
  return re.sub(r'([A-Z])', lambda m: '_' + m.group(1).lower(), name)


def number(x, dtype):
  if dtype == 'bool':
    return 'true' if x else 'false'
  if dtype in ('i32', 'u32'):
    return str(int(x))
  if np.isnan(x):
    return '"NaN"'
  if np.isinf(x):
    return '"Infinity"' if x > 0 else '"-Infinity"'
  if x == 0:
    return '"-0"' if np.signbit(x) else '0'
  text = str(x) if dtype == 'f32' else repr(float(x))
  return text[:-2] if text.endswith('.0') else text


def encode_array(a):
  a = np.asarray(a)
  dtype = NAMES[a.dtype.name]
  data = ','.join(number(x, dtype) for x in a.reshape(-1))
  return f'{{"array":{{"dtype":"{dtype}","shape":{json.dumps(list(a.shape), separators=(",", ":"))},"data":[{data}]}}}}'


def encode(v):
  if isinstance(v, Key):
    return f'{{"key":{v.seed}}}'
  if isinstance(v, slice):
    return '{"slice":[' + ','.join(encode(p) for p in (v.start, v.stop, v.step)) + ']}'
  if v is Ellipsis:
    return '"..."'
  if v is None or isinstance(v, (bool, int, str)):
    return json.dumps(v)
  if isinstance(v, float) and not isinstance(v, np.generic):
    return number(v, 'f64')
  if isinstance(v, dict):
    return '{' + ','.join(f'{json.dumps(k)}:{encode(x)}' for k, x in v.items()) + '}'
  if isinstance(v, (list, tuple)):
    return '[' + ','.join(encode(x) for x in v) + ']'
  if hasattr(v, 'dtype') and jnp.issubdtype(v.dtype, jax.dtypes.prng_key):
    v = jax.random.key_data(v)
  return encode_array(v)


def leaves(v):
  if isinstance(v, dict):
    return [l for x in v.values() for l in leaves(x)]
  if isinstance(v, (list, tuple)):
    return [l for x in v for l in leaves(x)]
  return [v]


def wants_x64(v):
  return any((isinstance(l, np.ndarray) and l.dtype == np.float64) or (isinstance(l, np.generic) and l.dtype == np.float64) or
             (isinstance(l, str) and l == 'f64') for l in leaves(v))


def to_jax(v):
  if isinstance(v, Key):
    return jax.random.key(v.seed)
  if isinstance(v, dict):
    return {k: to_jax(x) for k, x in v.items()}
  if isinstance(v, list):
    return [to_jax(x) for x in v]
  if isinstance(v, tuple):
    return tuple(to_jax(x) for x in v)
  if isinstance(v, (np.ndarray, np.generic)):
    return jnp.asarray(v)
  return v


def to_option(v):
  if isinstance(v, str) and v in DTYPES:
    return DTYPES[v]
  return tuple(to_option(x) for x in v) if isinstance(v, list) and not any(hasattr(x, 'shape') for x in v) else to_jax(v)


def default_reference(fn):
  space, name = fn.split('.')
  f = getattr(MODULES[space], snake(name))
  # lax wants tuples of integers where cotangent takes arrays of numbers.
  hashable = (lambda v: tuple(hashable(x) for x in v) if isinstance(v, list) and not any(hasattr(l, 'shape') for l in leaves(v)) else v) if space == 'lax' else (lambda v: v)
  return lambda *args, **options: f(*[hashable(a) for a in args], **options)


class Family:
  """The cases of one golden file, with the place their reference results come from."""

  def __init__(self, name):
    self.name, self.lines, self.ids = name, [], set()

  def record(self, ident, head, out, tol, of):
    assert ident not in self.ids, ident
    self.ids.add(ident)
    tail = ('' if tol is None else f',"tol":{json.dumps(tol)}') + ('' if of is None else f',"of":"{of}"')
    self.lines.append(f'{{"id":{json.dumps(ident)},{head},"out":{encode(out)}{tail}}}')

  def case(self, fn, label, args, options=None, ref=None, tol=None, of=None, x64=None, legacy=False):
    """One call of a library function: `ref` stands in where the JAX spelling differs."""
    wide = wants_x64([args, options or {}]) if x64 is None else x64
    call = ref or default_reference(fn)
    with jax.enable_x64(wide), jax.threefry_partitionable(not legacy):
      out = call(*[to_jax(a) for a in args], **{snake(k): to_option(v) for k, v in (options or {}).items() if k != 'legacy'})
      out = jax.tree.map(lambda l: l if isinstance(l, (bool, int, float)) or jnp.issubdtype(l.dtype, jax.dtypes.prng_key) else np.asarray(l), out)
      head = f'"fn":"{fn}","args":{encode(args)}' + (f',"options":{encode(options)}' if options else '')
      self.record(f'{fn}/{label}', head, out, tol, of)

  def attempt(self, fn, label, args, options=None, **rest):
    """A case where JAX may refuse the dtype: then there is nothing to compare with, and the case is left out."""
    try:
      self.case(fn, label, args, options, **rest)
    except TypeError as e:
      print('left out:', fn, label, '|', str(e)[:70])

  def program(self, name, label, program, args, params=None, tol=None, x64=True):
    """One run of a named program, which the TypeScript side spells again under the same name."""
    with jax.enable_x64(x64):
      out = program(*[to_jax(a) for a in args])
      head = f'"program":"{name}"' + (f',"params":{encode(params)}' if params is not None else '') + f',"args":{encode(args)}'
      self.record(f'{name}/{label}', head, jax.tree.map(np.asarray, out), tol, None)

  def write(self):
    versions = {'jax': jax.__version__, 'jaxlib': jax.lib.__version__, 'numpy': np.__version__, 'platform': jax.default_backend()}
    FOLDER.mkdir(exist_ok=True)
    text = f'{{"made with":{json.dumps(versions)},\n"cases":[\n' + ',\n'.join(self.lines) + '\n]}\n'
    json.loads(text)
    (FOLDER / f'{self.name}.json').write_text(text)
    return len(self.lines)


def random_array(seed, shape, dtype='f64', lo=-2.0, hi=2.0):
  """Short decimals drawn from a generator seeded by a name, so that a case never depends on its neighbours."""
  r = np.random.default_rng(zlib.crc32(seed.encode()))
  if dtype == 'bool':
    return r.integers(0, 2, shape).astype(np.bool_)
  if dtype in ('i32', 'u32'):
    return r.integers(int(lo) if dtype == 'i32' else 0, int(hi) + 1, shape).astype(DTYPES[dtype])
  return np.round(r.uniform(lo, hi, shape), 3).astype(DTYPES[dtype])


def f64(*xs):
  return np.array(xs[0] if len(xs) == 1 and isinstance(xs[0], list) else xs, np.float64)


def f32(*xs):
  return f64(*xs).astype(np.float32)


def i32(*xs):
  return np.array(xs[0] if len(xs) == 1 and isinstance(xs[0], list) else xs, np.int32)


def u32(*xs):
  return np.array(xs[0] if len(xs) == 1 and isinstance(xs[0], list) else xs, np.uint32)


def boolean(*xs):
  return np.array(xs[0] if len(xs) == 1 and isinstance(xs[0], list) else xs, np.bool_)


def scalar(x, dtype='f64'):
  return np.array(x, DTYPES[dtype])
