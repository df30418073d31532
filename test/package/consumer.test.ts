/** What is published installs, type-checks and runs in a project that knows nothing of this repository. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { rolldown } from 'rolldown'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

interface Manifest {
  readonly version: string
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
  readonly devDependencies: Readonly<Record<string, string>>
}

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest
const pinned = (name: string): string => `${name}@${manifest.devDependencies[name]}`

/** Runs a program to its end; a failure carries everything it printed. */
const run = (file: string, args: readonly string[], cwd: string): Promise<string> =>
  new Promise((done, fail) => {
    // The scripts of an outer npm must not configure the inner one.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS|VITEST)/.test(name)))
    execFile(file, args, { cwd, env: { ...env, NO_COLOR: '1' }, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      error === null ? done(stdout) : fail(new Error(`${file} ${args.join(' ')}\n${stdout}\n${stderr}`)),
    )
  })

const bin = (name: string): string => join(root, 'node_modules', '.bin', name)

let home = ''
let tarball = ''

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'cotangent-consumer-'))
  await run('npm', ['run', 'build'], root)
  const [packed] = JSON.parse(await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', home], root)) as [
    { readonly filename: string },
  ]
  tarball = join(home, packed.filename)
})

afterAll(async () => {
  await rm(home, { recursive: true, force: true })
})

describe('the tarball', () => {
  test('publint finds nothing to say', async () => {
    expect(await run(bin('publint'), ['run', tarball, '--strict'], root)).toContain('All good!')
  })

  test('attw resolves every subpath as ESM', async () => {
    // .attw.json says that there is no CommonJS; a problem elsewhere ends attw with a status other than 0.
    const said = await run(bin('attw'), [tarball, '--format', 'ascii'], root)
    const resolved = said.split('\n').filter(line => /^(node16 \(from ESM\)|bundler):/.test(line))
    expect(resolved).toHaveLength(2 * Object.keys(manifest.exports).length)
    expect(resolved.filter(line => !line.includes('🟢'))).toEqual([])
  })

  test('holds only what a user needs', async () => {
    const listed = (await run('tar', ['-tzf', tarball], root)).trim().split('\n')
    const strange = listed.filter(path => !/^package\/(dist\/.+\.(js|d\.ts|js\.map)|package\.json|README\.md|LICENSE|CHANGELOG\.md|docs\/(decisions\/)?[\w-]+\.md)$/.test(path))
    expect(strange).toEqual([])
    expect(listed).toEqual(expect.arrayContaining(['package/README.md', 'package/LICENSE', 'package/CHANGELOG.md', 'package/dist/index.js', 'package/docs/errors.md']))
  })
})

test('functions inside of functions stand in parentheses, so that engines compile them with the one around them', async () => {
  const bare: string[] = []
  let all = 0
  for (const name of (await readdir(join(root, 'dist'))).filter(name => name.endsWith('.js'))) {
    const source = ts.createSourceFile(name, await readFile(join(root, 'dist', name), 'utf8'), ts.ScriptTarget.ES2022, true)
    const visit = (node: ts.Node, inside: boolean): void => {
      if (inside && (ts.isArrowFunction(node) || ts.isFunctionExpression(node))) {
        all++
        if (!ts.isParenthesizedExpression(node.parent)) bare.push(`${name}: ${node.getText(source).slice(0, 60)}`)
      }
      // what a module computes while it is loaded may stand in a function that is called at once, which is no reason to compile all of it
      const marker = !inside && ts.isArrowFunction(node) && ts.isParenthesizedExpression(node.parent) && ts.isCallExpression(node.parent.parent)
      ts.forEachChild(node, child => visit(child, inside || (ts.isFunctionLike(node) && !marker)))
    }
    visit(source, false)
  }
  expect(all).toBeGreaterThan(1000)
  expect(bare).toEqual([])
}, 60_000)

describe('a consumer', () => {
  // One line imports, one differentiates, one prints: the numbers 2, 4 and 6.
  const program = [
    `import { grad, np, toNested, type Value } from 'cotangent'`,
    `const slope = grad((x: Value): Value => np.sum(np.square(x)))`,
    `console.log(JSON.stringify(toNested(slope(np.array([1, 2, 3])))))`,
    ``,
  ].join('\n')

  const subpaths = Object.keys(manifest.exports).filter(path => path !== './package.json')
  const everySubpath = subpaths
    .map((path, i) => `import * as s${i} from '${path.replace(/^\./, 'cotangent')}'\nconsole.log(Object.keys(s${i}).length > 0)\n`)
    .join('')

  const strict = { target: 'es2022', lib: ['es2022', 'dom'], types: [], strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true }
  // Declarations are checked too (no skipLibCheck): a path that only this repository resolves would be an error here, not a silent `any`.
  const configs = {
    node16: { module: 'node16', moduleResolution: 'node16' },
    bundler: { module: 'esnext', moduleResolution: 'bundler' },
  } as const
  const tsc = async (resolution: keyof typeof configs, files: readonly string[], noEmit = true): Promise<string> => {
    const path = `tsconfig.${resolution}.${files[0]}.json`
    await writeFile(join(home, path), JSON.stringify({ compilerOptions: { ...strict, ...configs[resolution], noEmit }, files }))
    return run('node', [join(home, 'node_modules/typescript/bin/tsc'), '-p', path], home)
  }

  beforeAll(async () => {
    await writeFile(join(home, 'package.json'), JSON.stringify({ name: 'consumer', version: '0.0.0', private: true, type: 'module' }))
    await writeFile(join(home, 'main.ts'), program)
    await writeFile(join(home, 'subpaths.ts'), everySubpath)
    await writeFile(join(home, 'wrong.ts'), `import { grad } from 'cotangent'\nexport const wrong = grad(1)\n`)
    const packages = [tarball, ...['fp-ts', 'io-ts', 'fast-check', 'typescript'].map(pinned)]
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', ...packages], home)
  })

  test.each(['node16', 'bundler'] as const)('type-checks with resolution %s', async resolution => {
    await tsc(resolution, ['main.ts', 'subpaths.ts'])
    await expect(tsc(resolution, ['wrong.ts'])).rejects.toThrow(/wrong\.ts\(2,.*TS2/s)
  })

  test('bundles what it names: of np the functions it uses, and neither io-ts nor the decoder of programs that needs it', async () => {
    const bundled = async (program: string): Promise<string> => {
      await writeFile(join(home, 'page.js'), program)
      const bundle = await rolldown({ input: join(home, 'page.js'), cwd: home, platform: 'browser', external: /^node:/, logLevel: 'silent' })
      const { output } = await bundle.generate({ format: 'esm', minify: true })
      await bundle.close()
      return output[0].code
    }
    const marks = ['einsum', 'quantile', 'meshgrid', 'decodeProgram', 'ReadonlyArrayType']
    const kept = (text: string): readonly string[] => marks.filter(mark => text.includes(mark))
    expect(kept(await bundled(`import { grad, jit, np } from 'cotangent'\nexport const f = jit(grad(x => np.sum(np.tanh(np.matmul(x, x)))))`))).toEqual([])
    expect(kept(await bundled(`export * from 'cotangent'`))).toEqual(marks)
  })

  // neither has import.meta, nor a file to start threads from
  test.each(['cjs', 'iife'] as const)('runs from a bundle in the format %s, on threads, and refuses as elsewhere', async format => {
    await writeFile(join(home, 'script.js'), `import { jit, np, toNested } from 'cotangent'
const big = np.ones([512, 512])
const said = (() => { try { np.add(np.ones([2]), np.ones([3])) } catch (e) { return e.fault._tag } })()
console.log(toNested(jit(x => np.sum(np.matmul(x, x)))(big)), said)
`)
    await build({ entryPoints: [join(home, 'script.js')], bundle: true, format, platform: 'node', logLevel: 'error', outfile: join(home, `${format}.cjs`) })
    expect((await run('node', [`${format}.cjs`], home)).trim()).toBe(`${512 ** 3} ShapeMismatch`)
  })

  test('runs in plain node, and finds something in every subpath', async () => {
    await tsc('node16', ['main.ts', 'subpaths.ts'], false)
    expect((await run('node', ['main.js'], home)).trim()).toBe('[2,4,6]')
    expect((await run('node', ['subpaths.js'], home)).trim().split('\n')).toEqual(subpaths.map(() => 'true'))
  })
})
