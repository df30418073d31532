/** Trains the page of digits in a real browser, draws on it, and writes docs/examples/digits/screenshot.png. */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { browserPath, launch } from '../test/browser/chromium.js'
import { drawThree } from '../test/browser/drawing.js'
import { servePages } from './pages.js'

const { values: { query } } = parseArgs({ options: { query: { type: 'string', default: '' } } })
const path = browserPath()
if (path === null) {
  console.error('there is no Chromium on this machine: install one, or set CHROMIUM_PATH')
  process.exit(1)
}
const served = await servePages(0), browser = await launch(path)
try {
  const page = await browser.newPage({ viewport: { width: 1060, height: 1000 }, colorScheme: 'light' })
  await page.goto(`${served.addresses[0]}${query}`)
  // however long it takes: a software adapter may need minutes
  await page.waitForSelector('html[data-state=done]', { timeout: 0, state: 'attached' })
  await drawThree(page)
  // the curve and the answer follow what was done last
  await page.waitForTimeout(1500)
  await page.evaluate('document.getElementById("working").closest("section").remove(); scrollTo(0, 0)')
  const file = fileURLToPath(new URL('examples/digits/screenshot.png', import.meta.url))
  await page.screenshot({ path: file, fullPage: true })
  console.log(file)
} finally {
  await browser.close()
  served.close()
}
