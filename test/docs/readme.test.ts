/** The example of the README runs and answers what it says; its commands are scripts, its links lead somewhere. */
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { blocksOf, linksOf, read, root, sourceOf } from './markdown.js'
import { runCode } from './run.js'

const page = read('README.md')

test('the example answers what its comments say', async () => {
  const { failures, compared } = await runCode(sourceOf(page))
  expect(failures.map(f => `README.md:${f.line} ${f.problem}`)).toEqual([])
  expect(compared).toBe(2)
})

test('the example has ten lines of code', () => {
  const lines = sourceOf(page).split('\n').filter(l => l.trim() !== '')
  expect(lines).toHaveLength(10)
})

test('the commands are scripts of the package', () => {
  const { scripts, name, peerDependencies, peerDependenciesMeta } = JSON.parse(read('package.json')) as { scripts: Record<string, string>; name: string; peerDependencies: Record<string, string>; peerDependenciesMeta: Record<string, { optional?: boolean }> }
  const [commands, install] = blocksOf(page).filter(b => b.lang === 'sh').map(b => b.code)
  expect(commands!.split('\n').map(l => l.replace(/\s*#.*/, ''))).toEqual(['npm ci && npm start', 'npm ci && npm test'])
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['start', 'test']))
  const [report] = /report\/\w+\.html/.exec(commands!)!
  expect(read('docs/examples/mnist/main.ts')).toContain(`'${report}'`)
  expect(install).toBe(`npm i ${[name, ...Object.keys(peerDependencies).filter(p => !peerDependenciesMeta[p]?.optional)].join(' ')}`)
})

const anchor = (heading: string): string => heading.toLowerCase().replace(/[^\p{L}\p{N}\s-]/gu, '').trim().replace(/\s/g, '-')
const anchorsOf = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^#+ (.*)$/gm)].map(m => anchor(m[1]!)).concat([...markdown.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(m => m[1]!))

test('links of the pages lead somewhere', () => {
  const broken = ['README.md', 'docs/README.md', 'docs/tour.md', 'docs/from-scratch.md', 'docs/errors.md'].flatMap(name => {
    const text = read(name), base = new URL(name, root)
    const files = linksOf(text).filter(l => !existsSync(new URL(l, base)))
    const anchors = [...text.matchAll(/\]\(([^)#\s]*)#([^)]*)\)/g)].filter(m => !/^[a-z]+:/.test(m[1]!) && existsSync(new URL(m[1]!, base)))
      .filter(m => !anchorsOf(read(new URL(m[1] || name.split('/').pop()!, base).href)).includes(m[2]!)).map(m => `${m[1]}#${m[2]}`)
    return [...files, ...anchors].map(l => `${name}: ${l}`)
  })
  expect(broken).toEqual([])
})
