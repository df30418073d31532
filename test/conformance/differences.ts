/** Every case in which cotangent deliberately answers otherwise than JAX (0.10.2), with the reason. */
const groups: readonly { readonly reason: string, readonly ids: readonly string[] }[] = [
  {
    reason: 'A sum of nothing but e^-Infinity has no share to give: its logarithm has derivative 0, where JAX divides 0 by 0.',
    ids: ['logsumexp rows, pole', 'np.logaddexp, pole', 'lax.cumlogsumexp, pole'].flatMap(f => [`edges/jvp/${f}`, `edges/vjp/${f}`]),
  },
  {
    reason: 'x^0 is 1 for every x, so its derivative in x is 0 also at 0, for exponents held in arrays too; JAX multiplies 0 by 0^-1.',
    ids: ['edges/jvp/np.power, pole', 'edges/vjp/np.power, pole', 'edges/jvp/x to the x', 'edges/vjp/x to the x', 'edges/jvp of vjp/x to the x', 'edges/jvp of vjp/np.power'],
  },
  {
    reason: 'x·log y is 0 for x = 0 and every y, so its derivative in y is 0, and in x it is taken to be 0 at y = 0, where JAX has -Infinity.',
    ids: ['specials/vjp/special.xlogy, at zero', 'specials/vjp/special.xlog1py, at zero'],
  },
  {
    reason: 'Of n equal maxima so far each has the share 1/n, as in np.max; in JAX the shares follow the tree of its scan: a half, a quarter, a quarter.',
    ids: ['edges/jvp/lax.cummax', 'edges/vjp/lax.cummax', 'edges/jvp of vjp/lax.cummax'],
  },
  {
    reason: 'Equal elements keep their order when sorted descending, as np.argsort says; the derivative of np.sort in JAX takes them in reverse.',
    ids: ['edges/jvp/sort descending', 'edges/vjp/sort descending', 'edges/jvp of vjp/sort descending'],
  },
  {
    reason: 'The second derivative of the cube root at 0 has an infinity of either sign on its two sides.',
    ids: ['edges/jvp of vjp/np.cbrt'],
  },
  {
    reason: 'At -1 and 1 the second derivative is the infinity it tends to; JAX multiplies infinity by 0.',
    ids: ['edges/jvp of vjp/np.arctanh'],
  },
]

export const differences: Readonly<Record<string, string>> = Object.fromEntries(groups.flatMap(({ reason, ids }) => ids.map(id => [id, reason])))
