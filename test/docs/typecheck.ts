/** Code of the documentation is checked by the compiler as a user's project would be: strict, with 'cotangent' for the sources. */
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { root } from './markdown.js'

const at = (path: string): string => fileURLToPath(new URL(path, root))

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022, lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'], module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true, noUncheckedIndexedAccess: true, allowImportingTsExtensions: true, exactOptionalPropertyTypes: true, skipLibCheck: true, noEmit: true, types: ['node'],
  paths: {
    cotangent: [at('src/index.ts')], 'cotangent/laws': [at('laws/index.ts')], '#src/*': [at('src/*')],
    ...Object.fromEntries(['np', 'lax', 'nn', 'random', 'optim', 'special'].map(n => [`cotangent/${n}`, [at(`src/lib/${n}/index.ts`)]])),
  },
}

/** A source, under the name that messages give it: a path in the repository, with `.ts` put behind it. */
export interface Virtual { readonly name: string; readonly code: string }

export interface Checked {
  /** Each `name:line message`; only those of the given sources. */
  readonly errors: readonly string[]
  /** Public functions, as users write their names, whose docstring has no example. */
  readonly withoutExample: readonly string[]
}
export const checked = (sources: readonly Virtual[]): Checked => {
  const files = new Map(sources.map((s, i) => [at(`${s.name}.${i}.docs.ts`), s]))
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = f => files.has(f) || fileExists(f)
  host.readFile = f => files.get(f)?.code ?? readFile(f)
  host.getSourceFile = (f, ...rest) => {
    const own = files.get(f)
    return own ? ts.createSourceFile(f, own.code, ts.ScriptTarget.ES2022, true) : getSourceFile(f, ...rest)
  }
  const program = ts.createProgram([at('src/index.ts'), ...files.keys()], options, host)
  const errors = [...files].flatMap(([f, s]) => {
    const file = program.getSourceFile(f)!
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(d =>
      `${s.name}:${file.getLineAndCharacterOfPosition(d.start ?? 0).line + 1} ${ts.flattenDiagnosticMessageText(d.messageText, '\n')}`)
  })
  return { errors, withoutExample: withoutExample(program) }
}

const hasExample = (s: ts.Symbol): boolean => (s.declarations ?? []).some(d => {
  let node: ts.Node = d
  // names taken out of one object are documented where it is taken apart
  while (ts.isBindingElement(node) || ts.isObjectBindingPattern(node)) node = node.parent
  return ts.getJSDocTags(node).some(tag => tag.tagName.text === 'example')
})
const withoutExample = (program: ts.Program): readonly string[] => {
  const checker = program.getTypeChecker()
  const file = program.getSourceFile(at('src/index.ts'))!
  const visit = (module: ts.Symbol, prefix: string): readonly string[] => checker.getExportsOfModule(module).flatMap(exported => {
    const s = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    if (s.flags & ts.SymbolFlags.ValueModule) return visit(s, `${prefix}${exported.name}.`)
    if (!(s.flags & ts.SymbolFlags.Value) || s.flags & ts.SymbolFlags.Class) return []
    const called = checker.getTypeOfSymbol(s).getCallSignatures().length > 0
    return called && !hasExample(s) && !hasExample(exported) ? [`${prefix}${exported.name}`] : []
  })
  return visit(checker.getSymbolAtLocation(file)!, '')
}

/** Names that code uses and does not declare. */
export const freeNames = (code: string): ReadonlySet<string> => {
  const used = new Set<string>(), declared = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const { parent } = node
      const isName = (ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isBindingElement(parent) || ts.isClassDeclaration(parent) || ts.isInterfaceDeclaration(parent)) && parent.name === node
      if (isName) declared.add(node.text)
      else if (!((ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent)) && parent.name === node)) used.add(node.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('code.ts', code, ts.ScriptTarget.ES2022, true))
  return new Set([...used].filter(n => !declared.has(n)))
}
