/** The pages under docs/examples, built and served from memory: what a page needs comes from here and from nowhere else. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import ts from 'typescript'
import { packDigits } from './examples/digits/bytes.js'
import { readDigits } from './examples/mnist/files.js'

interface Page { readonly title: string; /** Files that are computed. */ readonly made: Readonly<Record<string, () => Uint8Array>> }
/** By the name of the folder, in which are index.html, page.css and page.ts. */
const pages: Readonly<Record<string, Page>> = {
  digits: { title: 'Handwritten digits, learnt in this tab', made: { 'digits.bin': () => packDigits(readDigits()) } },
}

const escape = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')

/** What a file says of the names that it exports, comments included, in the order of the names. */
const excerpt = (file: URL, names: readonly string[]): string => {
  const text = readFileSync(file, 'utf8')
  const { statements } = ts.createSourceFile(file.pathname, text, ts.ScriptTarget.ES2022, true)
  return names.map(name => {
    const found = statements.find(s => ts.isVariableStatement(s) && s.declarationList.declarations.some(d => d.name.getText() === name))
    if (!found) throw new Error(`${file.pathname} has no ${name}`)
    return text.slice(found.getStart(undefined, true), found.end)
  }).join('\n\n')
}
/** Code that a page shows is taken from the sources: `<code data-source="file.ts" data-names="a b"></code>`. */
const withSources = (html: string, folder: URL): string =>
  html.replace(/<code data-source="([^"]+)" data-names="([^"]+)"><\/code>/g, (_, file: string, names: string) => `<code>${escape(excerpt(new URL(file, folder), names.split(' ')))}</code>`)

interface File { readonly type: string; readonly body: Uint8Array }
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const filesOf = async (name: string, { made }: Page): Promise<readonly (readonly [string, File])[]> => {
  const folder = new URL(`examples/${name}/`, import.meta.url)
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page.ts', folder))],
    bundle: true, write: false, minify: true, format: 'esm', platform: 'browser', target: 'es2022', charset: 'utf8', external: ['webgpu'], logLevel: 'error',
  })
  return [
    ['', { type: 'text/html; charset=utf-8', body: utf8(withSources(readFileSync(new URL('index.html', folder), 'utf8'), folder)) }],
    ['page.css', { type: 'text/css; charset=utf-8', body: readFileSync(new URL('page.css', folder)) }],
    ['page.js', { type: 'text/javascript; charset=utf-8', body: outputFiles[0]!.contents }],
    ...Object.entries(made).map(([file, make]) => [file, { type: 'application/octet-stream', body: make() }] as const),
  ].map(([file, content]) => [`/${name}/${file as string}`, content as File])
}
const list = (): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>cotangent</title><link rel="icon" href="data:,"><h1>Pages</h1><ul>${
    Object.entries(pages).map(([name, { title }]) => `<li><a href="/${name}/">${title}</a></li>`).join('')}</ul></html>`

const headers = {
  // memory that threads share is only for pages that are isolated from other origins
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'content-security-policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; img-src 'self' data:",
  'cache-control': 'no-store',
} as const

export interface Served { readonly addresses: readonly string[]; readonly close: () => void }

/** On this machine alone; port 0 is one that is free. */
export const servePages = async (port: number): Promise<Served> => {
  const files = new Map((await Promise.all(Object.entries(pages).map(([name, page]) => filesOf(name, page)))).flat())
  const names = Object.keys(pages)
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const there = pathname === '/' && names.length === 1 ? `/${names[0]}/` : names.find(name => pathname === `/${name}`) ? `${pathname}/` : null
    if (there !== null) { response.writeHead(302, { location: there }).end(); return }
    const file = pathname === '/' ? { type: 'text/html; charset=utf-8', body: utf8(list()) } : files.get(pathname)
    if (file) response.writeHead(200, { 'content-type': file.type, ...headers }).end(file.body)
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('there is no such page')
  })
  await new Promise<void>((resolve, reject) => { server.once('error', reject); server.listen(port, '127.0.0.1', resolve) })
  const { port: taken } = server.address() as AddressInfo
  return { addresses: names.map(name => `http://localhost:${taken}/${name}/`), close: () => { server.close(); server.closeAllConnections() } }
}
