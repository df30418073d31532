/** Every law of laws/ and the sources they judge as one file, one source replaced by its mutant. */
import { build } from 'esbuild'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Mutant, mutate, onDevice, pathOf, root } from './mutant.js'

/** Quick laws that see much come first, loops last. */
const order = ['differential.ts', 'vectorize.ts', 'higherOrder.ts', 'staging.ts']
const last = ['control.ts']
const rank = (f: string): number => (order.includes(f) ? order.indexOf(f) : last.includes(f) ? order.length + 1 : order.length)
/** Sources of the WebGPU backend are judged on a device. A law counts as soon as a file of laws/ exports it, alone or in a list. */
const entry = (onDevice: boolean): string => {
  const files = readdirSync(join(root, 'laws')).filter(f => /^[a-z].*\.ts$/.test(f) && f !== 'index.ts').sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
  return [
    onDevice ? "import { judgeOnDevice } from './test/mutants/device.ts'" : "import { judge } from './test/mutants/judge.ts'",
    ...files.map((f, i) => `import * as m${i} from './laws/${f}'`),
    onDevice ? `await judgeOnDevice([${files.map((_, i) => `m${i}`).join(', ')}], ${JSON.stringify(join(root, 'package.json'))})` : `judge([${files.map((_, i) => `m${i}`).join(', ')}])`,
  ].join('\n')
}

export const bundle = async (mutant: Mutant | null, outfile: string): Promise<void> => {
  const changed = mutant ? mutate(mutant) : null
  if (changed && 'problem' in changed) throw new TypeError(changed.problem)
  await build({
    stdin: { contents: entry(mutant !== null && onDevice(mutant)), resolveDir: root, loader: 'ts' }, outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20', logLevel: 'silent',
    plugins: changed ? [{
      name: 'mutant',
      setup: b => {
        const escaped = pathOf(mutant!).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
        b.onLoad({ filter: new RegExp(`^${escaped}$`) }, () => ({ contents: changed.text, loader: 'ts' }))
      },
    }] : [],
  })
}
