"""Convolutions and windowed folds: values, both gradients and mapped ones, over named and random strides, paddings, dilations and groups."""
import zlib

import jax
import jax.numpy as jnp
import numpy as np

from golden import Family, f64, i32, random_array
from programs import add, keywords

lax = jax.lax
GENERAL, TRANSPOSE, WINDOWS = 'lax.convGeneralDilated', 'lax.convTranspose', 'lax.reduceWindow'
LAYOUTS = {1: (['NCW', 'OIW', 'NCW'], ['NWC', 'WIO', 'NWC']), 2: (['NCHW', 'OIHW', 'NCHW'], ['NHWC', 'HWIO', 'NHWC'], ['CWNH', 'WOHI', 'HNCW'])}


def placed(shape, letters, canonical):
  return tuple(shape[canonical.index(c)] for c in letters)


def configuration(i):
  """Shapes and options of a random convolution, small enough to be read."""
  r = np.random.default_rng(zlib.crc32(f'convolution {i}'.encode()))
  some = lambda lo, hi: int(r.integers(lo, hi + 1))
  n = [2, 1, 2, 1, 2, 0, 3][i % 7]
  kind, parts = i % 3, some(2, 3)
  fg, bg = (parts if kind == 1 else 1), (parts if kind == 2 else 1)
  channels, size, window, options = some(1, 2), [], [], {'windowStrides': [], 'padding': [], 'lhsDilation': [], 'rhsDilation': []}
  for _ in range(n):
    k, left, right, m = some(1, 3), max(1, some(-1, 2)), max(1, some(-1, 2)), some(2, 3 if n == 3 else 4)
    low, high = some(-1, 2), some(-1, 2)
    size.append(m)
    window.append(k)
    for name, value in (('windowStrides', some(1, 2)), ('padding', [low, high]), ('lhsDilation', left), ('rhsDilation', right)):
      options[name].append(value)
  x, w = (bg * some(1, 2), channels * fg, *size), (max(fg, bg) * some(1, 2), channels, *window)
  if fg > 1:
    options['featureGroupCount'] = fg
  if bg > 1:
    options['batchGroupCount'] = bg
  if n in LAYOUTS and i % 2:
    numbers = LAYOUTS[n][i % len(LAYOUTS[n])]
    letters = numbers[1].replace('O', '').replace('I', '')
    options['dimensionNumbers'] = numbers
    x, w = placed(x, numbers[0], 'NC' + letters), placed(w, numbers[1], 'OI' + letters)
  return x, w, options


def both_gradients(g, label, x, w, options):
  a, b = random_array(f'{label} x', x), random_array(f'{label} w', w)
  with jax.enable_x64(True):
    out = jax.eval_shape(lambda p, q: lax.conv_general_dilated(p, q, **keywords(options)), a, b)
  add(g, 'vjp with options', GENERAL, label, [[a, b], random_array(f'{label} out', out.shape)], options=options)
  return a, b, out.shape


def build():
  g = Family('convolution')

  image, kernel = random_array('image', (2, 2, 5, 4)), random_array('kernel', (3, 2, 3, 2))
  for label, options in (('valid', {'padding': 'VALID'}), ('same', {'padding': 'SAME'}), ('same lower', {'padding': 'SAME_LOWER'}), ('strides', {'padding': 'SAME', 'windowStrides': [2, 3]}),
                         ('strides, same lower', {'padding': 'SAME_LOWER', 'windowStrides': [2, 3]}), ('dilated kernel, same', {'padding': 'SAME', 'rhsDilation': [2, 1]}),
                         ('pairs', {'padding': [[1, 2], [0, 1]]}), ('cut', {'padding': [[-1, 1], [1, -1]]}), ('spread', {'padding': [[0, 0], [1, 1]], 'lhsDilation': [2, 3]}),
                         ('all at once', {'padding': [[2, -1], [1, 3]], 'windowStrides': [2, 1], 'lhsDilation': [1, 2], 'rhsDilation': [2, 2]})):
    g.case(GENERAL, f'{label}, f32', [image.astype(np.float32), kernel.astype(np.float32)], {'windowStrides': [1, 1], **options})
    both_gradients(g, label, image.shape, kernel.shape, {'windowStrides': [1, 1], **options})
  last = {'dimensionNumbers': ['NHWC', 'HWIO', 'NHWC']}
  g.case(GENERAL, 'channels last', [random_array('last', (2, 4, 5, 3)), random_array('last kernel', (2, 3, 3, 4))], {'windowStrides': [1, 2], 'padding': 'SAME', **last})
  both_gradients(g, 'channels last', (2, 4, 5, 3), (2, 3, 3, 4), {'windowStrides': [1, 2], 'padding': 'SAME', **last})
  both_gradients(g, 'depthwise', (2, 4, 4, 3), (3, 3, 1, 6), {'windowStrides': [1, 1], 'padding': 'SAME', 'featureGroupCount': 3, **last})
  both_gradients(g, '1 by 1', (2, 3, 2, 2), (4, 3, 1, 1), {'windowStrides': [1, 1], 'padding': 'VALID'})
  both_gradients(g, '1 by 1 with strides', (2, 3, 5, 4), (2, 3, 1, 1), {'windowStrides': [2, 2], 'padding': 'SAME'})
  both_gradients(g, 'a kernel as large as the image', (2, 2, 3, 3), (2, 2, 3, 3), {'windowStrides': [1, 1], 'padding': 'VALID'})
  g.case(GENERAL, 'a kernel larger than the image', [random_array('small', (2, 1, 2)), random_array('large', (3, 1, 4))], {'windowStrides': [1], 'padding': 'VALID'})
  g.case(GENERAL, 'no batch', [np.zeros((0, 2, 4)), random_array('no batch', (3, 2, 2))], {'windowStrides': [1], 'padding': 'SAME'})
  g.case(GENERAL, 'i32', [i32([[[1, -2, 3, 4]]]), i32([[[2, -1]], [[0, 7]]])], {'windowStrides': [1], 'padding': 'SAME'})

  for i in range(70):
    x, w, options = configuration(i)
    label = f'random {i}'
    a, b, out = both_gradients(g, label, x, w, options)
    if i % 10 == 0:
      add(g, 'jvp of vjp with options', GENERAL, label, [[a, b], random_array(f'{label} out', out), [random_array(f'{label} tx', x), random_array(f'{label} tw', w)]], options=options)
    if i % 8 == 0:
      for axes in ([0, 0], [0, None], [None, 0]):
        mapped = [random_array(f'{label} more {j}', (2, *s)) if m == 0 else random_array(f'{label} {j}', s) for j, (s, m) in enumerate(zip((x, w), axes))]
        add(g, 'vmap with options', GENERAL, f'{label}, {axes}', mapped, options=options, inAxes=axes)

  up, filters = random_array('up', (1, 3, 4, 2)), random_array('filters', (3, 2, 2, 2))
  for padding in ('SAME', 'VALID', [[1, 2], [0, 1]]):
    for strides in ([1, 1], [2, 3], [3, 2]):
      name = padding if isinstance(padding, str) else 'pairs'
      g.case(TRANSPOSE, f'{name}, strides {strides}', [up, filters], {'strides': strides, 'padding': padding})
      g.case(TRANSPOSE, f'{name}, strides {strides}, dilated', [up, filters], {'strides': strides, 'padding': padding, 'rhsDilation': [2, 1]})
  g.case(TRANSPOSE, 'the kernel of the forward convolution', [up, random_array('forward', (3, 2, 3, 2))], {'strides': [2, 2], 'padding': 'SAME', 'transposeKernel': True})
  g.case(TRANSPOSE, 'channels first', [random_array('first', (1, 3, 4, 3)), random_array('first kernel', (2, 3, 2, 3))], {'strides': [2, 1], 'padding': 'SAME', 'dimensionNumbers': ['NCHW', 'OIHW', 'NCHW']})
  g.case(TRANSPOSE, 'channels first, the kernel of the forward convolution', [random_array('first', (1, 3, 4, 3)), random_array('first kernel', (3, 2, 2, 3))], {'strides': [2, 1], 'padding': 'SAME', 'transposeKernel': True, 'dimensionNumbers': ['NCHW', 'OIHW', 'NCHW']})
  g.case(TRANSPOSE, 'padding of the forward convolution', [up, filters], {'strides': [2, 2], 'padding': [[1, 0], [0, 1]], 'useConsistentPadding': True})
  g.case(TRANSPOSE, 'one spatial axis', [random_array('line', (2, 4, 3)), random_array('line kernel', (3, 3, 2))], {'strides': [2], 'padding': 'SAME'})
  g.case(TRANSPOSE, 'no spatial axis', [random_array('flat', (2, 3)), random_array('flat kernel', (3, 4))], {'strides': [], 'padding': 'VALID'})
  g.case(TRANSPOSE, 'three spatial axes', [random_array('volume', (1, 2, 3, 2, 2)), random_array('volume kernel', (2, 2, 3, 2, 1))], {'strides': [1, 2, 1], 'padding': 'SAME'})
  g.case('lax.conv', 'same', [image, kernel], {'windowStrides': [2, 1], 'padding': 'SAME'})

  windows(g)
  pools(g)
  for fn in ('np.convolve', 'np.correlate'):
    for mode in ('full', 'same', 'valid'):
      for n, m in ((5, 3), (5, 2), (2, 5), (3, 5), (4, 4), (1, 3), (1, 1)):
        g.case(fn, f'{mode}, {n} and {m}', [random_array(f'{fn} {n} {m}', (n,)), random_array(f'{fn} {m} {n}', (m,))], {'mode': mode})
    g.case(fn, 'default mode', [f64(1, 2, 3), f64(0, 1, 0.5)])
  return g


def windows(g):
  reducer = {'sum': (0.0, lax.add), 'prod': (1.0, lax.mul), 'max': (-np.inf, lax.max), 'min': (np.inf, lax.min)}
  def ref(x, fold, **options):
    init, computation = reducer[fold]
    return lax.reduce_window(x, np.array(init, x.dtype) if x.dtype.kind == 'f' else np.array(np.iinfo(x.dtype).min if fold == 'max' else np.iinfo(x.dtype).max if fold == 'min' else init, x.dtype), computation, **options)
  # whole numbers, so that windows have ties
  x, tied, line = random_array('windowed', (2, 4, 5)), random_array('tied', (2, 4, 5), 'i32', -1, 1).astype(np.float64), random_array('line', (9,))
  configurations = {
    'side by side': {'windowDimensions': [1, 2, 2], 'windowStrides': [1, 2, 2]}, 'overlapping': {'windowDimensions': [1, 3, 3], 'windowStrides': [1, 2, 1]},
    'same': {'windowDimensions': [1, 3, 2], 'windowStrides': [1, 2, 2], 'padding': 'SAME'}, 'same lower': {'windowDimensions': [1, 2, 4], 'windowStrides': [1, 1, 1], 'padding': 'SAME_LOWER'},
    'pairs': {'windowDimensions': [2, 2, 3], 'windowStrides': [1, 3, 2], 'padding': [[1, 0], [0, 2], [2, 1]]}, 'apart': {'windowDimensions': [1, 2, 2], 'windowStrides': [2, 3, 4]},
    'one place': {'windowDimensions': [1, 1, 1], 'windowStrides': [1, 2, 3]}, 'all': {'windowDimensions': [2, 4, 5]},
  }
  wide = {
    'dilated': {'windowDimensions': [1, 2, 3], 'windowStrides': [1, 1, 1], 'windowDilation': [1, 3, 2], 'padding': 'SAME'}, 'spread': {'windowDimensions': [1, 3, 2], 'windowStrides': [1, 1, 2], 'baseDilation': [1, 2, 3]},
    'spread and dilated': {'windowDimensions': [1, 2, 2], 'windowDilation': [1, 2, 3], 'baseDilation': [1, 3, 1], 'padding': [[0, 0], [1, 0], [2, 2]]},
  }
  for fold in reducer:
    for label, options in {**configurations, **wide}.items():
      g.case(WINDOWS, f'{fold}, {label}', [x, fold], options, ref=ref)
    g.case(WINDOWS, f'{fold}, one axis', [line, fold], {'windowDimensions': [4], 'windowStrides': [2]}, ref=ref)
    g.case(WINDOWS, f'{fold}, windows larger than the array', [line, fold], {'windowDimensions': [10]}, ref=ref)
    g.case(WINDOWS, f'{fold}, i32', [i32(3, -1, 4, 1, -5), fold], {'windowDimensions': [2], 'windowStrides': [1], 'padding': 'SAME'}, ref=ref)
    if fold != 'prod':
      for label, options in {**configurations, **(wide if fold == 'sum' else {})}.items():
        for kind, a in (('', x), (', with ties', tied)):
          out = ref(a, fold, **keywords(options))
          add(g, 'vjp with options', f'windows of {fold}', label + kind, [[a], random_array(f'{label} ct', out.shape)], options=options)
  for fold in ('max', 'min'):
    add(g, 'vjp with options', f'windows of {fold}', 'a NaN', [[f64(1, np.nan, 3, 2)], f64(1, 10)], options={'windowDimensions': [3]})
    add(g, 'vjp with options', f'windows of {fold}', 'infinities', [[f64(-np.inf, -np.inf, np.inf, np.inf)], f64(1, 10, 100, 1000)], options={'windowDimensions': [2], 'padding': [[1, 0]]})
    add(g, 'vmap with options', f'windows of {fold}', 'a batch', [tied], options={'windowDimensions': [2, 3], 'windowStrides': [2, 1]}, inAxes=0)


def pools(g):
  """Of flax, as it is defined by reduce_window."""
  def pool(x, init, computation, window_shape, strides=None, padding='VALID', channel_axis=-1):
    at = None if channel_axis is None else channel_axis % x.ndim
    spatial = [a for a in range(x.ndim) if a != at][-len(window_shape):]
    spread = lambda values, elsewhere: tuple(values[spatial.index(a)] if a in spatial else elsewhere for a in range(x.ndim))
    return lax.reduce_window(x, np.array(init, x.dtype), computation, spread(window_shape, 1), spread(strides or (1,) * len(window_shape), 1), padding if isinstance(padding, str) else spread(padding, (0, 0)))
  def average(x, window_shape, strides=None, padding='VALID', channel_axis=-1, count_include_pad=True):
    rest = (window_shape, strides, padding, channel_axis)
    return pool(x, 0.0, lax.add, *rest) / (np.prod(window_shape) if count_include_pad else pool(jnp.ones_like(x), 0.0, lax.add, *rest))
  x = random_array('pooled', (2, 4, 5, 2))
  for label, options in (('side by side', {'windowShape': [2, 2], 'strides': [2, 2]}), ('default strides', {'windowShape': [3, 2]}), ('same', {'windowShape': [2, 3], 'strides': [2, 2], 'padding': 'SAME'}),
                         ('pairs', {'windowShape': [2, 2], 'strides': [1, 2], 'padding': [[1, 0], [0, 1]]}), ('channels first', {'windowShape': [2, 2], 'strides': [2, 1], 'channelAxis': 1}),
                         ('no channels', {'windowShape': [2, 3], 'channelAxis': None}), ('one axis', {'windowShape': [2], 'strides': [2]})):
    g.case('nn.maxPool', label, [x], options, ref=lambda a, **o: pool(a, -np.inf, lax.max, **o))
    g.case('nn.minPool', label, [x], options, ref=lambda a, **o: pool(a, np.inf, lax.min, **o))
    g.case('nn.avgPool', label, [x], options, ref=average)
    g.case('nn.avgPool', f'{label}, elements counted', [x], {**options, 'countIncludePad': False}, ref=average)
