/** Every law holds on the WebGPU of a real browser. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { families, type FamilyName } from '../../laws/index.js'
import { runs, seed } from '../../laws/runs.js'
import { browserPath, launch } from './chromium.js'
import type { Told } from './laws.js'
import { openSite, type Site } from './site.js'

const path = browserPath()
if (path === null) console.warn('SKIPPED: there is no Chromium on this machine (apt-get install chromium, or set CHROMIUM_PATH): no law is held in a browser')

describe.skipIf(path === null)('in a browser on WebGPU', () => {
  let browser: Browser, site: Site, page: Page
  const said: string[] = []
  let programs = 0
  beforeAll(async () => {
    site = await openSite('laws.ts')
    browser = await launch(path!)
    page = await browser.newPage()
    page.on('console', m => said.push(`${m.type()}: ${m.text()}`))
    page.on('pageerror', e => said.push(`error: ${e.message}`))
    await page.goto(site.at('isolated'))
    await page.waitForFunction('typeof hold === "function"')
  })
  afterAll(async () => {
    await browser?.close()
    site?.close()
  })

  const asked = Math.ceil(runs() / 200)
  test.each(Object.entries(families).map(([name, { title }]) => [title, name as FamilyName] as const))('%s', async (_, family) => {
    const told = await page.evaluate(`hold(${JSON.stringify({ family, runs: asked, seed: seed() })})`) as Told | null
    if (told === null) throw new Error('this browser has no adapter for WebGPU, with SwiftShader enabled')
    expect(told).toMatchObject({ failures: {}, laws: families[family].laws.length })
    expect(told.excused).toBeLessThanOrEqual(Math.max(1, told.programs / 100))
    expect(said).toEqual([])
    programs += told.programs
  }, 300_000 + 3000 * runs())
  test('programs were run on the device', () => { expect(programs).toBeGreaterThan(1000) })
})
