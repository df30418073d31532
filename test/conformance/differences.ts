/** Every case in which cotangent deliberately answers otherwise than JAX (0.10.2), with the reason. */
/** Cases of the file of edge values, by reason. */
const groups: readonly { readonly reason: string, readonly ids: readonly string[] }[] = [
  {
    reason: 'The derivative of |x| at 0 is 0, halfway between its slopes, as relu, maximum and the norm have it; JAX takes the slope to the right, 1.',
    ids: ['np.abs', 'exp of abs', 'sum of abs'].flatMap(f => [`jvp/${f}`, `vjp/${f}`, `jvp of vjp/${f}`]).concat('jvp of vjp/nn.softSign', 'jvp/np.hypot, pole', 'vjp/np.hypot, pole'),
  },
  {
    reason: 'A sum of nothing but e^-Infinity has no share to give: its logarithm has derivative 0, where JAX divides 0 by 0.',
    ids: ['logsumexp rows, pole', 'np.logaddexp, pole', 'lax.cumlogsumexp, pole'].flatMap(f => [`jvp/${f}`, `vjp/${f}`]),
  },
  {
    reason: 'x^0 is 1 for every x, so its derivative in x is 0 also at 0, for exponents held in arrays too; JAX multiplies 0 by 0^-1.',
    ids: ['jvp/np.power, pole', 'vjp/np.power, pole', 'jvp/x to the x', 'vjp/x to the x', 'jvp of vjp/x to the x', 'jvp of vjp/np.power'],
  },
  {
    reason: 'Of n equal maxima so far each has the share 1/n, as in np.max; in JAX the shares follow the tree of its scan: a half, a quarter, a quarter.',
    ids: ['jvp/lax.cummax', 'vjp/lax.cummax', 'jvp of vjp/lax.cummax'],
  },
  {
    reason: 'Equal elements keep their order when sorted descending, as np.argsort says; the derivative of np.sort in JAX takes them in reverse.',
    ids: ['jvp/sort descending', 'vjp/sort descending', 'jvp of vjp/sort descending'],
  },
  {
    reason: 'The second derivative of the cube root at 0 has an infinity of either sign on its two sides.',
    ids: ['jvp of vjp/np.cbrt'],
  },
  {
    reason: 'At -1 and 1 the second derivative is the infinity it tends to; JAX multiplies infinity by 0.',
    ids: ['jvp of vjp/np.arctanh'],
  },
]

export const differences: Readonly<Record<string, string>> = Object.fromEntries(groups.flatMap(({ reason, ids }) => ids.map(id => [`edges/${id}`, reason])))
