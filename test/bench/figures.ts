/** The figures of the side-by-side table: which line of each peer, which of PyTorch's it is compared with, and what is required. */
export interface Figure {
  readonly label: string
  readonly unit: string
  readonly work: string
  readonly metric: string
  readonly params?: Readonly<Record<string, number | string>>
  /** Variants of cotangent and the other peers. */
  readonly of: RegExp
  /** Variants of PyTorch. */
  readonly against: RegExp
  /** The first call of a case instead of the median: `of` names the case that comes first in its process. */
  readonly first?: true
  /** Less is better: times. Otherwise rates. */
  readonly less?: true
  /** At least so many times PyTorch's speed, at the default level and at the wide one. */
  readonly required?: readonly [number, number]
  /** At most so much, whatever PyTorch takes. */
  readonly atMost?: number
}

const any = /./, jit = /jit|compile/, eager = /^(?!.*(jit|compile))/
const dtypes = ['f64', 'f32'] as const

const products: readonly Figure[] = [128, 256, 512, 1024, 2048].map((N): Figure => ({
  label: `W1 product, N = ${N}`, unit: 'GFLOP/s', work: 'W1', metric: 'matmul', params: { N, form: 'AB' }, of: any, against: any,
  ...(N >= 256 ? { required: [0.55, 1] as const } : {}),
}))
const transposed: readonly Figure[] = (['AtB', 'ABt'] as const).map((form): Figure => ({
  label: `W1 ${form === 'AtB' ? 'AᵀB' : 'ABᵀ'}, N = 1024`, unit: 'GFLOP/s', work: 'W1', metric: 'matmul', params: { N: 1024, form }, of: any, against: any,
}))
const training: readonly Figure[] = [
  { label: 'W3 perceptron, a step', unit: 'steps/s', work: 'W3', metric: 'train_step', of: jit, against: /^eager$/, required: [0.9, 1.2] },
  { label: 'W3, PyTorch with fused Adam', unit: 'steps/s', work: 'W3', metric: 'train_step', of: jit, against: /fused/ },
  { label: 'W3 eager', unit: 'steps/s', work: 'W3', metric: 'train_step', of: eager, against: /^eager$/ },
  { label: 'W4 convolutions, a step', unit: 'steps/s', work: 'W4', metric: 'train_step', of: any, against: eager, required: [0.8, 1] },
  { label: 'W5 transformer, a step', unit: 'tokens/s', work: 'W5', metric: 'train_step', of: any, against: jit, required: [0.8, 1.2] },
  { label: 'W5, PyTorch eager', unit: 'tokens/s', work: 'W5', metric: 'train_step', of: any, against: eager },
]
const rosenbrocks: readonly Figure[] = [2, 100].flatMap(n => dtypes.flatMap((dtype): readonly Figure[] => [
  { label: `W6 Rosenbrock, n = ${n}, ${dtype}, jit`, unit: 'evals/s', work: 'W6', metric: 'rosenbrock_vg', params: { n, dtype }, of: jit, against: jit, required: [50, 50] },
  { label: `W6 Rosenbrock, n = ${n}, ${dtype}, eager`, unit: 'evals/s', work: 'W6', metric: 'rosenbrock_vg', params: { n, dtype }, of: eager, against: eager, required: [2.5, 2.5] },
]))
const hessians: readonly Figure[] = dtypes.flatMap((dtype): readonly Figure[] => [
  { label: `W7 Hessian, n = 100, ${dtype}, jit`, unit: 'Hessians/s', work: 'W7', metric: 'hessian', params: { n: 100, dtype }, of: jit, against: jit, required: [1.5, 1.5] },
  { label: `W7 Hessian, n = 100, ${dtype}, eager`, unit: 'Hessians/s', work: 'W7', metric: 'hessian', params: { n: 100, dtype }, of: eager, against: eager },
])
const derivatives: readonly Figure[] = [
  ...[1, 2, 3, 4, 5, 6].flatMap((k): readonly Figure[] => [
    { label: `W7 derivative k = ${k}, jit`, unit: 'ms', work: 'W7', metric: 'derivative', params: { k }, of: /jit grad/, against: any, less: true, atMost: 0.05 },
    { label: `W7 derivative k = ${k}, eager`, unit: 'ms', work: 'W7', metric: 'derivative', params: { k }, of: /eager grad/, against: any, less: true },
  ]),
  { label: 'W7 derivative k = 6, one Taylor expansion', unit: 'ms', work: 'W7', metric: 'derivative', params: { k: 6 }, of: /jit jet/, against: any, less: true },
  { label: 'W7 derivative k = 6, first call', unit: 'ms', work: 'W7', metric: 'derivative', params: { k: 6 }, of: /jit grad/, against: any, first: true, less: true, atMost: 100 },
]
const mixtures: readonly Figure[] = dtypes.flatMap((dtype): readonly Figure[] => [
  { label: `W9 mixture, gradient, ${dtype}`, unit: 'ms', work: 'W9', metric: 'gradient', params: { dtype }, of: any, against: jit, less: true, required: [0.8, 1] },
  { label: `W9 mixture, objective, ${dtype}`, unit: 'ms', work: 'W9', metric: 'objective', params: { dtype }, of: any, against: jit, less: true },
])

export const figures: readonly Figure[] = [
  ...products, ...transposed,
  { label: 'W2 elementwise, value and gradient', unit: 'ms', work: 'W2', metric: 'value_and_grad', of: jit, against: jit, less: true, required: [1.2, 2] },
  { label: 'W2 elementwise, eager', unit: 'ms', work: 'W2', metric: 'value_and_grad', of: eager, against: eager, less: true },
  { label: 'W2 elementwise, value', unit: 'ms', work: 'W2', metric: 'value', of: any, against: any, less: true },
  ...training, ...rosenbrocks, ...hessians, ...derivatives,
  { label: 'W8 per-example gradients', unit: 'ms', work: 'W8', metric: 'per_example_grads', of: any, against: any, less: true, required: [1, 1.2] },
  { label: 'W8 per-example gradients, eager', unit: 'ms', work: 'W8', metric: 'per_example_grads', of: eager, against: eager, less: true },
  ...mixtures,
  { label: 'W10 LSTM, PyTorch with nn.LSTM', unit: 'ms', work: 'W10', metric: 'value_and_grad', of: any, against: /built in/, less: true, required: [0.7, 1.1] },
  { label: 'W10 LSTM, PyTorch unrolled', unit: 'ms', work: 'W10', metric: 'value_and_grad', of: any, against: /unrolled/, less: true },
  { label: 'W3 first call, PyTorch compiled', unit: 'ms', work: 'W3', metric: 'train_step', of: /^jit$/, against: jit, first: true, less: true, atMost: 100 },
  { label: 'W4 first call, PyTorch compiled', unit: 'ms', work: 'W4', metric: 'train_step', of: /^jit$/, against: jit, first: true, less: true },
  { label: 'W5 first call, PyTorch compiled', unit: 'ms', work: 'W5', metric: 'train_step', of: /^jit(, one-hot embedding)?$/, against: jit, first: true, less: true, atMost: 500 },
  { label: 'W10 first call', unit: 'ms', work: 'W10', metric: 'value_and_grad', of: /^jit( scan|, unrolled.*)?$/, against: any, first: true, less: true },
  { label: 'W11 process start to first gradient, one bundle', unit: 'ms', work: 'W11', metric: 'startup', of: /^one bundle/, against: any, less: true },
  { label: 'W11 process start to first gradient, the package as it lies', unit: 'ms', work: 'W11', metric: 'startup', of: /^the package/, against: any, less: true },
  { label: 'W11 size of { grad, jit, np } with five functions of np, minified and gzipped', unit: 'bytes', work: 'W11', metric: 'size', of: /^\{ grad, jit, np \}, five.*rolldown/, against: any, less: true, atMost: 60_000 },
  { label: 'W11 size with all of np', unit: 'bytes', work: 'W11', metric: 'size', of: /^\{ grad, jit, np \}, all.*rolldown/, against: any, less: true },
  { label: 'W12 growth of memory over 2,000 steps of jit', unit: 'MiB', work: 'W12', metric: 'rss_growth', of: /^jit/, against: any, less: true },
  { label: 'W12 growth of memory over 300 eager steps', unit: 'MiB', work: 'W12', metric: 'rss_growth', of: /^eager/, against: /^never/, less: true },
]
