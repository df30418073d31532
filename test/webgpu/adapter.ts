/** A software adapter without installing anything: SwiftShader and a Vulkan loader, out of an npm package. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'

const require = createRequire(import.meta.url)
/** The folder with libvk_swiftshader.so, its description, and libvulkan.so.1; null where it cannot be had. */
const unpacked = (): string | null => {
  try {
    const archive = join(dirname(require.resolve('@sparticuz/chromium')), '..', 'bin', 'swiftshader.tar.br')
    const folder = join(tmpdir(), `cotangent-swiftshader-${process.getuid?.() ?? 0}-${readFileSync(archive).length}`)
    if (existsSync(join(folder, 'vk_swiftshader_icd.json'))) return folder
    // unpacked beside it and moved, so that nobody finds half of it
    mkdirSync(tmpdir(), { recursive: true })
    const draft = mkdtempSync(join(tmpdir(), 'swiftshader-'))
    const { status } = spawnSync('tar', ['-x', '-C', draft], { input: brotliDecompressSync(readFileSync(archive)) })
    if (status !== 0 || !existsSync(join(draft, 'vk_swiftshader_icd.json'))) { rmSync(draft, { recursive: true, force: true }); return null }
    try { renameSync(draft, folder) } catch { rmSync(draft, { recursive: true, force: true }) }
    return existsSync(join(folder, 'vk_swiftshader_icd.json')) ? folder : null
  } catch { return null }
}

/**
 * What processes that are started from here on need in their environment: the loader is looked for when a process begins.
 * Where COTANGENT_ADAPTER=system, the adapters that the machine has are used.
 */
export const adapterEnvironment = (): Readonly<Record<string, string>> => {
  if (process.env['COTANGENT_ADAPTER'] === 'system' || process.platform !== 'linux') return {}
  const folder = unpacked()
  if (folder === null) return {}
  const others = process.env['LD_LIBRARY_PATH']
  return { LD_LIBRARY_PATH: others ? `${folder}:${others}` : folder, VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'), XDG_RUNTIME_DIR: process.env['XDG_RUNTIME_DIR'] ?? tmpdir() }
}
