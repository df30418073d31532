/** Every case in which cotangent deliberately answers otherwise than JAX (0.10.2): the reason, and what it answers instead. */
import type { Ours } from './golden.js'

interface Group {
  readonly reason: string
  /** By case, the parts of the result that differ; all other parts agree with JAX. */
  readonly cases: Readonly<Record<string, Ours>>
}

const groups: readonly Group[] = [
  {
    reason: 'A sum of nothing but e^-Infinity has no share to give: its logarithm has derivative 0, where JAX divides 0 by 0.',
    cases: {
      'edges/jvp/logsumexp rows, pole': { 'out/1': [0, 1.1948610912998072] },
      'edges/vjp/logsumexp rows, pole': { 'out/1/0': [0, 0, 0.26894142136999516, 0.7310585786300049] },
      'edges/jvp/np.logaddexp, pole': { 'out/1': [0, 1] },
      'edges/vjp/np.logaddexp, pole': { 'out/1/0': [0, 0], 'out/1/1': [0, 1] },
      'edges/jvp/lax.cumlogsumexp, pole': { 'out/1': [0, 0, 0.539] },
      'edges/vjp/lax.cumlogsumexp, pole': { 'out/1/0': [0, 0, 1] },
    },
  },
  {
    reason: 'x^0 is 1 for every x, so its derivative in x is 0 also at x = 0, for exponents held in arrays too; JAX multiplies 0 by 0^-1.',
    cases: {
      'edges/jvp/np.power, pole': { 'out/1': [0, Infinity, NaN, NaN] },
      'edges/vjp/np.power, pole': { 'out/1/0': [0, Infinity, -Infinity, -4] },
      'edges/jvp of vjp/np.power': { 'out/1/0': [3.4540439999999997, 0.866658, 2.328388, 37.747991136889645] },
      'edges/jvp/x to the x': { 'out/1': [0, 1.459, 11.005456673639644] },
      'edges/vjp/x to the x': { 'out/1/0': [0, 1.217, 8.276103418577012] },
      'edges/jvp of vjp/x to the x': { 'out/0/0': [0, 1.217, 8.276103418577012], 'out/1/0': [0, 3.5512060000000005, 26.742074399927564] },
    },
  },
  {
    reason: 'x·log y is 0 for x = 0 and every y, so its derivative in y is 0 there, and in x it is taken to be 0 at the pole, where JAX has -Infinity.',
    cases: {
      'specials/vjp/special.xlogy, at zero': { 'out/1/0': [0, 2.197224577336219], 'out/1/1': [0, 0] },
      'specials/vjp/special.xlog1py, at zero': { 'out/1/0': [0, 2.772588722239781], 'out/1/1': [0, 0] },
    },
  },
  {
    reason: 'Of n equal maxima so far each has the share 1/n, as in np.max; in JAX the shares follow the tree of its scan: 1/2, 1/4, 1/4.',
    cases: {
      'edges/jvp/lax.cummax': { 'out/1': [0.99, 1.873, 1.5475, 1.5475, 1.5396666666666665] },
      'edges/vjp/lax.cummax': { 'out/1/0': [1.126, 3.9008333333333334, 2.1988333333333334, 0, 0.4203333333333333] },
      'edges/jvp of vjp/lax.cummax': { 'out/0/0': [1.126, 3.9008333333333334, 2.1988333333333334, 0, 0.4203333333333333] },
    },
  },
  {
    reason: 'Equal elements keep their order when sorted descending, as np.argsort says; the derivative of np.sort in JAX takes them in reverse.',
    cases: {
      'edges/jvp/sort descending': { 'out/1': [1.598, 1.061, 0.995, 0.674] },
      'edges/vjp/sort descending': { 'out/1/0': [1.508, 1.261, 1.7, 1.597] },
      'edges/jvp of vjp/sort descending': { 'out/0/0': [1.508, 1.261, 1.7, 1.597] },
    },
  },
  {
    reason: 'The extremum of a window with a NaN is that NaN, and the derivative goes to the first one; in JAX it goes to a number that comes after it.',
    cases: {
      'convolution/vjp with options/windows of max, a NaN': { 'out/1/0': [0, 11, 0, 0] },
      'convolution/vjp with options/windows of min, a NaN': { 'out/1/0': [0, 11, 0, 0] },
    },
  },
  {
    reason: 'The second derivative of the cube root at 0 has an infinity of either sign on its two sides; JAX has one of them.',
    cases: { 'edges/jvp of vjp/np.cbrt': { 'out/1/0': [NaN, -0.01327411111111111, 0.003871] } },
  },
  {
    reason: 'At -1 and 1 the second derivative of artanh is the infinity it tends to; JAX multiplies infinity by 0.',
    cases: { 'edges/jvp of vjp/np.arctanh': { 'out/1/0': [-Infinity, 0, Infinity] } },
  },
]

export const differences: Readonly<Record<string, { readonly reason: string, readonly ours: Ours }>> =
  Object.fromEntries(groups.flatMap(({ reason, cases }) => Object.entries(cases).map(([id, ours]) => [id, { reason, ours }])))
