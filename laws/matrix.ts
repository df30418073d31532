/** The documents that are made from the tables: every row against every transform, and every law with its statement. */
import * as fc from 'fast-check'
import type { Primitive } from '../src/core/primitive.js'
import { primitives, rowNames } from '../src/higher/table.js'
import { genomes } from './arbitrary.js'
import { coverage } from './coverage.js'
import { families } from './index.js'

const escape = (s: string): string => s.replaceAll('|', '\\|')
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')

const derivative: Record<Primitive['kind'], string> = {
  pointwise: 'from its partials', linear: 'is itself', multilinear: 'by the product rule', constant: 'none: zero', general: 'a rule of its own',
}
const transposed = (p: Primitive): string => (p.kind === 'constant' ? '-' : p.transpose === 'nonlinear' ? 'of its derivative' : p.kind === 'pointwise' ? 'where linear' : 'a rule')
const series = (p: Primitive): string =>
  p.jet ? 'a rule' : p.kind === 'linear' ? 'coefficient by coefficient' : p.kind === 'multilinear' ? 'convolution' : p.kind === 'constant' ? 'constant' : "y' = Dp(x)·x'"
const programs = 500

/** docs/primitives.md */
export const primitivesDocument = (): string => {
  const c = coverage(fc.sample(genomes, { numRuns: programs, seed: 7 }))
  const rows = rowNames.map(n => {
    const p: Primitive = primitives[n]
    const { reached, unreached } = c.rows[n]
    const backend = p.scalar ? 'a scalar expression' : p.collective ? 'inside its axis' : 'yes'
    return [`\`${n}\``, p.kind, derivative[p.kind], transposed(p), p.collective ? 'yes, and as its own axis' : 'yes', series(p), 'yes', backend, n === 'pulled' ? 'in derivatives' : reached > 0 && unreached > 0 ? 'active and inactive' : reached > 0 ? 'active' : 'as a constant']
  })
  return [
    '# Primitives and transforms', '',
    'Generated from the table of rows by `npm run docs:generate`; a test holds it up to date.', '',
    `Every program is made of these ${rowNames.length} rows. A kind says which rules must be there, and a missing one does not compile:`,
    'a pointwise row is its scalar expression and its partials, a linear one brings its transpose, a multilinear one too, a constant',
    'one has no derivative, a general one brings its own. `jvp`, `linearize`, `vjp` and `grad` follow from the derivative and the',
    'transpose; `jit`, `checkpoint` and `makeProgram` record any row.', '',
    'The last column says how the row stands in the generated programs that the laws of [laws.md](laws.md) run over: on values that are',
    'differentiated and mapped (active), on others, or both. How often is a test (`test/laws/generator.test.ts`).', '',
    table(['row', 'kind', 'jvp, linearize', 'transpose', 'vmap', 'jet', 'jit', 'reference backend', 'under laws'], rows), '',
  ].join('\n')
}

/** docs/laws.md */
export const lawsDocument = (): string => {
  const all = Object.values(families)
  const count = all.reduce((n, f) => n + f.laws.length, 0)
  return [
    '# Laws', '',
    'Generated from the laws themselves by `npm run docs:generate`; a test holds it up to date.', '',
    `${count} laws hold over generated programs, those of backends at every level and number of threads, at least 200 cases each in \`npm test\` (a law that needs long`,
    'programs takes the part of the cases given beside it) and as many as asked for by `npm run test:laws -- --runs 5000`.', '',
    'Notation: `J_f(x)` is the derivative of `f` at `x`, `ᵀ` its transpose, `≈` agreement to 1e-8 relative in f64 (1e-7 for second',
    'derivatives), `=` where numbers are moved or recomputed alike. Where a program is ill conditioned, the bound is derived by the',
    'library\'s own reverse mode instead: `Σ u·|adjoint·value|` over its equations (`laws/tolerance.ts`).', '',
    'Programs are decoded from genomes, lists of plain numbers; every genome decodes, so a failing one shrinks to a small program, and',
    'the failure prints it to be pasted into a regression (`laws/genome.ts`, steps in `laws/steps/`). Coverage of every row and every',
    'transform is a test of its own.', '',
    'To hold a rule of your own against the laws:', '',
    '```ts',
    "import * as laws from 'cotangent/laws'",
    "import { np } from 'cotangent'",
    '',
    'const report = laws.custom(x => ({ value: np.sin(x), push: t => np.multiply(np.cos(x), t) }), [[np.array([1, 2], { dtype: \'f64\' })]])',
    'report.lawful     // true; otherwise report.failures names each law that fails, why, and a small example',
    '```', '',
    ...all.flatMap(({ title, file, laws }) => [
      `## ${title}`, '', `\`${file}\``, '',
      table(['law', 'statement', 'cases'], laws.map(l => [`\`${l.name}\``, escape(l.statement), l.share === 0 ? 'one' : l.share === 1 ? 'all' : `${l.share * 100} %`])), '',
    ]),
  ].join('\n')
}
