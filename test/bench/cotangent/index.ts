/** cotangent as a peer: every workload as a user would write it. */
import { type Inputs } from '../data.js'
import type { Peer } from '../measure.js'
import { W4 } from './cnn.js'
import { W6, W7 } from './derivatives.js'
import { W1, W2 } from './elementwise.js'
import { W5 } from './gpt.js'
import { W10 } from './lstm.js'
import { W9 } from './mixture.js'
import { W12, W3, W8 } from './perceptron.js'

export const cotangent = (inputs: Inputs, version: string, threads: number): Peer => ({
  version, threads,
  works: {
    W1: () => W1(inputs.W1), W2: () => W2(inputs.W2), W3: () => W3(inputs.W3), W4: () => W4(inputs.W4), W5: () => W5(inputs.W5), W6: () => W6(inputs.W6),
    W7: () => W7(inputs.W7), W8: () => W8(inputs.W8), W9: () => W9(inputs.W9), W10: () => W10(inputs.W10), W12: () => W12(inputs.W3),
  },
})
