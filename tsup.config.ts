/** One ES module for every subpath of the package's `exports`; the declarations beside them are written by tsc, file by file (tsconfig.types.json). */
import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    np: 'src/lib/np/index.ts',
    lax: 'src/lib/lax/index.ts',
    nn: 'src/lib/nn/index.ts',
    random: 'src/lib/random/index.ts',
    tree: 'src/lib/treeOps.ts',
    optim: 'src/lib/optim/index.ts',
    special: 'src/lib/special/index.ts',
    laws: 'laws/index.ts',
  },
  format: ['esm'],
  platform: 'neutral',
  target: 'es2022',
  splitting: true,
  sourcemap: true,
  treeshake: true,
  clean: true,
  external: [/^fp-ts(\/|$)/, /^io-ts(\/|$)/, 'fast-check'],
})
