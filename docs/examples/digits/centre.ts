/** A drawing becomes an image as those that the network has learnt from: in a box of 20 pixels, its centre of mass in the middle of 28. */
import { pixels, side } from '../mnist/data.js'

const box = 20

/** Ink in [0, 1], row after row. */
export interface Drawing { readonly ink: Float32Array; readonly width: number; readonly height: number }
interface Extent { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number; readonly x: number; readonly y: number }

/** Where ink is, and its centre of mass; null where there is none. Pixel i lies between i and i + 1. */
const extentOf = ({ ink, width, height }: Drawing): Extent | null => {
  let left = width, right = 0, top = height, bottom = 0, mass = 0, x = 0, y = 0
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      const m = ink[j * width + i]!
      if (m <= 0) continue
      mass += m
      x += m * (i + 0.5)
      y += m * (j + 0.5)
      left = Math.min(left, i)
      right = Math.max(right, i + 1)
      top = Math.min(top, j)
      bottom = Math.max(bottom, j + 1)
    }
  }
  return mass > 0 ? { left, right, top, bottom, x: x / mass, y: y / mass } : null
}

/** The ink to the left of x and above y, for x and y between pixels too: sums of whole pixels, and linear between them. */
const sumsOf = ({ ink, width, height }: Drawing): ((x: number, y: number) => number) => {
  const across = width + 1
  const sums = new Float64Array(across * (height + 1))
  for (let j = 0; j < height; j++)
    for (let i = 0; i < width; i++)
      sums[(j + 1) * across + i + 1] = ink[j * width + i]! + sums[j * across + i + 1]! + sums[(j + 1) * across + i]! - sums[j * across + i]!
  return (x, y) => {
    const u = Math.min(Math.max(x, 0), width), v = Math.min(Math.max(y, 0), height)
    const i = Math.min(Math.floor(u), width - 1), j = Math.min(Math.floor(v), height - 1)
    const row = (k: number): number => sums[k * across + i]! * (i + 1 - u) + sums[k * across + i + 1]! * (u - i)
    return row(j) * (j + 1 - v) + row(j + 1) * (v - j)
  }
}

/** Each pixel is the mean of the ink under it; null where nothing is drawn. */
export const centred = (drawing: Drawing): Float32Array | null => {
  const at = extentOf(drawing)
  if (at === null) return null
  // this many pixels of the drawing are one of the image
  const scale = Math.max(at.right - at.left, at.bottom - at.top) / box
  // a centre of mass far from the middle of the box must not push ink over the edge
  const corner = (centre: number, low: number, high: number): number => Math.min(Math.max(centre - (side / 2) * scale, high - side * scale), low)
  const x0 = corner(at.x, at.left, at.right), y0 = corner(at.y, at.top, at.bottom)
  const sum = sumsOf(drawing)
  return Float32Array.from({ length: pixels }, (_, k) => {
    const x = x0 + (k % side) * scale, y = y0 + Math.floor(k / side) * scale
    const ink = sum(x + scale, y + scale) - sum(x, y + scale) - sum(x + scale, y) + sum(x, y)
    return Math.min(1, Math.max(0, ink / scale ** 2))
  })
}
