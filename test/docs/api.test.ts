/** The public names are there: those of the design, of the transforms, of control flow and of every namespace. */
import { expect, test } from 'vitest'
import * as cotangent from '../../src/index.js'

const words = (s: string): readonly string[] => s.trim().split(/\s+/)

const functions = words(`
  jvp vjp grad valueAndGrad linearize linearTranspose jacfwd jacrev jacobian hessian hvp jet vmap jit checkpoint customDerivative closureConvert
  makeProgram evalShape stopGradient cond switchCase scan map foriLoop whileLoop associativeScan read readSync item toNested
  isValue memory scope defaultDevice setDefaultDevice onDevice deviceGet devicePut attempt explain showProgram cost check checkLinear encode`)

const namespaces: Readonly<Record<string, readonly string[]>> = {
  np: words(`
    array asarray zeros ones full empty eye arange linspace zerosLike onesLike fullLike meshgrid tri tril triu diag
    add subtract multiply divide floorDivide mod remainder power negative positive abs sign square sqrt reciprocal maximum minimum clip
    exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan arctan2 sinh cosh tanh arcsinh arccosh arctanh hypot
    floor ceil round trunc rint isnan isinf isfinite nanToNum
    equal notEqual greater greaterEqual less lessEqual logicalAnd logicalOr logicalNot logicalXor bitwiseAnd bitwiseOr bitwiseXor leftShift rightShift
    where allclose isclose arrayEqual
    sum prod mean std max min any all argmax argmin cumsum cumprod ptp median
    matmul dot convolve correlate einsum tensordot inner outer vdot kron cross trace
    reshape ravel transpose swapaxes moveaxis expandDims squeeze broadcastTo flip roll rot90
    concatenate stack hstack vstack split arraySplit tile repeat unstack pad
    take takeAlongAxis at sort argsort searchsorted nonzero astype shape ndim size pi e inf nan`),
  lax: words(`
    add sub mul div neg exp log sin cos tanh erf lgamma digamma logistic max min clamp select pow integerPow rsqrt
    eq ne lt le gt ge broadcastInDim reshape transpose slice pad concatenate rev iota convertElementType bitcastConvertType
    reduceSum reduceMax reduceMin reduceProd argmax argmin cumsum cumprod cummax cummin cumlogsumexp dotGeneral dynamicSlice dynamicUpdateSlice gather scatter scatterAdd sort conv convGeneralDilated convTranspose reduceWindow
    psum pmean pmax pmin axisIndex axisSize allGather ppermute stopGradient`),
  nn: words('relu gelu silu sigmoid softplus softmax logSoftmax logsumexp oneHot layerNorm maxPool minPool avgPool'),
  random: words('key split keys foldIn bits uniform normal bernoulli categorical permutation randint choice gumbel exponential'),
  optim: words('sgd momentum adam adamw clip clipByGlobalNorm chain Monoid applyUpdates constant cosineDecay exponentialDecay warmupCosineDecay'),
  tree: words('map leaves flatten unflatten structure reduce register add sub scale vdot norm zerosLike'),
  special: words('erf erfc erfInv gammaln digamma'),
}

test('the design names these functions', () => {
  expect(functions.filter(n => typeof (cotangent as Record<string, unknown>)[n] !== 'function')).toEqual([])
})

test('namespaces hold the names of NumPy and JAX', () => {
  const missing = Object.entries(namespaces).flatMap(([space, names]) => {
    const there = (cotangent as Record<string, unknown>)[space] as Record<string, unknown> | undefined
    return there ? names.filter(n => there[n] === undefined).map(n => `${space}.${n}`) : [`${space} itself`]
  })
  expect(missing).toEqual([])
})
