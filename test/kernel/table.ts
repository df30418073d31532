/** Prints the table of README.md: the letters of every elementary function, and the largest errors found. Run: npx tsx test/kernel/table.ts */
import { binary, goldens, letters, unary, worst32, worst64 } from './measure.js'

const rows = goldens()
const cell = (x: number | null): string => (x === null ? 'host' : x.toFixed(2))
console.log('| function | letters f32 | f32, madd fused | f32, twice | letters f64 | f64, madd fused | f64, twice |\n|---|---|---|---|---|---|---|')
for (const name of [...unary, ...binary]) {
  const f32 = (['fused', 'twice'] as const).map(r => cell(worst32(name, r, 60).error))
  const known = rows[name]
  const f64 = (['fused', 'twice'] as const).map(r => cell(known ? worst64(name, r, known).error : null))
  console.log(`| ${[name, letters(name, 'f32'), ...f32, letters(name, 'f64') ?? 'host', ...f64].join(' | ')} |`)
}
