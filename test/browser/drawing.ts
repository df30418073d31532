/** A digit drawn with the mouse, stroke by stroke. */
import type { Page } from 'playwright-core'

/** A three, on a sheet whose sides are 1. */
const three: readonly (readonly [x: number, y: number])[] =
  [[0.3, 0.3], [0.38, 0.2], [0.5, 0.16], [0.62, 0.2], [0.68, 0.32], [0.6, 0.43], [0.45, 0.48], [0.62, 0.54], [0.7, 0.66], [0.66, 0.78], [0.52, 0.85], [0.38, 0.83], [0.28, 0.74]]

export const drawThree = async (page: Page): Promise<void> => {
  const pad = page.locator('#pad')
  await pad.scrollIntoViewIfNeeded()
  const box = (await pad.boundingBox())!
  const move = ([x, y]: readonly [number, number]): Promise<void> => page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 3 })
  await move(three[0]!)
  await page.mouse.down()
  for (const at of three) await move(at)
  await page.mouse.up()
}
/** How many pixels of a canvas are not clear. */
export const inked = (page: Page, id: string): Promise<number> => page.evaluate(`(() => {
  const c = document.getElementById('${id}'), copy = new OffscreenCanvas(c.width, c.height).getContext('2d')
  copy.drawImage(c, 0, 0)
  return copy.getImageData(0, 0, c.width, c.height).data.filter((v, i) => i % 4 === 3 && v > 0).length
})()`)
