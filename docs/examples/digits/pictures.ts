/** Images of 28 by 28 as pixels of a canvas: ink as it is, and a slope in two hues over it. */
import { side } from '../mnist/data.js'

const paint = (canvas: HTMLCanvasElement, pixel: (i: number) => readonly [red: number, green: number, blue: number, alpha: number]): void => {
  const image = new ImageData(side, side)
  for (let i = 0; i < side * side; i++) image.data.set(pixel(i), 4 * i)
  canvas.getContext('2d')!.putImageData(image, 0, 0)
}

// the hues of the other figures, as numbers
const orange = [217, 115, 13] as const
const blue = [59, 111, 182] as const

export const paintInk = (canvas: HTMLCanvasElement, ink: ArrayLike<number> | null): void =>
  paint(canvas, i => [0, 0, 0, 255 * (ink?.[i] ?? 0)])

/** Orange where more ink makes the loss larger, blue where it makes it smaller; as strong as the slope is beside the largest. Answers that one. */
export const paintSlope = (canvas: HTMLCanvasElement, slope: ArrayLike<number> | null): number => {
  const most = slope === null ? 0 : Math.max(...Array.from(slope, Math.abs))
  paint(canvas, i => {
    const part = most === 0 ? 0 : slope![i]! / most
    return [...(part > 0 ? orange : blue), 255 * Math.abs(part)]
  })
  return most
}
