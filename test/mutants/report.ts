/** What the last whole run found, as a page: which law kills which mutant, and why the others cannot be killed. */
import type { Mutant } from './mutant.js'
import type { Fate } from './trial.js'

const cell = (s: string): string => s.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** Which law killed each mutant, read from the page: it is tried first next time. */
export const recorded = (text: string): Map<string, string> =>
  new Map([...text.matchAll(/^\| `([^`]+)` \|[^|]*\|[^|]*(?:\\\|[^|]*)*\| `?([^`|]+?)`? \| \d+ \|$/gm)].map(m => [m[1]!, m[2]!]))

const row = (m: Mutant, f: Fate): string =>
  `| \`${m.id}\` | \`${m.file.replace('src/', '')}\` | ${cell(m.why)} | ${f.tag === 'killed' ? `\`${f.law}\` | ${f.programs}` : 'nothing |'} |`

export const page = (mutants: readonly Mutant[], fates: ReadonlyMap<string, Fate>, rounds: readonly number[]): string => {
  const killed = mutants.filter(m => fates.get(m.id)?.tag === 'killed')
  const equivalent = mutants.filter(m => m.equivalent !== null)
  const by = new Map<string, number>()
  for (const m of killed) { const f = fates.get(m.id)!; if (f.tag === 'killed') by.set(f.law, (by.get(f.law) ?? 0) + 1) }
  return `# Do the laws bite?

\`npm run test:mutants\` plants bugs in our own sources, one at a time: a string is replaced, the laws are bundled with the changed
source, and run in a process of their own until one fails. Laws are tried on ${rounds.join(', then ')} programs each, seed 42. A bug
that no law finds means that a law is missing, unless the mutant means the same as the original. The sources as they are must pass first.

This page is written by \`npm run test:mutants -- --write\`. The run reads it, too: the law that killed a mutant before is tried
first, so a law's count below says which law was tried first, not that the others are blind (\`--fresh\` forgets it).

${mutants.length} mutants, ${killed.length} killed, ${equivalent.length} equivalent.

## What kills

| law | mutants |
|---|---|
${[...by].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([law, n]) => `| \`${law}\` | ${n} |`).join('\n')}

## What was killed

| mutant | file | what is wrong | killed by | program |
|---|---|---|---|---|
${killed.map(m => row(m, fates.get(m.id)!)).join('\n')}

## What cannot be killed

${equivalent.map(m => `- \`${m.id}\` (\`${m.file}\`): ${m.why}. ${m.equivalent}`).join('\n') || 'None.'}
`
}
