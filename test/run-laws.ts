/** The laws under test/laws run over as many generated programs as `--runs N` asks; other arguments choose files as vitest does. */
import { parseArgs } from 'node:util'
import { startVitest } from 'vitest/node'

const { values, positionals } = parseArgs({
  options: { runs: { type: 'string', default: '200' }, seed: { type: 'string' }, name: { type: 'string', short: 't' } },
  allowPositionals: true,
})

const runs = Number(values.runs)
if (!Number.isInteger(runs) || runs < 1) {
  console.error(`--runs wants a positive whole number, not '${values.runs}'`)
  process.exit(2)
}

// The worker processes inherit the environment; laws/runs.ts reads it.
process.env['COTANGENT_LAW_RUNS'] = String(runs)
if (values.seed !== undefined) process.env['COTANGENT_LAW_SEED'] = values.seed

const day = 86_400_000
const vitest = await startVitest('test', positionals.length > 0 ? positionals : ['test/laws'], {
  watch: false,
  testTimeout: day,
  hookTimeout: day,
  passWithNoTests: false,
  ...(values.name === undefined ? {} : { testNamePattern: values.name }),
})
await vitest.close()
