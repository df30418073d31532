"""Products of arrays: matmul, dot, einsum, tensordot, inner, outer, and lax.dotGeneral with batch dimensions."""
import jax
import jax.numpy as jnp

from golden import Family, boolean, f64, i32, random_array


def r(label, *shape, dtype='f64'):
  return random_array(label, shape, dtype)


def build():
  g = Family('linear')
  for label, a, b in (('matrices', (2, 3), (3, 4)), ('vector left', (3,), (3, 4)), ('vector right', (2, 3), (3,)), ('vectors', (3,), (3,)),
                      ('batches', (2, 2, 3), (2, 3, 2)), ('broadcast batches', (2, 1, 2, 3), (3, 3, 2)), ('matrix by batch', (2, 3), (2, 3, 2)),
                      ('batch by vector', (2, 2, 3), (3,)), ('vector by batch', (3,), (2, 3, 2)), ('empty inner', (2, 0), (0, 3)), ('empty outer', (0, 3), (3, 2)),
                      ('one by one', (1, 1), (1, 1))):
    g.case('np.matmul', label, [r('a', *a), r('b', *b)])
  for label, a, b in (('scalars', (), ()), ('scalar by matrix', (), (2, 3)), ('vectors', (3,), (3,)), ('matrices', (2, 3), (3, 2)), ('three axes by matrix', (2, 2, 3), (3, 2)),
                      ('three by three axes', (2, 1, 3), (2, 3, 2)), ('matrix by vector', (2, 3), (3,))):
    g.case('np.dot', label, [r('a', *a), r('b', *b)])
  for label, a, b in (('vectors', (3,), (3,)), ('matrices', (2, 3), (4, 3)), ('scalar', (), (3,))):
    g.case('np.inner', label, [r('a', *a), r('b', *b)])
  g.case('np.outer', 'vectors', [r('a', 3), r('b', 2)])
  g.case('np.outer', 'matrices are flattened', [r('a', 2, 2), r('b', 2)])
  g.case('np.vdot', 'vectors', [r('a', 3), r('b', 3)])
  g.case('np.vdot', 'matrices are flattened', [r('a', 2, 3), r('b', 2, 3)])
  g.case('np.vecdot', 'batch', [r('a', 2, 3), r('b', 2, 3)])
  g.case('np.vecdot', 'axis', [r('a', 2, 3), r('b', 2, 3)], {'axis': 0})
  g.case('np.matvec', 'batch', [r('a', 2, 2, 3), r('b', 2, 3)])
  g.case('np.vecmat', 'batch', [r('a', 2, 3), r('b', 2, 3, 2)])
  g.case('np.kron', 'matrices', [r('a', 2, 2), r('b', 1, 3)])
  g.case('np.cross', 'vectors', [r('a', 3), r('b', 3)])
  g.case('np.cross', 'batch', [r('a', 2, 3), r('b', 2, 3)])
  for fn, label, a, b in (('np.matmul', 'f32', (3, 4), (4, 2)), ('np.dot', 'f32', (5,), (5,)), ('np.inner', 'f32', (2, 5), (3, 5))):
    g.case(fn, label, [r('a', *a, dtype='f32'), r('b', *b, dtype='f32')], tol=5e-6)
  for fn in ('np.matmul', 'np.dot'):
    g.case(fn, 'i32', [i32([[1, 2], [3, -4]]), i32([[5, 6], [7, 8]])])
    g.case(fn, 'truths', [boolean([[True, False], [True, True]]), boolean([[True, True], [False, True]])])
  for label, axes in (('one', 1), ('two', 2), ('none', 0), ('pairs', [[1], [0]]), ('two pairs', [[0, 1], [1, 0]]), ('negative', [[-1], [0]])):
    a, b = {'one': ((2, 3), (3, 2)), 'two': ((2, 2, 3), (2, 3, 2)), 'none': ((2,), (3,)), 'pairs': ((2, 3), (3, 2)),
            'two pairs': ((2, 3, 2), (3, 2, 2)), 'negative': ((2, 3), (3, 2))}[label]
    g.case('np.tensordot', label, [r('a', *a), r('b', *b), axes])

  for text, *shapes in (('ij,jk->ik', (2, 3), (3, 2)), ('ij,jk', (2, 3), (3, 2)), ('ij->ji', (2, 3)), ('ii->i', (3, 3)), ('ii', (3, 3)), ('ij->', (2, 3)), ('ij->j', (2, 3)),
                        ('bij,bjk->bik', (2, 2, 3), (2, 3, 2)), ('i,j->ij', (2,), (3,)), ('i,i', (3,), (3,)), ('ij,ij->', (2, 3), (2, 3)), ('...ij,...jk->...ik', (2, 2, 3), (2, 3, 2)),
                        ('...i->...', (2, 3)), ('ijk,jil->kl', (2, 3, 2), (3, 2, 2)), ('ij,jk,kl->il', (2, 3), (3, 2), (2, 2)), ('bhqd,bhkd->bhqk', (1, 2, 2, 3), (1, 2, 3, 3)),
                        ('ijk->kij', (2, 3, 2)), ('iij->ij', (2, 2, 3)), ('i,ij,j->', (2,), (2, 3), (3,)), ('ba', (2, 3)), ('ik,jk->ij', (2, 3), (2, 3)), ('ij,i->j', (2, 3), (2,)), ('ii,ij->j', (2, 2), (2, 3)),
                        ('a,b,c->abc', (2,), (2,), (2,)), ('ab,cd->abcd', (2, 1), (1, 2)), (',ij->ij', (), (2, 2)), ('...,...->...', (2, 3), (3,))):
    g.case('np.einsum', text, [text] + [r(f'einsum{i}', *s) for i, s in enumerate(shapes)])
  g.case('np.einsum', 'i32', ['ij,j->i', i32([[1, 2], [3, 4]]), i32(5, 6)])
  g.case('np.einsum', 'mixed dtypes', ['ij,j->i', i32([[1, 2], [3, 4]]), f64(0.5, 6)])

  for label, a, b, contract, batch in (('matrix product', (2, 3), (3, 2), [[1], [0]], [[], []]), ('batch', (2, 3, 2), (2, 2, 3), [[2], [1]], [[0], [0]]),
                                       ('batch in the middle', (3, 2, 2), (2, 3, 2), [[0], [1]], [[1], [0]]), ('two contracted', (2, 3, 2), (3, 2, 2), [[1, 2], [0, 1]], [[], []]),
                                       ('two batch', (2, 3, 2), (2, 3, 2), [[2], [2]], [[0, 1], [0, 1]]), ('outer', (2,), (3,), [[], []], [[], []]),
                                       ('batch only', (2, 2), (2, 3), [[], []], [[0], [0]]), ('vectors', (3,), (3,), [[0], [0]], [[], []]),
                                       ('swapped order', (2, 3), (3, 2), [[0, 1], [1, 0]], [[], []]), ('empty contraction', (2, 0), (0, 2), [[1], [0]], [[], []])):
    g.case('lax.dotGeneral', label, [r('a', *a), r('b', *b)], {'contract': contract, 'batch': batch},
           ref=lambda x, y, contract, batch: jax.lax.dot_general(x, y, (contract, batch)))
  g.case('lax.dotGeneral', 'i32', [i32([[1, 2], [3, 4]]), i32([[5, 6], [7, 8]])], {'contract': [[1], [0]], 'batch': [[], []]},
         ref=lambda x, y, contract, batch: jax.lax.dot_general(x, y, (contract, batch)))

  return g
