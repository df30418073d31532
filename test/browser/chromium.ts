/** The browser that is on this machine, if there is one: none is ever downloaded. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge']
/** CHROMIUM_PATH, else what the search path has, else what Playwright has installed. */
export const browserPath = (): string | null => {
  const inPath = (process.env['PATH'] ?? '').split(delimiter).flatMap(folder => names.map(name => join(folder, name)))
  return [process.env['CHROMIUM_PATH'] ?? '', ...inPath, chromium.executablePath()].find(path => path !== '' && existsSync(path)) ?? null
}
/** Without a sandbox, which root does not get; nothing is asked of the network. Without `webgpu` there is no adapter where there is no GPU. */
export const launch = (executablePath: string, webgpu = true): Promise<Browser> => chromium.launch({
  executablePath, headless: true,
  args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-gpu',
    // without a GPU there is an adapter only on this condition: SwiftShader
    ...(webgpu ? ['--enable-unsafe-webgpu'] : [])],
})
