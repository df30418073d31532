/** A site with one page, one script and nothing else; each path has headers of its own. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const isolating = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }
const policy = (text: string): Readonly<Record<string, string>> => ({ 'content-security-policy': text })
/** By the first part of the path. */
export const kinds = {
  isolated: isolating,
  open: {},
  /** Pages that may not make code from bytes, or have no workers. */
  'no-code': policy("script-src 'self'"),
  'no-workers': { ...isolating, ...policy("script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'") },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>
export type Kind = keyof typeof kinds

export interface Site { readonly at: (kind: Kind) => string; readonly close: () => void }

/** Its script is made of `source`, a file beside this one. */
export const openSite = async (source = 'page.ts'): Promise<Site> => {
  const bundled = await build({
    entryPoints: [fileURLToPath(new URL(source, import.meta.url))],
    bundle: true, write: false, format: 'esm', platform: 'browser', target: 'es2022', minify: true, logLevel: 'error',
  })
  const script = bundled.outputFiles[0]!.contents
  const page = '<!doctype html><html lang="en"><title>cotangent</title><link rel="icon" href="data:,"><script type="module" src="script.js"></script></html>'
  const server = createServer((request, response) => {
    const [kind, file] = (request.url ?? '').split('/').slice(1)
    const headers = kinds[kind as Kind]
    const [type, body] = file === '' ? ['text/html', page] : file === 'script.js' ? ['text/javascript', script] : ['text/plain', null]
    response.writeHead(headers && body !== null ? 200 : 404, { 'content-type': type, ...headers }).end(body ?? 'there is no such page')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { at: kind => `http://127.0.0.1:${port}/${kind}/`, close: () => { server.close(); server.closeAllConnections() } }
}
