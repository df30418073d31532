/** One ES module for every subpath of the package's `exports`; the declarations beside them are written by tsc, file by file (tsconfig.types.json). */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { defineConfig, type Options } from 'tsup'
import ts from 'typescript'

const root = import.meta.dirname
const entry = {
  index: 'src/index.ts',
  np: 'src/lib/np/index.ts',
  lax: 'src/lib/lax/index.ts',
  nn: 'src/lib/nn/index.ts',
  random: 'src/lib/random/index.ts',
  tree: 'src/lib/treeOps.ts',
  optim: 'src/lib/optim/index.ts',
  special: 'src/lib/special/index.ts',
  webgpu: 'backends/webgpu/entry.ts',
  laws: 'laws/index.ts',
}

/** A namespace stays `export * as np from './np.js'`: made into an object here, no bundler could take it apart again. */
const namespaces = new Map(Object.entries(entry).map(([name, file]) => [resolve(root, file), `./${name}.js`]))

interface Insert { readonly at: number; readonly text: string }

/**
 * Modules of the house only declare: what a module computes while it is loaded has no effect but its value. Bundlers cannot know that, so
 * what a constant of a module is made of is marked as pure: every call, and as a whole what spreads or reads something that might have a getter.
 */
const pure = (source: ts.SourceFile): readonly Insert[] => {
  const inserts: Insert[] = []
  const calls = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) inserts.push({ at: node.getStart(), text: '/* @__PURE__ */ ' })
    ts.forEachChild(node, calls)
  }
  const reads = (node: ts.Node): boolean => (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) && !(ts.isCallExpression(node.parent) && node.parent.expression === node)
  const mayAct = (node: ts.Node): boolean => !ts.isFunctionLike(node) && (ts.isSpreadAssignment(node) || ts.isSpreadElement(node) || reads(node) || (ts.forEachChild(node, mayAct) ?? false))
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue
    for (const { initializer } of statement.declarationList.declarations) {
      if (initializer === undefined) continue
      calls(initializer)
      if (mayAct(initializer)) inserts.push({ at: initializer.getStart(), text: '/* @__PURE__ */ (() => (' }, { at: initializer.getEnd(), text: '))()' })
    }
  }
  return inserts
}

/**
 * Functions inside of functions stand in parentheses. Engines take that for a sign that a function will be called, and compile it with the one
 * around it, not by reading it once more, with all that lies inside, when it is called: a first call of `jit` runs a thousand of them.
 */
const called = (source: ts.SourceFile): readonly Insert[] => {
  const inserts: Insert[] = []
  const visit = (node: ts.Node, inside: boolean): void => {
    if (inside && (ts.isArrowFunction(node) || ts.isFunctionExpression(node))) inserts.push({ at: node.getStart(), text: '(' }, { at: node.getEnd(), text: ')' })
    ts.forEachChild(node, child => visit(child, inside || ts.isFunctionLike(node)))
  }
  visit(source, false)
  return inserts
}

const marked = (file: string, text: string): string => {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true)
  return [...pure(source), ...called(source)].sort((a, b) => b.at - a.at).reduce((out, { at, text }) => out.slice(0, at) + text + out.slice(at), text)
}

const separable: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'separable',
  setup: build => {
    build.onResolve({ filter: /^\.\// }, ({ importer, path }) => {
      const own = namespaces.get(resolve(dirname(importer), path.replace(/\.js$/, '.ts')))
      return importer === resolve(root, entry.index) && own !== undefined ? { path: own, external: true } : null
    })
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => ({ contents: marked(path, readFileSync(path, 'utf8')), loader: 'ts' }))
  },
}

export default defineConfig({
  entry,
  format: ['esm'],
  platform: 'neutral',
  target: 'es2022',
  splitting: true,
  sourcemap: true,
  treeshake: true,
  clean: true,
  external: [/^fp-ts(\/|$)/, /^io-ts(\/|$)/, 'fast-check'],
  esbuildPlugins: [separable],
})
