/** Ten thousand handwritten digits, read from the files of an npm package. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { classes, type Digits, pixels } from './data.js'

/** The package `mnist` keeps one file for each digit: a flat list of grey values, image after image. Its last image may be cut short. */
export const readDigits = (): Digits => {
  const require = createRequire(import.meta.url)
  const perDigit = Array.from({ length: classes }, (_, digit) => {
    const { data } = JSON.parse(readFileSync(require.resolve(`mnist/src/digits/${digit}.json`), 'utf8')) as { readonly data: readonly number[] }
    return Float32Array.from(data.slice(0, Math.floor(data.length / pixels) * pixels))
  })
  const count = perDigit.reduce((n, data) => n + data.length / pixels, 0)
  const images = new Float32Array(count * pixels)
  const labels = new Int32Array(count)
  let row = 0
  perDigit.forEach((data, digit) => {
    images.set(data, row * pixels)
    labels.fill(digit, row, row + data.length / pixels)
    row += data.length / pixels
  })
  return { images, labels, count }
}
