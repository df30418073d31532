/** Modules only declare: loading one has no effect, which is what the build tells bundlers when it marks what constants are made of as pure. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const files = ['src', 'backends', 'laws'].flatMap(house => readdirSync(join(root, house), { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts')).map(file => join(house, file)))

const declares = (statement: ts.Statement): boolean =>
  ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement) || ts.isVariableStatement(statement) || ts.isFunctionDeclaration(statement)
  || ts.isClassDeclaration(statement) || ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement) || ts.isModuleDeclaration(statement)

/** Assignments, increments and deletions outside of functions, in what a module computes while it is loaded. */
const changes = (node: ts.Node): boolean => {
  if (ts.isFunctionLike(node)) return false
  if (ts.isBinaryExpression(node) && node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment && node.operatorToken.kind <= ts.SyntaxKind.LastAssignment) return true
  if (ts.isPostfixUnaryExpression(node) || ts.isDeleteExpression(node) || ts.isAwaitExpression(node)) return true
  if (ts.isPrefixUnaryExpression(node) && (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken)) return true
  return ts.forEachChild(node, changes) ?? false
}
const acting = (file: string, text: string): readonly string[] => {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true)
  return tree.statements.filter(s => !declares(s) || (ts.isVariableStatement(s) && changes(s)))
    .map(s => `${file}:${tree.getLineAndCharacterOfPosition(s.getStart()).line + 1}: ${s.getText().split('\n')[0]}`)
}

test('every module of the house only declares', () => {
  expect(files.length).toBeGreaterThan(100)
  expect(files.flatMap(file => acting(file, readFileSync(join(root, file), 'utf8')))).toEqual([])
})

test.each([
  `prepareWith(passes)`,
  `for (const k of keys) table.set(k, 1)`,
  `const first = count++`,
  `const known = (cache.size = 0)`,
  `export const ready = await start()`,
  `if (wide) level = 'wide'`,
])('a planted module that acts: %s', text => { expect(acting('src/x.ts', `const a = 1\n${text}\n`)).toHaveLength(1) })

test('what functions do when they are called is their own', () => {
  expect(acting('src/x.ts', `let n = 0\nexport const next = (): number => n++\nexport class C { n = 0; up(): void { this.n++ } }\nconst table = make(() => { n = 1 })\n`)).toEqual([])
})
