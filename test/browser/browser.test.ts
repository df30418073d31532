/** In a real browser, in a page and in its workers, isolated or not, the WASM backend computes the bits that it computes in Node, and WebGPU agrees with the reference. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserPath, launch } from './chromium.js'
import type { Asked } from './page.js'
import { type Outcome, outcome } from './programs.js'
import { type Kind, openSite, type Site } from './site.js'

const path = browserPath()
if (path === null) console.warn('SKIPPED: there is no Chromium on this machine (apt-get install chromium, or set CHROMIUM_PATH): nothing is tested in a browser')

let browser: Browser
let site: Site

interface Visit { readonly ask: <N extends keyof Asked>(name: N, ...args: Parameters<Asked[N]>) => Promise<Awaited<ReturnType<Asked[N]>>>; readonly said: readonly string[] }
/** Opens a page; `said` is everything that its console shows and all that fails in it. */
const visit = async <A>(kind: Kind, inWorker: boolean, then: (v: Visit) => Promise<A>): Promise<A> => {
  const page: Page = await browser.newPage()
  const said: string[] = []
  page.on('console', m => said.push(`${m.type()}: ${m.text()}`))
  page.on('pageerror', e => said.push(`error: ${e.message}`))
  page.on('requestfailed', r => said.push(`failed: ${r.url()}`))
  page.on('response', r => { if (r.status() >= 400) said.push(`${r.status()}: ${r.url()}`) })
  try {
    await page.goto(site.at(kind))
    await page.waitForFunction('typeof ask === "function"')
    const ask = (name: string, ...args: readonly unknown[]): Promise<unknown> => page.evaluate(`ask(${JSON.stringify({ name, args })}, ${inWorker})`)
    return await then({ ask: ask as Visit['ask'], said })
  } finally { await page.close() }
}

describe.skipIf(path === null)('in a browser', () => {
  const inNode: Record<string, Outcome> = {}
  beforeAll(async () => {
    site = await openSite()
    browser = await launch(path!)
    for (const level of ['baseline', 'relaxed'] as const) inNode[level] = await outcome({ level, threads: 1 }, 1)
  })
  afterAll(async () => {
    await browser?.close()
    site?.close()
  })

  describe.each([['a page', false], ['a worker of a page', true]] as const)('%s', (_, inWorker) => {
    it.each(['isolated', 'open'] as const)('that is %s runs on WebAssembly without any setting, and says nothing', kind => visit(kind, inWorker, async ({ ask, said }) => {
      expect(await ask('isolated')).toBe(kind === 'isolated')
      expect(await ask('plain')).toMatchObject({ backend: expect.stringMatching(/^wasm \((baseline|relaxed)\)$/), sum: 200_000 })
      expect(said).toEqual([])
    }))

    it.each([['trap', /unreachable/, 2], ['stall', /has not finished a range of a kernel for 300 ms/, 1]] as const)('tells of a thread that fails by a %s, and goes on', (how, cause, threads) =>
      visit('isolated', inWorker, async ({ ask, said }) => {
        expect(await ask('failing', how)).toEqual({ before: 2, fault: expect.objectContaining({ _tag: 'ThreadFailed', cause: expect.stringMatching(cause), threads }), done: [20] })
        expect(said).toEqual([])
      }))

    it.each(['baseline', 'relaxed'] as const)('computes the bits of Node at the level %s, on one thread or on two that share a memory', async level => {
      const want = inNode[level]!
      expect(want.backend).toBe(`wasm (${level})`)
      expect(want.second).toEqual(want.first)
      for (const [kind, threads] of [['isolated', 2], ['isolated', 1], ['open', 1]] as const) {
        await visit(kind, inWorker, async ({ ask, said }) => {
          const got = await ask('outcome', { level, threads: kind === 'open' ? 2 : threads }, threads)
          expect(got).toEqual({ backend: want.backend, threads, shared: threads > 1, first: want.first, second: want.first })
          expect(said).toEqual([])
        })
      }
    })
  })

  it.each([['a page', false], ['a worker of a page', true]] as const)('%s computes on WebGPU what the reference computes', (_, inWorker) => visit('open', inWorker, async ({ ask, said }) => {
    const answer = await ask('onWebGpu')
    if ('none' in answer) throw new Error(`this browser gives no device: ${answer.none}`)
    for (const [name, want] of Object.entries(answer.want)) {
      const got = answer.got[name]!
      expect(got.length).toBe(want.length)
      // random bits are bits; what is made of normal numbers is rounded to f32
      got.forEach((x, i) => { expect(Math.abs(x - want[i]!), `${name} ${i}: ${x} instead of ${want[i]}`).toBeLessThanOrEqual(name === 'bits' ? 0 : 2e-5 * Math.max(1, Math.abs(want[i]!))) })
    }
    expect(answer.got['losses']![9]).toBeLessThan(answer.got['losses']![0]!)
    expect(said).toEqual([])
  }))

  it('a loop without pauses stays inside its budget', () => visit('open', false, async ({ ask, said }) => {
    const { size, last } = await ask('loop', 2000, 16)
    expect(last).toBe(2000)
    expect(size).toBeLessThanOrEqual(16 * 2 ** 20 + 65536)
    expect(said).toEqual([])
  }))

  it('a fault shows what was wrong, and where to read more', () => visit('open', false, async ({ ask }) => {
    expect(await ask('fault')).toMatch(/^add: wanted shapes that broadcast, got f32\[2\] and f32\[3\]\n[^]*docs\/errors\.md#shapemismatch$/)
  }))

  it('a page that may not make code from bytes computes on the reference backend', () => visit('no-code', false, async ({ ask }) => {
    expect(await ask('plain')).toMatchObject({ backend: 'reference', sum: 200_000, live: 0 })
  }))

  it('a page that may have no workers computes on one thread', () => visit('no-workers', false, async ({ ask }) => {
    const { level, answers } = { level: 'baseline' as const, answers: inNode['baseline']!.first }
    expect(await ask('outcome', { level, threads: 2 }, 1)).toMatchObject({ threads: 1, first: answers, second: answers })
  }))
})
