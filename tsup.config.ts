/** One ES module with its declarations for every subpath of the package's `exports`. */
import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    np: 'src/lib/np.ts',
    lax: 'src/lib/lax.ts',
    nn: 'src/lib/nn.ts',
    random: 'src/lib/random.ts',
    tree: 'src/tree/index.ts',
    optim: 'src/lib/optim.ts',
    special: 'src/lib/special.ts',
    laws: 'laws/index.ts',
  },
  format: ['esm'],
  platform: 'neutral',
  target: 'es2022',
  dts: true,
  splitting: true,
  sourcemap: true,
  treeshake: true,
  clean: true,
  external: [/^fp-ts(\/|$)/, /^io-ts(\/|$)/, 'fast-check'],
})
