/** The page that trains in a tab does what it says, in a real browser: on WebGPU, without it, and after the device has gone. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packDigits, unpackDigits } from '../../docs/examples/digits/bytes.js'
import { centred } from '../../docs/examples/digits/centre.js'
import { settingsOf } from '../../docs/examples/digits/settings.js'
import { pixels, side } from '../../docs/examples/mnist/data.js'
import { readDigits } from '../../docs/examples/mnist/files.js'
import { type Served, servePages } from '../../docs/pages.js'
import { browserPath, launch } from './chromium.js'
import { drawThree, inked } from './drawing.js'

describe('what the page is made of', () => {
  it('digits travel as bytes and arrive bit for bit', () => {
    const digits = readDigits(), back = unpackDigits(packDigits(digits))
    expect(back.count).toBe(digits.count)
    expect(back.labels).toEqual(digits.labels)
    expect(Buffer.from(back.images.buffer).equals(Buffer.from(digits.images.buffer))).toBe(true)
  })

  const centreOf = (image: Float32Array): readonly [number, number] => {
    const mass = image.reduce((a, b) => a + b, 0)
    return [image.reduce((sum, m, i) => sum + m * ((i % side) + 0.5), 0) / mass, image.reduce((sum, m, i) => sum + m * (Math.floor(i / side) + 0.5), 0) / mass]
  }
  /** A sheet of 280 by 280 with ink in a rectangle, and half of it in another. */
  const sheet = (ink: (x: number, y: number) => number): Float32Array => Float32Array.from({ length: 280 * 280 }, (_, i) => ink(i % 280, Math.floor(i / 280)))

  it('a drawing is scaled into a box of twenty, its centre of mass in the middle, wherever it was drawn', () => {
    for (const [x0, y0, scale] of [[10, 20, 1], [100, 90, 1], [40, 30, 2]] as const) {
      // an L: 30 wide and 60 high
      const image = centred({ width: 280, height: 280, ink: sheet((x, y) => {
        const u = (x - x0) / scale, v = (y - y0) / scale
        return u >= 0 && v >= 0 && u < 30 && v < 60 && (u < 10 || v >= 50) ? 1 : 0
      }) })!
      expect(image).toHaveLength(pixels)
      // pixels stand for their middles, which moves it a little
      for (const c of centreOf(image)) expect(Math.abs(c - 14)).toBeLessThan(0.1)
      const rows = Array.from({ length: side }, (_, j) => image.subarray(j * side, (j + 1) * side).some(v => v > 0))
      expect(rows.filter(Boolean).length).toBeGreaterThanOrEqual(20)
      expect(rows.filter(Boolean).length).toBeLessThanOrEqual(21)
      expect(Math.max(...image)).toBeCloseTo(1, 5)
      // mass is kept: an area of 800 at a scale of 3
      expect(image.reduce((a, b) => a + b, 0)).toBeCloseTo(800 / 9, 2)
    }
  })
  it('ink far from the centre of mass stays on the image, and an empty sheet is none', () => {
    const image = centred({ width: 280, height: 280, ink: sheet((x, y) => (y >= 100 && y < 104 ? (x < 20 ? 1 : x < 200 ? 0.01 : 0) : y >= 90 && y < 110 && x < 20 ? 1 : 0)) })!
    expect(image.reduce((a, b) => a + b, 0)).toBeCloseTo((20 * 20 + 180 * 4 * 0.01) / 100, 3)
    expect(centred({ width: 280, height: 280, ink: sheet(() => 0) })).toBe(null)
  })

  it('the address sets what it may, and what it may not is named', () => {
    expect(settingsOf('?device=cpu&steps=20&batch=16&seed=3&held=100')).toEqual({ settings: { device: 'cpu', steps: 20, batch: 16, seed: 3, held: 100 }, refused: [] })
    expect(settingsOf('?device=tpu&steps=-1&batch=&size=3').refused).toEqual(['device=tpu', 'steps=-1', 'batch=', 'size=3'])
    expect(settingsOf('?steps=-1').settings).toEqual(settingsOf('').settings)
  })
})

const path = browserPath()
if (path === null) console.warn('SKIPPED: there is no Chromium on this machine (apt-get install chromium, or set CHROMIUM_PATH): the page is not tested in a browser')

describe.skipIf(path === null)('the page', () => {
  let served: Served
  let withGpu: Browser, without: Browser
  beforeAll(async () => { [served, withGpu, without] = await Promise.all([servePages(0), launch(path!), launch(path!, false)]) })
  afterAll(async () => {
    await Promise.all([withGpu?.close(), without?.close()])
    served?.close()
  })

  /** Opens the page; `said` is all that its console shows, what fails in it, and what it asks of others. */
  const visit = async (browser: Browser, query: string, then: (page: Page) => Promise<void>, before = ''): Promise<void> => {
    const page = await browser.newPage()
    const said: string[] = []
    // that there is no adapter is said by the browser itself
    page.on('console', m => { if (m.text() !== 'No available adapters.') said.push(`${m.type()}: ${m.text()}`) })
    page.on('pageerror', e => said.push(`error: ${e.message}`))
    page.on('requestfailed', r => said.push(`failed: ${r.url()}`))
    page.on('response', r => { if (r.status() >= 400) said.push(`${r.status()}: ${r.url()}`) })
    page.on('request', r => { if (!/^(blob|data):/.test(r.url()) && !r.url().startsWith(served.addresses[0]!)) said.push(`elsewhere: ${r.url()}`) })
    try {
      if (before !== '') await page.addInitScript(before)
      await page.goto(`${served.addresses[0]}${query}`)
      await then(page)
      expect(said).toEqual([])
    } finally { await page.close() }
  }
  const text = async (page: Page, id: string): Promise<string> => (await page.locator(`#${id}`).textContent()) ?? ''
  const reached = (page: Page, state: string): Promise<unknown> => page.waitForSelector(`html[data-state=${state}]`, { state: 'attached', timeout: 100_000 })
  // the page forbids code from text, which Playwright's own waiting would need
  const until = (page: Page, holds: string): Promise<void> => expect.poll(() => page.evaluate(holds), { timeout: 100_000, interval: 50, message: holds }).toBe(true)
  const probabilities = (page: Page): Promise<readonly number[]> => page.evaluate(`[...document.querySelectorAll('.share')].map(e => parseFloat(e.textContent))`)

  it.each([['webgpu', true, /^webgpu \(.+\)$/], ['cpu', false, /^wasm \(\w+\)$/]] as const)('trains on %s, and answers what is drawn with probabilities and a heat map', (device, gpu, name) =>
    visit(gpu ? withGpu : without, `?steps=60&batch=16&held=100&device=${device}`, async page => {
      await page.waitForSelector('#example:enabled')
      await drawThree(page)
      await reached(page, 'done')
      const [first] = await page.evaluate('losses') as readonly number[]
      expect(await text(page, 'device')).toMatch(name)
      expect(await text(page, 'step')).toBe('60 / 60')
      expect(await text(page, 'time')).toMatch(/^[\d.]+ ms$/)
      // at the beginning the loss is ln 10 or more
      expect(first!).toBeGreaterThan(1.5)
      await until(page, `document.getElementById('accuracy').textContent !== '–'`)
      expect(parseFloat(await text(page, 'accuracy'))).toBeGreaterThan(40)
      expect(Number(await text(page, 'loss'))).toBeLessThan(0.8 * first!)
      await until(page, `document.getElementById('answer').textContent !== '–'`)
      const shares = await probabilities(page)
      expect(shares).toHaveLength(10)
      expect(Math.abs(shares.reduce((a, b) => a + b, 0) - 100)).toBeLessThan(1)
      expect(Number(await text(page, 'answer'))).toBe(shares.indexOf(Math.max(...shares)))
      expect(await page.evaluate(`Math.max(...[...document.querySelectorAll('.fill')].map(e => e.getBoundingClientRect().width))`)).toBeGreaterThan(10)
      expect(await inked(page, 'ink')).toBeGreaterThan(40)
      expect(await inked(page, 'slope')).toBeGreaterThan(300)
      expect(await page.locator('#curve svg path').count()).toBeGreaterThan(2)
      // the loss of another digit has another gradient, and is larger
      const own = await text(page, 'slope-text')
      const other = (Number(await text(page, 'answer')) + 1) % 10
      await page.locator(`input[name=digit][value="${other}"]`).check()
      await until(page, `document.getElementById('slope-text').textContent.includes('p(${other})')`)
      const value = (said: string): number => Number(/= ([\d.e-]+) by/.exec(said)![1])
      expect(value(await text(page, 'slope-text'))).toBeGreaterThan(value(own))
      await page.locator('#clear').click()
      await until(page, `document.getElementById('answer').textContent === '–'`)
      expect(await inked(page, 'slope')).toBe(0)
    }, `globalThis.losses = []
      addEventListener('DOMContentLoaded', () => new MutationObserver(([m]) => { if (m.target.textContent !== '–') losses.push(Number(m.target.textContent)) }).observe(document.getElementById('loss'), { childList: true }))`))

  it('without WebGPU trains on the CPU, and says why', () => visit(without, '?steps=20&batch=16&held=100', async page => {
    await reached(page, 'done')
    expect(await text(page, 'device')).toMatch(/^wasm/)
    expect(await text(page, 'note')).toMatch(/^No WebGPU here: there is no adapter\.$/)
    expect(await page.locator('input[name=device][value=cpu]').isChecked()).toBe(true)
  }))

  it('goes on on the CPU where the device is lost, from the steps that are kept, and takes another when it is asked', () =>
    visit(withGpu, '?steps=170&batch=100&held=100', async page => {
      // an epoch is kept when it is over
      await until(page, `parseInt(document.getElementById('step').textContent) > 80 && document.getElementById('accuracy').textContent !== '–'`)
      await page.evaluate('lose()')
      await until(page, `document.getElementById('device').textContent.startsWith('wasm')`)
      expect(await text(page, 'note')).toMatch(/^The WebGPU device went away \(.+\)\. Training goes on here from step (?:[7-9]\d|1\d\d)\.$/)
      await reached(page, 'done')
      expect(await text(page, 'step')).toBe('170 / 170')
      expect(Number(await text(page, 'loss'))).toBeLessThan(1.5)
      await page.locator('input[name=device][value=webgpu]').check()
      await until(page, `document.getElementById('device').textContent.startsWith('webgpu')`)
      await page.locator('#example').click()
      await until(page, `document.getElementById('answer').textContent !== '–'`)
    }, `const ask = GPUAdapter.prototype.requestDevice
      GPUAdapter.prototype.requestDevice = async function (...args) { const device = await ask.apply(this, args); globalThis.lose = () => device.destroy(); return device }`))

  it('pauses, moves to another device, starts again with another seed, and draws by keys', () => visit(withGpu, '?steps=100000&batch=16&held=100&device=cpu', async page => {
    await until(page, `parseInt(document.getElementById('step').textContent) > 5`)
    await page.locator('#pause').click()
    await reached(page, 'paused')
    const at = await text(page, 'step')
    await page.locator('#pad').focus()
    for (const key of [' ', ...new Array<string>(12).fill('ArrowDown'), ' ']) await page.keyboard.press(key)
    await until(page, `document.getElementById('answer').textContent !== '–'`)
    expect(await inked(page, 'ink')).toBeGreaterThan(40)
    await page.locator('input[name=device][value=webgpu]').check()
    await until(page, `document.getElementById('device').textContent.startsWith('webgpu')`)
    expect(await text(page, 'step')).toBe(at)
    await page.locator('#pause').click()
    await reached(page, 'training')
    await until(page, `parseInt(document.getElementById('step').textContent.replace(',', '')) > ${parseInt(at.replace(',', ''), 10)}`)
    await page.locator('#seed').fill('7')
    await page.locator('input[name=device][value=cpu]').check()
    await page.locator('#restart').click()
    await until(page, `document.getElementById('device').textContent.startsWith('wasm') && parseInt(document.getElementById('step').textContent) < 100`)
    // what arrays take does not grow with the steps
    await until(page, `parseInt(document.getElementById('step').textContent.replace(',', '')) > 300`)
    const live = parseFloat(await text(page, 'live'))
    await until(page, `parseInt(document.getElementById('step').textContent.replace(',', '')) > 900`)
    expect(parseFloat(await text(page, 'live'))).toBeLessThan(2 * live)
  }))

  it('fits a narrow screen, in the dark as well', async () => {
    const page = await without.newPage({ viewport: { width: 360, height: 740 }, colorScheme: 'dark' })
    try {
      await page.goto(`${served.addresses[0]}?steps=5&batch=16&held=100&device=cpu`)
      await reached(page, 'done')
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
      expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(20, 23, 28)')
      const code = await page.locator('pre').first().textContent()
      expect(code).toContain('valueAndGrad(loss)(params')
    } finally { await page.close() }
  })

  it('the site has the pages and nothing else', async () => {
    const root = new URL('/', served.addresses[0])
    expect((await fetch(root)).url).toBe(served.addresses[0])
    expect((await fetch(new URL('/digits', root))).url).toBe(served.addresses[0])
    expect((await fetch(new URL('/digits/page.ts', root))).status).toBe(404)
  })
})
