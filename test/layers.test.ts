/** Every import goes down the house: layers, packages, cycles and file sizes are read from the sources and held against the tables below. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

// ---- the picture -----------------------------------------------------------------------------------------------------

/** Where a layer may import from, besides itself. A layer is a folder of src/, or the name of a house beside it. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  kernel: ['core'],
  tree: ['core'],
  types: ['core'],
  primitives: ['core', 'kernel'],
  runtime: ['core', 'kernel'],
  interpreters: ['core', 'kernel', 'primitives', 'runtime'],
  optimise: ['core', 'kernel', 'primitives', 'interpreters'],
  compile: ['core', 'kernel', 'primitives', 'interpreters', 'optimise', 'runtime'],
  transforms: ['core', 'kernel', 'tree', 'primitives', 'interpreters', 'optimise', 'compile', 'runtime'],
  higher: ['core', 'kernel', 'tree', 'primitives', 'interpreters', 'optimise', 'compile', 'runtime', 'transforms'],
  codec: ['core', 'kernel', 'tree', 'primitives', 'interpreters', 'optimise', 'transforms', 'higher'],
  lib: ['core', 'kernel', 'tree', 'types', 'primitives', 'interpreters', 'optimise', 'compile', 'runtime', 'transforms', 'higher', 'codec'],
  index: ['core', 'kernel', 'tree', 'types', 'primitives', 'interpreters', 'optimise', 'compile', 'runtime', 'transforms', 'higher', 'codec', 'lib'],
  'backends/reference': ['core', 'kernel', 'runtime'],
  'backends/wasm': ['core', 'kernel', 'runtime', 'compile'],
  'backends/webgpu': ['core', 'kernel', 'runtime', 'compile'],
  'backends/stablehlo': ['core', 'kernel', 'runtime'],
  laws: [
    ...['core', 'kernel', 'tree', 'types', 'primitives', 'interpreters', 'optimise', 'compile', 'runtime', 'transforms', 'higher', 'codec', 'lib', 'index'],
    ...['backends/reference', 'backends/wasm', 'backends/webgpu', 'backends/stablehlo'],
  ],
}

/** Single imports against the picture, each for a reason. One that is no longer needed is an error too. */
const exceptions: readonly { readonly from: string; readonly to: string; readonly why: string }[] = [
  { from: 'src/core/interp.ts', to: 'src/runtime/default.ts', why: 'where no interpreter is in charge primitives are computed: dispatch ends at the backend' },
  { from: 'src/runtime/default.ts', to: 'backends/reference/index.ts', why: 'the one file that names the default backend' },
  { from: 'src/runtime/default.ts', to: 'backends/reference/scalars.ts', why: 'letters that no kernel writes in SIMD are computed by the reference' },
  { from: 'src/runtime/default.ts', to: 'backends/wasm/index.ts', why: 'the one file that names the default backend' },
  { from: 'backends/webgpu/entry.ts', to: 'src/transforms/arguments.ts', why: 'the entry of a subpath checks its options as every public function does' },
]

/** The packages a house may name, in the form that plain Node resolves: fp-ts and io-ts are folders of CommonJS files. */
const mayName: Readonly<Record<'src' | 'backends' | 'laws', RegExp>> = {
  src: /^(fp-ts\/lib\/\w+\.js|io-ts|io-ts\/lib\/\w+\.js)$/,
  backends: /^(fp-ts\/lib\/\w+\.js|io-ts|io-ts\/lib\/\w+\.js)$/,
  laws: /^(fp-ts\/lib\/\w+\.js|io-ts|io-ts\/lib\/\w+\.js|fast-check)$/,
}

/** Imports whose package is looked for when it is asked for, in files that may. */
const computed: Readonly<Record<string, string>> = {
  'backends/webgpu/device.ts': 'the package webgpu is optional, and bundlers for browsers must not look for it',
}

const longest = 500

// ---- reading ---------------------------------------------------------------------------------------------------------

interface Import { readonly from: string; readonly line: number; readonly named: string; readonly to: string | null }

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const posix = (path: string): string => path.replaceAll('\\', '/')

const filesUnder = (folder: string): readonly string[] =>
  !existsSync(join(root, folder)) ? [] : readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /\.(ts|tsx|mts)$/.test(entry.name) && !entry.parentPath.includes('node_modules'))
    .map(entry => posix(relative(root, join(entry.parentPath, entry.name))))
    .sort()

const textOf = (file: string): string => readFileSync(join(root, file), 'utf8')

/** Static, re-exporting, dynamic and type-level imports alike: `import`, `export from`, `import()`, `typeof import()`. */
const importsOf = (file: string, text: string): readonly Import[] => {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true)
  const found: Import[] = []
  const note = (at: ts.Node, named: string): void => {
    const to = named.startsWith('.') ? posix(join(dirname(file), named)).replace(/\.js$/, '.ts') : null
    found.push({ from: file, line: tree.getLineAndCharacterOfPosition(at.getStart()).line + 1, named, to })
  }
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier))
      note(node, node.moduleSpecifier.text)
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [named] = node.arguments
      note(node, named !== undefined && ts.isStringLiteral(named) ? named.text : '(computed)')
    }
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal))
      note(node, node.argument.literal.text)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

/** src/core/value.ts is in core, src/index.ts in index, backends/wasm/emit.ts in backends/wasm, laws/index.ts in laws. */
const layerOf = (file: string): string => {
  const [house, folder, ...rest] = file.split('/')
  if (house === 'src') return rest.length > 0 ? folder! : folder!.replace(/\.ts$/, '')
  if (house === 'backends') return `backends/${folder!.replace(/\.ts$/, '')}`
  return house!
}

// ---- judging ---------------------------------------------------------------------------------------------------------

const place = (i: Import): string => `${i.from}:${i.line}: imports '${i.named}'`

const againstThePicture = (imports: readonly Import[]): readonly string[] =>
  imports.flatMap(i => {
    if (i.to === null) return []
    if (exceptions.some(e => e.from === i.from && e.to === i.to)) return []
    const [here, there] = [layerOf(i.from), layerOf(i.to)]
    const allowed = mayImport[here]
    if (allowed === undefined) return [`${place(i)}, but the picture has no layer '${here}'`]
    return here === there || allowed.includes(there)
      ? []
      : [`${place(i)}: ${here} may import ${allowed.length === 0 ? 'nothing' : allowed.join(', ')}, not ${there}`]
  })

const againstThePackages = (imports: readonly Import[]): readonly string[] =>
  imports.flatMap(i => {
    if (i.to !== null) return []
    const names = mayName[i.from.split('/')[0] as keyof typeof mayName]
    return names.test(i.named) || (i.named === '(computed)' && computed[i.from] !== undefined) ? [] : [`${place(i)}, which is none of ${names.source}`]
  })

/** One cycle for every file that lies on one not yet told, as the lines that close it. */
const cycles = (imports: readonly Import[]): readonly string[] => {
  const edges = new Map<string, Import[]>()
  for (const i of imports) if (i.to !== null) edges.set(i.from, [...(edges.get(i.from) ?? []), i])
  const done = new Set<string>()
  const told: string[] = []
  const walk = (file: string, path: readonly Import[], on: ReadonlySet<string>): void => {
    for (const i of edges.get(file) ?? []) {
      if (on.has(i.to!)) {
        const start = path.findIndex(p => p.from === i.to)
        told.push([...path.slice(start < 0 ? path.length : start), i].map(place).join('\n  '))
      } else if (!done.has(i.to!)) walk(i.to!, [...path, i], new Set([...on, i.to!]))
    }
    done.add(file)
  }
  for (const file of edges.keys()) if (!done.has(file)) walk(file, [], new Set([file]))
  return told
}

const houses = ['src', 'backends', 'laws'] as const
const files = houses.flatMap(filesUnder)
const imports = files.flatMap(file => importsOf(file, textOf(file)))

// ---- the house -------------------------------------------------------------------------------------------------------

describe('the house', () => {
  test('is read', () => {
    expect(files).toContain('src/index.ts')
    expect(imports.length).toBeGreaterThan(files.length)
  })

  test('every import names a file that is there', () => {
    const known = new Set(files)
    expect(imports.filter(i => i.to !== null && !known.has(i.to)).map(place)).toEqual([])
  })

  test('imports go the way of the arrows', () => {
    expect(againstThePicture(imports)).toEqual([])
  })

  test('every exception is in use', () => {
    const unused = exceptions.filter(e => !imports.some(i => i.from === e.from && i.to === e.to))
    expect(unused.map(e => `${e.from} -> ${e.to} (${e.why})`)).toEqual([])
  })

  test('packages are named as plain Node finds them', () => {
    expect(againstThePackages(imports)).toEqual([])
  })

  test('there is no cycle, types counted', () => {
    expect(cycles(imports)).toEqual([])
  })

  test(`no file is longer than ${longest} lines`, () => {
    const lengths = [...houses, 'test', 'docs'].flatMap(filesUnder).map(file => ({ file, lines: textOf(file).trimEnd().split('\n').length }))
    expect(lengths.filter(({ lines }) => lines > longest).map(({ file, lines }) => `${file}: ${lines} lines`)).toEqual([])
  })
})

describe('the picture', () => {
  test('has no cycle itself and names only its own layers', () => {
    const asImports = Object.entries(mayImport).flatMap(([from, tos]) => tos.map(to => ({ from, line: 1, named: to, to })))
    expect(asImports.filter(i => mayImport[i.to] === undefined)).toEqual([])
    expect(cycles(asImports)).toEqual([])
  })
})

describe('the reader sees', () => {
  const seen = (file: string, text: string): readonly Import[] => importsOf(file, text)

  test('every form of import, with its line', () => {
    const text = [
      `import { a } from './a.js'`,
      `import type { B } from '../tree/b.js'`,
      `export * from './c.js'`,
      `const d = await import('./d.js')`,
      `type E = typeof import('./e.js')`,
      `// import './not.js'`,
      `const s = "import './nor.js'"`,
    ].join('\n')
    expect(seen('src/core/x.ts', text).map(i => `${i.line} ${i.to}`)).toEqual([
      '1 src/core/a.ts',
      '2 src/tree/b.ts',
      '3 src/core/c.ts',
      '4 src/core/d.ts',
      '5 src/core/e.ts',
    ])
  })

  test.each([
    ['src/core/x.ts', `import '../lib/np.js'`],
    ['src/primitives/x.ts', `import { type A } from '../interpreters/stage.js'`],
    ['src/lib/x.ts', `export * from '../../backends/reference/index.js'`],
    ['src/lib/x.ts', `export * from '../index.js'`],
    ['src/lib/x.ts', `import '../../test/help.js'`],
    ['backends/wasm/x.ts', `import '../../src/primitives/table.js'`],
    ['backends/wasm/x.ts', `import '../reference/index.js'`],
    ['laws/x.ts', `import '../test/help.js'`],
    ['src/elsewhere/x.ts', `import '../core/dtype.js'`],
  ])('a planted wrong way: %s with %s', (file, text) => {
    expect(againstThePicture(seen(file, `\n${text}`))).toEqual([expect.stringContaining(`${file}:2: imports`)])
  })

  test.each([
    ['src/core/x.ts', `import { pipe } from 'fp-ts/function'`],
    ['src/core/x.ts', `import { readFileSync } from 'node:fs'`],
    ['src/core/x.ts', `import fc from 'fast-check'`],
    ['laws/x.ts', `import { test } from 'vitest'`],
  ])('a planted package: %s with %s', (file, text) => {
    expect(againstThePackages(seen(file, text))).toHaveLength(1)
  })

  test('a planted cycle of three, and of types alone', () => {
    const three = [seen('src/core/a.ts', `import './b.js'`), seen('src/core/b.ts', `import './c.js'`), seen('src/core/c.ts', `import './a.js'`)].flat()
    expect(cycles(three)).toHaveLength(1)
    expect(cycles(three)[0]).toContain('src/core/c.ts:1')
    expect(cycles([...seen('src/core/a.ts', `import type { B } from './b.js'`), ...seen('src/core/b.ts', `import type { A } from './a.js'`)])).toHaveLength(1)
    expect(cycles(three.slice(0, 2))).toEqual([])
  })
})
