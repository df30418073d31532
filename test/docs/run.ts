/** Code of the documentation is run statement by statement, and what its trailing comments claim is compared. */
import ts from 'typescript'
import * as arrayFp from 'fp-ts/lib/Array.js'
import * as either from 'fp-ts/lib/Either.js'
import * as fp from 'fp-ts/lib/function.js'
import * as state from 'fp-ts/lib/State.js'
import * as ioTs from 'io-ts'
import * as cotangent from '../../src/index.js'
import * as laws from '../../laws/index.js'
import { type Claim, departsFrom, parseClaims } from './expected.js'

/** What documentation may import. */
export const modules: Readonly<Record<string, unknown>> = {
  cotangent, 'cotangent/laws': laws,
  'fp-ts/lib/function.js': fp, 'fp-ts/lib/Either.js': either, 'fp-ts/lib/State.js': state, 'fp-ts/lib/Array.js': arrayFp, 'io-ts': ioTs,
}

export interface Failure { readonly line: number; readonly problem: string }
export interface Report { readonly compared: number; readonly failures: readonly Failure[]; readonly printed: readonly string[] }

const wordsOf = (pattern: ts.BindingName): string =>
  ts.isIdentifier(pattern) ? pattern.text
    : ts.isArrayBindingPattern(pattern) ? `[${pattern.elements.map(e => (ts.isOmittedExpression(e) ? 'undefined' : wordsOf(e.name))).join(', ')}]`
    : `{ ${pattern.elements.map(e => (ts.isIdentifier(e.name) ? e.name.text : `${(e.propertyName as ts.Identifier).text}: ${wordsOf(e.name)}`)).join(', ')} }`

const importLine = (s: ts.ImportDeclaration): string => {
  const from = JSON.stringify((s.moduleSpecifier as ts.StringLiteral).text)
  const names = s.importClause?.namedBindings
  if (!names || s.importClause?.isTypeOnly) return ''
  if (ts.isNamespaceImport(names)) return `const ${names.name.text} = __module(${from});`
  const kept = names.elements.filter(e => !e.isTypeOnly)
  return `const { ${kept.map(e => (e.propertyName ? `${e.propertyName.text}: ${e.name.text}` : e.name.text)).join(', ')} } = __module(${from});`
}

interface Instrumented { readonly js: string; readonly claims: readonly (readonly Claim[])[] }
/** Statements with claims hand their value to `__check`; every statement says first which line it is. */
const instrument = (code: string, firstLine: number): Instrumented => {
  const file = ts.createSourceFile('block.ts', code, ts.ScriptTarget.ES2022, true)
  const claims: (readonly Claim[])[] = []
  const claimOf = (s: ts.Statement): number | null => {
    const range = ts.getTrailingCommentRanges(code, s.end)?.[0]
    const parsed = range ? parseClaims(code.slice(range.pos + 2, range.end).trim()) : null
    return parsed ? claims.push(parsed) - 1 : null
  }
  const lines = file.statements.map(s => {
    const line = firstLine + file.getLineAndCharacterOfPosition(s.getStart()).line
    if (ts.isImportDeclaration(s)) return importLine(s)
    if (ts.isInterfaceDeclaration(s) || ts.isTypeAliasDeclaration(s)) return ''
    const text = s.getText().replace(/^export /, '')
    const k = claimOf(s)
    if (k === null) return `__at(${line});\n${text}\n`
    if (ts.isExpressionStatement(s)) return `__at(${line});\n__check(${k}, ${s.expression.getText()});\n`
    if (ts.isVariableStatement(s)) return `__at(${line});\n${text};\n__check(${k}, ${wordsOf(s.declarationList.declarations[0]!.name)});\n`
    return `__at(${line});\n${text}\n`
  })
  const { outputText } = ts.transpileModule(lines.join('\n'), { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, removeComments: true } })
  return { js: outputText.replace(/^export \{\};?$/m, ''), claims }
}

const AsyncFunction = (async () => undefined).constructor as new (...args: string[]) => (...args: unknown[]) => Promise<void>

/** Runs one piece of code, `scope` in reach of it; nothing is thrown, failures are listed with their lines. */
export const runCode = async (code: string, firstLine = 1, scope: Readonly<Record<string, unknown>> = {}, more: Readonly<Record<string, unknown>> = {}): Promise<Report> => {
  const failures: Failure[] = []
  const printed: string[] = []
  let line = firstLine, compared = 0
  try {
    const { js, claims } = instrument(code, firstLine)
    const hidden = {
      __at: (n: number): void => { line = n },
      __check: (k: number, value: unknown): void => {
        compared++
        const problem = departsFrom(claims[k]!, value)
        if (problem) failures.push({ line, problem })
      },
      __module: (name: string): unknown => {
        const found = more[name] ?? modules[name]
        if (!found) throw new Error(`documentation imports '${name}', which the tests do not know`)
        return found
      },
      console: { log: (...xs: unknown[]): void => { printed.push(...xs.map(x => (typeof x === 'string' ? x : String(x))).join(' ').split('\n')) } },
    }
    const all: Readonly<Record<string, unknown>> = { ...scope, ...hidden }
    // declarations of the code may hide names of the scope: they are in a block of their own
    await new AsyncFunction(...Object.keys(all), `{\n${js}\n}`)(...Object.values(all))
  } catch (e) {
    failures.push({ line, problem: e instanceof Error ? `${e.name}: ${e.message}` : String(e) })
  }
  return { compared, failures, printed }
}
