/** A canvas to draw on, with a pointer or with the keys of the arrows. */
import { side } from '../mnist/data.js'
import type { Drawing } from './centre.js'

export interface Pad {
  readonly drawing: () => Drawing
  readonly clear: () => void
  /** Puts a grey image of the digits there, as if it had been drawn. */
  readonly show: (image: Float32Array) => void
}

const brush = 22
const stride = 10

/** `pen` marks where the keys have moved; `told` is said when it is put down or lifted. */
export const openPad = (canvas: HTMLCanvasElement, pen: HTMLElement, told: (text: string) => void, changed: () => void): Pad => {
  const { width, height } = canvas
  const context = canvas.getContext('2d', { willReadFrequently: true })!
  context.lineWidth = brush
  context.lineCap = context.lineJoin = 'round'

  const line = (x0: number, y0: number, x1: number, y1: number): void => {
    context.beginPath()
    context.moveTo(x0, y0)
    context.lineTo(x1, y1)
    context.stroke()
    changed()
  }
  const clear = (): void => { context.clearRect(0, 0, width, height); changed() }

  // ---- pointers ----------------------------------------------------------------------------------------------------------

  let last: { readonly x: number; readonly y: number } | null = null
  const place = (e: PointerEvent): { readonly x: number; readonly y: number } => {
    const box = canvas.getBoundingClientRect()
    return { x: ((e.clientX - box.left) * width) / box.width, y: ((e.clientY - box.top) * height) / box.height }
  }
  canvas.addEventListener('pointerdown', e => {
    if (e.button !== 0) return
    canvas.setPointerCapture(e.pointerId)
    last = place(e)
    line(last.x, last.y, last.x, last.y)
  })
  canvas.addEventListener('pointermove', e => {
    if (last === null) return
    // a pointer may have been at several places since the last event
    for (const at of e.getCoalescedEvents?.() ?? [e]) {
      const { x, y } = place(at)
      line(last.x, last.y, x, y)
      last = { x, y }
    }
  })
  for (const end of ['pointerup', 'pointercancel'] as const) canvas.addEventListener(end, () => { last = null })

  // ---- keys --------------------------------------------------------------------------------------------------------------

  let x = width / 2, y = height / 4, down = false
  const mark = (): void => {
    pen.style.left = `${(100 * x) / width}%`
    pen.style.top = `${(100 * y) / height}%`
    pen.classList.toggle('down', down)
  }
  const ways: Readonly<Record<string, readonly [number, number]>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
  const within = (v: number, most: number): number => Math.min(Math.max(v, brush / 2), most - brush / 2)
  canvas.addEventListener('keydown', e => {
    const way = ways[e.key]
    if (way) {
      const [x0, y0] = [x, y]
      x = within(x + way[0] * stride, width)
      y = within(y + way[1] * stride, height)
      if (down) line(x0, y0, x, y)
    } else if (e.key === ' ' || e.key === 'Enter') {
      down = !down
      if (down) line(x, y, x, y)
      told(down ? 'The pen is down: arrows draw.' : 'The pen is up: arrows move it.')
    } else if (e.key === 'Delete' || e.key === 'Backspace') {
      clear()
      told('Cleared.')
    } else return
    e.preventDefault()
    mark()
  })
  canvas.addEventListener('blur', () => { down = false; mark() })
  mark()

  return {
    clear,
    drawing: () => {
      const { data } = context.getImageData(0, 0, width, height)
      return { ink: Float32Array.from({ length: width * height }, (_, i) => data[4 * i + 3]! / 255), width, height }
    },
    show: image => {
      const small = new OffscreenCanvas(side, side)
      const pixels = new ImageData(side, side)
      image.forEach((grey, i) => { pixels.data[4 * i + 3] = Math.round(255 * grey) })
      small.getContext('2d')!.putImageData(pixels, 0, 0)
      context.clearRect(0, 0, width, height)
      context.drawImage(small, 0, 0, width, height)
      changed()
    },
  }
}
