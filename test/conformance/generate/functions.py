"""The named functions that programs differentiate, batch and run: each is spelled again in ../functions.ts."""
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax, nn

I = jnp.array

EDGES = {
  'pow 0': lambda x: jnp.power(x, 0),
  'pow 1': lambda x: jnp.power(x, 1),
  'pow 2': lambda x: jnp.power(x, 2),
  'pow 3': lambda x: jnp.power(x, 3),
  'pow -1': lambda x: jnp.power(x, -1),
  'pow 0.5': lambda x: jnp.power(x, 0.5),
  'pow 1.5': lambda x: jnp.power(x, 1.5),
  'number to the x': lambda x: jnp.power(2.0, x),
  'zero to the x': lambda x: jnp.power(0.0, x),
  'x to the x': lambda x: jnp.power(x, x),
  'integerPow 2': lambda x: lax.integer_pow(x, 2),
  'integerPow -2': lambda x: lax.integer_pow(x, -2),
  'x times x': lambda x: x * x,
  'maximum with 0': lambda x: jnp.maximum(x, 0.0),
  'minimum with 1': lambda x: jnp.minimum(x, 1.0),
  'maximum with itself': lambda x: jnp.maximum(x, x),
  'clip': lambda x: jnp.clip(x, -1.0, 1.0),
  'clamp': lambda x: lax.clamp(jnp.float64(-1.0), x, jnp.float64(1.0)),
  'clamp bounds': lambda lo, x, hi: lax.clamp(lo, x, hi),
  'relu': lambda x: nn.relu(x),
  'relu by where': lambda x: jnp.where(x > 0, x, 0.0),
  'where hides NaN': lambda x: jnp.where(x > 0, jnp.log(x), 0.0),
  'where done safely': lambda x: jnp.where(x > 0, jnp.log(jnp.where(x > 0, x, 1.0)), 0.0),
  'where two': lambda x, y: jnp.where(x > y, x * y, x + y),
  'select': lambda x, y: lax.select(x > y, x * x, y * x),
  'norm': lambda x: jnp.sqrt(jnp.sum(x * x)),
  'norm of rows': lambda x: jnp.sqrt(jnp.sum(x * x, axis=1)),
  'max rows': lambda x: jnp.max(x, axis=1),
  'min rows': lambda x: jnp.min(x, axis=1),
  'max all': lambda x: jnp.max(x),
  'prod rows': lambda x: jnp.prod(x, axis=1),
  'prod all': lambda x: jnp.prod(x),
  'mean of squares': lambda x: jnp.mean(x * x),
  'std': lambda x: jnp.std(x),
  'var rows': lambda x: jnp.var(x, axis=1, ddof=1),
  'logsumexp rows': lambda x: nn.logsumexp(x, axis=1),
  'softmax rows': lambda x: nn.softmax(x, axis=-1),
  'logSoftmax rows': lambda x: nn.log_softmax(x, axis=-1),
  'sort rows': lambda x: jnp.sort(x, axis=1),
  'sort descending': lambda x: jnp.sort(x, descending=True),
  'sort with payload': lambda k, x: lax.sort((k, x), num_keys=1)[1],
  'cumsum reverse': lambda x: lax.cumsum(x, axis=0, reverse=True),
  'cumprod': lambda x: lax.cumprod(x, axis=0),
  'cumprod reverse': lambda x: lax.cumprod(x, axis=0, reverse=True),
  'cummax reverse': lambda x: lax.cummax(x, axis=0, reverse=True),
  'cumlogsumexp reverse': lambda x: lax.cumlogsumexp(x, axis=0, reverse=True),
  'cumsum of columns': lambda x: jnp.cumsum(x, axis=1),
  'median': lambda x: jnp.median(x),
  'nansum': lambda x: jnp.nansum(x * x),
  'nanmean': lambda x: jnp.nanmean(x),
  'nanmax': lambda x: jnp.nanmax(x),
  'sum of abs': lambda x: jnp.sum(jnp.abs(x)),
  'exp of abs': lambda x: jnp.exp(jnp.abs(x)),
  'sign times x': lambda x: jnp.sign(x) * x,
  'floor plus x': lambda x: jnp.floor(x) + x * x,
  'round times x': lambda x: jnp.round(x) * x,
  'stopped factor': lambda x: lax.stop_gradient(x) * x,
  'straight through': lambda x: x + lax.stop_gradient(jnp.round(x) - x),
  'x log x': lambda x: jnp.where(x > 0, x * jnp.log(jnp.where(x > 0, x, 1.0)), 0.0),
  'angle': lambda y, x: jnp.arctan2(y, x),
  'logistic loss': lambda x, y: jnp.sum(nn.softplus(x) - x * y),
  'convert and back': lambda x: jnp.asarray(jnp.asarray(x * x, 'float32'), 'float64'),
  'take the same twice': lambda x: jnp.take(x, I([1, 1, 0]), axis=0) * I([1.0, 2.0, 3.0]),
  'take rows': lambda x: jnp.take(x, I([2, 0, 2]), axis=0),
  'take along': lambda x: jnp.take_along_axis(x, I([[0], [3], [1]]), 1),
  'at array': lambda x: x[I([2, 0]), 1:3] ** 2,
  'at step': lambda x: x[::-2] * 3.0,
  'at two arrays': lambda x: x[I([0, 2, 0]), I([1, 3, 1])],
  'set': lambda x, v: x.at[1].set(v) * x,
  'set array': lambda x, v: x.at[I([2, 0])].set(v) ** 2,
  'addAt': lambda x, v: x.at[I([1, 1, 3])].add(v) ** 2,
  'mulAt': lambda x, v: x.at[I([0, 3])].multiply(v, unique_indices=True),
  'maxAt': lambda x, v: x.at[I([0, 3])].max(v),
  'minAt': lambda x, v: x.at[I([0, 3])].min(v),
  'dynamicSlice': lambda x: lax.dynamic_slice(x, (1, 2), (2, 2)) ** 2,
  'dynamicUpdateSlice': lambda x, u: lax.dynamic_update_slice(x, u, (1, 1)) ** 2,
}

SHAPES = {
  'transpose': lambda x: jnp.transpose(x) @ I([[1.0], [2.0], [3.0]]),
  'reshape': lambda x: jnp.reshape(x, (2, 6)) ** 2,
  'broadcast': lambda x: x[:, None] * I([1.0, 2.0, 3.0]),
  'concatenate': lambda x, y: jnp.concatenate([x, y * y, x], axis=0),
  'stack': lambda x, y: jnp.stack([x * y, y], axis=1),
  'split': lambda x: [p * (i + 1.0) for i, p in enumerate(jnp.split(x, 3))],
  'pad': lambda x: lax.pad(x * x, jnp.float64(1.0), ((1, 2, 1), (-1, 1, 0))),
  'pad value': lambda x, v: lax.pad(x, v, ((1, 2, 1),)),
  'flip': lambda x: jnp.flip(x, axis=0) * x,
  'roll': lambda x: jnp.roll(x, 1, axis=0) * x,
  'tile': lambda x: jnp.tile(x, 2) * I([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
  'repeat': lambda x: jnp.repeat(x, 2) * I([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
  'diff': lambda x: jnp.diff(x) ** 2,
  'tril': lambda x: jnp.tril(x) @ x,
  'diag': lambda x: jnp.diag(x * x),
  'trace': lambda x: jnp.trace(x @ x),
  'slice with stride': lambda x: lax.slice(x, (0, 1), (3, 4), (2, 2)) ** 2,
  'matmul': lambda a, b: a @ b,
  'batched matmul': lambda a, b: jnp.matmul(a, b),
  'dot': lambda a, b: jnp.dot(a, b),
  'outer': lambda a, b: jnp.outer(a, b),
  'tensordot': lambda a, b: jnp.tensordot(a, b, axes=2),
  'einsum chain': lambda a, b, c: jnp.einsum('ij,jk,k->i', a, b, c),
  'einsum trace': lambda a: jnp.einsum('ii->i', a) ** 2,
  'einsum batch': lambda a, b: jnp.einsum('bij,bkj->bik', a, b),
  'dotGeneral': lambda a, b: lax.dot_general(a, b, (((0,), (1,)), ((1,), (0,)))),
  'quadratic form': lambda a, x: x @ a @ x,
  'triple': lambda x: jnp.sum(x[:, None] * x[None, :]) * jnp.prod(x),
}

SMOOTH = {
  'polynomial': lambda x: x * x * x - 2.0 * x + 1.0,
  'sum of cubes': lambda x: jnp.sum(x * x * x),
  'tanh sin exp': lambda x: jnp.tanh(jnp.sin(x) * jnp.exp(-x)),
  'rosenbrock': lambda x: jnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2),
  'product of sines': lambda x: jnp.prod(jnp.sin(x)),
  'log of sum of exp': lambda x: jnp.log(jnp.sum(jnp.exp(x))),
  'gaussian': lambda x, m, s: jnp.exp(-0.5 * ((x - m) / s) ** 2) / s,
  'two scalar trees': lambda p, y: jnp.sin(p['a'] * y) * jnp.sum(p['b'] ** 2) + y ** 3 * p['b'][0],
  'two outputs': lambda x, y: {'sum': x + y * y, 'product': jnp.sin(x) * y},
  'three linear': lambda x: 3.0 * x + jnp.flip(x, axis=0) - jnp.sum(x),
  'sum of matrix sines': lambda a: jnp.sum(jnp.sin(a @ a)),
  'vector field': lambda x: jnp.stack([x[0] * x[1], jnp.sin(x[0]), x[1] / x[0]]),
  'erf of product': lambda x, y: lax.erf(x * y) + lax.lgamma(x * x + 1.0),
  'reciprocal chain': lambda x: 1.0 / (1.0 + 1.0 / (1.0 + x * x)),
  'sqrt log': lambda x: jnp.sqrt(1.0 + jnp.log1p(x * x)),
}


def mlp(p, x):
  h = jnp.tanh(x @ p['first']['w'] + p['first']['b'])
  return h @ p['second']['w'] + p['second']['b']


def mlp_loss(p, x, y):
  return jnp.mean((mlp(p, x) - y) ** 2)


def classifier_loss(p, x, y):
  return -jnp.mean(jnp.sum(nn.log_softmax(mlp(p, x)) * nn.one_hot(y, 2, dtype=x.dtype), axis=-1))


def attention(q, k, v):
  scores = jnp.einsum('bqd,bkd->bqk', q, k) / jnp.sqrt(jnp.float64(q.shape[-1]))
  return jnp.einsum('bqk,bkd->bqd', nn.softmax(scores, axis=-1), v)


def causal_attention(q, k, v):
  scores = jnp.einsum('bqd,bkd->bqk', q, k)
  mask = jnp.tril(jnp.ones((q.shape[1], k.shape[1]), dtype=bool))
  return jnp.einsum('bqk,bkd->bqd', nn.softmax(jnp.where(mask, scores, -1e9), axis=-1), v)


def layer_norm(p, x):
  mean = jnp.mean(x, axis=-1, keepdims=True)
  centred = x - mean
  return p['scale'] * centred / jnp.sqrt(jnp.mean(centred * centred, axis=-1, keepdims=True) + 1e-5) + p['shift']


def lstm_cell(p, carry, x):
  h, c = carry
  i, f, g, o = jnp.split(jnp.concatenate([x, h]) @ p['w'] + p['b'], 4)
  c2 = nn.sigmoid(f) * c + nn.sigmoid(i) * jnp.tanh(g)
  h2 = nn.sigmoid(o) * jnp.tanh(c2)
  return (h2, c2), h2


def lstm(p, xs):
  zero = jnp.zeros((2,), jnp.float64)
  (h, c), hs = lax.scan(lambda carry, x: lstm_cell(p, carry, x), (zero, zero), xs)
  return [h, c, hs]


def lstm_loss(p, xs):
  h, c, hs = lstm(p, xs)
  return jnp.sum(h * h) + jnp.mean(hs * c)


def adam_step(p, m, v, t, x, y):
  g = jax.grad(mlp_loss)(p, x, y)
  m2 = jax.tree.map(lambda a, b: 0.9 * a + 0.1 * b, m, g)
  v2 = jax.tree.map(lambda a, b: 0.999 * a + 0.001 * b * b, v, g)
  p2 = jax.tree.map(lambda a, b, c: a - 0.01 * (b / (1 - 0.9 ** t)) / (jnp.sqrt(c / (1 - 0.999 ** t)) + 1e-8), p, m2, v2)
  return [p2, m2, v2]


MODELS = {
  'mlp': mlp, 'mlp loss': mlp_loss, 'classifier loss': classifier_loss, 'attention': attention, 'causal attention': causal_attention,
  'layer norm': layer_norm, 'lstm': lstm, 'lstm loss': lstm_loss,
  'adam step': lambda p, m, v, x, y: adam_step(p, m, v, 3, x, y),
  'checkpointed mlp loss': jax.checkpoint(mlp_loss),
  'checkpointed sine chain': lambda x: jnp.sum(jax.checkpoint(lambda z: jnp.sin(jnp.sin(z) * z))(x) * x),
  'jitted mlp loss': jax.jit(mlp_loss),
}


@jax.custom_jvp
def cube_by_push(x):
  return x * x * x


cube_by_push.defjvp(lambda primals, tangents: (cube_by_push(primals[0]), 30.0 * primals[0] ** 2 * tangents[0]))


@jax.custom_vjp
def sevenfold_gradient(x):
  return x * x


sevenfold_gradient.defvjp(lambda x: (x * x, x), lambda x, ct: (7.0 * x * ct,))


@jax.custom_jvp
def log1pexp(x):
  return jnp.log(1.0 + jnp.exp(x))


log1pexp.defjvp(lambda primals, tangents: (log1pexp(primals[0]), nn.sigmoid(primals[0]) * tangents[0]))

CUSTOM = {
  'custom push': lambda x: jnp.sum(jnp.sin(cube_by_push(x))),
  'custom pull': lambda x: jnp.sum(sevenfold_gradient(x) * I([1.0, -2.0, 3.0])),
  'custom stable softplus': lambda x: jnp.sum(log1pexp(x)),
}


def newton(a):
  return lax.while_loop(lambda s: s[1] < 6, lambda s: (0.5 * (s[0] + a / s[0]), s[1] + 1), (a, jnp.int32(0)))[0]


def halvings(a):
  x = a
  for _ in range(7):
    x = jnp.where(x * x - a > 1e-3, 0.5 * (x + a / x), x)
  return x


def bounded_tree(w, x):
  h, n = x, jnp.float64(0.0)
  for _ in range(5):
    go = n < 3.5
    h, n = jnp.where(go, jnp.tanh(w @ h), h), jnp.where(go, n + 1.0, n)
  return {'h': h, 'n': n * jnp.sum(h)}


def affine(p, q):
  return {'a': q['a'] * p['a'], 'b': q['a'] * p['b'] + q['b']}


def elman(w, h, x):
  return jnp.tanh(w @ h + x)


CONTROL = {
  'scan running sum': lambda xs: lax.scan(lambda c, x: (c + x, c * x), jnp.float64(0.0), xs),
  'scan elman': lambda w, h, xs: lax.scan(lambda c, x: ((n := elman(w, c, x)), n), h, xs),
  'scan reversed': lambda w, h, xs: lax.scan(lambda c, x: ((n := elman(w, c, x)), n * 2.0), h, xs, reverse=True),
  'scan of length': lambda x: lax.scan(lambda c, _: (jnp.sin(c) * x, c), x, None, length=4),
  'scan tree': lambda init, xs: lax.scan(lambda c, x: ({'u': c['u'] * x['a'], 'v': c['v'] + c['u']}, {'w': c['v'] * x['b']}), init, xs),
  'scan unrolled': lambda xs: lax.scan(lambda c, x: (jnp.cos(c) * x, c), jnp.float64(0.5), xs, unroll=2),
  'scan empty': lambda c, xs: lax.scan(lambda c, x: (c * x, c + x), c, xs),
  'scan nested': lambda xs: lax.scan(lambda c, row: (lax.scan(lambda d, x: (jnp.sin(d + x), d), c, row)[0], c * c), jnp.float64(0.1), xs),
  'scan last carry': lambda xs: lax.scan(lambda c, x: (jnp.sin(c + x * x), None), jnp.float64(0.3), xs)[0],
  'scan with captured': lambda w, xs: lax.scan(lambda c, x: (jnp.tanh(w * c + x), c), jnp.zeros_like(w), xs)[0],
  'scan passing through': lambda a, xs: lax.scan(lambda c, x: ((c[0], c[1] * c[0] + x), c[0]), (a, jnp.float64(1.0)), xs),
  'scan with counter': lambda xs: lax.scan(lambda c, x: ((c[0] + 1, c[1] + x * c[0]), c[0]), (jnp.int32(0), jnp.float64(0.0)), xs)[0][1],
  'cond': lambda p, x: lax.cond(p, lambda z: jnp.sin(z), lambda z: z * z, x),
  'cond on value': lambda x: lax.cond(jnp.sum(x) > 0, lambda z: z * z, lambda z: -z, x),
  'cond with captured': lambda p, x, y: lax.cond(p, lambda z: z * y, lambda z: z + y, x),
  'cond tree': lambda p, x: lax.cond(p, lambda z: {'a': z * 2.0, 'b': jnp.sum(z)}, lambda z: {'a': jnp.exp(z), 'b': z[0]}, x),
  'cond in scan': lambda xs: lax.scan(lambda c, x: (lax.cond(x > 0, lambda z: z * x, lambda z: z - x, c), c), jnp.float64(1.5), xs),
  'switchCase': lambda i, x: lax.switch(i, [lambda z: z, lambda z: z * z, lambda z: jnp.exp(z)], x),
  'map': lambda xs: lax.map(lambda x: jnp.sin(x) * jnp.sum(xs), xs),
  'map rows': lambda xs: lax.map(lambda r: jnp.prod(r), xs),
  'foriLoop': lambda x: lax.fori_loop(0, 5, lambda i, c: c * jnp.sin(c) + i, x),
  'foriLoop from': lambda x: lax.fori_loop(2, 6, lambda i, c: c + x * i, x * x),
  'foriLoop updates': lambda x: lax.fori_loop(1, 4, lambda i, a: a.at[i].set(a[i - 1] * a[i]), x),
  'whileLoop newton': newton,
  'whileLoop collatz': lambda n: lax.while_loop(lambda s: s[0] != 1, lambda s: (jnp.where(s[0] % 2 == 0, s[0] // 2, 3 * s[0] + 1), s[1] + 1), (n, jnp.int32(0)))[1],
  'whileLoop doubling': lambda x: lax.while_loop(lambda c: c[0] < 100.0, lambda c: (c[0] * 2.0, c[1] * c[0]), (x, x)),
  # JAX has no reverse mode for this one: the reference is the same loop with its steps counted out.
  'whileLoop bounded': lambda a: halvings(a),
  'whileLoop bounded tree': lambda w, x: bounded_tree(w, x),
  'whileLoop never': lambda x: lax.while_loop(lambda c: jnp.sum(c) < 0.0, lambda c: c * 2.0, x * x),
  'associativeScan add': lambda x: lax.associative_scan(jnp.add, x),
  'associativeScan mul': lambda x: lax.associative_scan(jnp.multiply, x),
  'associativeScan max': lambda x: lax.associative_scan(jnp.maximum, x),
  'associativeScan reverse': lambda x: lax.associative_scan(jnp.multiply, x, reverse=True),
  'associativeScan axis': lambda x: lax.associative_scan(jnp.add, x, axis=1),
  'associativeScan affine': lambda x: lax.associative_scan(affine, x),
  'lazy power': lambda x: lax.fori_loop(0, 3, lambda i, c: lax.cond(i == 1, lambda z: z * x, lambda z: z + x, c), x),
}

AXES = {
  'psum normalise': lambda x: x / lax.psum(x, 'i'),
  'psum of square': lambda x: lax.psum(x * x, 'i') * x,
  'psum of one': lambda x: x * lax.psum(1.0, 'i'),
  'pmean centre': lambda x: x - lax.pmean(x, 'i'),
  'pmax shift': lambda x: jnp.exp(x - lax.pmax(x, 'i')),
  'pmin shift': lambda x: x - lax.pmin(x, 'i'),
  'axisIndex': lambda x: x * lax.axis_index('i'),
  'allGather': lambda x: lax.all_gather(x, 'i'),
  'allGather weighted': lambda x: jnp.sum(lax.all_gather(x, 'i') * x),
  'ppermute ring': lambda x: lax.ppermute(x, 'i', [(0, 1), (1, 2), (2, 0)]),
  'batch norm': lambda x: (x - lax.pmean(x, 'i')) / jnp.sqrt(lax.pmean((x - lax.pmean(x, 'i')) ** 2, 'i') + 1e-5),
}

WINDOWS = {
  'windows of sum': lambda x, **o: lax.reduce_window(x, np.zeros((), x.dtype), lax.add, **o),
  'windows of max': lambda x, **o: lax.reduce_window(x, np.array(-np.inf, x.dtype), lax.max, **o),
  'windows of min': lambda x, **o: lax.reduce_window(x, np.array(np.inf, x.dtype), lax.min, **o),
}

FUNCTIONS = {**WINDOWS, **EDGES, **SHAPES, **SMOOTH, **MODELS, **CUSTOM, **CONTROL, **AXES}
