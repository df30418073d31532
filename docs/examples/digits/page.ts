/** The page: what is trained is shown as it goes, and what is drawn is looked at by the network of that moment. */
import * as Plot from '@observablehq/plot'
import { classes, pixels } from '../mnist/data.js'
import { lossFigure, type Point } from '../mnist/curves.js'
import { unpackDigits } from './bytes.js'
import { centred } from './centre.js'
import { openPad } from './pad.js'
import { paintInk, paintSlope } from './pictures.js'
import { type Choice, type Judged, type Listener, openSession, type Progress, type Session, type State } from './session.js'
import { settingsOf } from './settings.js'

const byId = <E extends HTMLElement>(id: string): E => document.getElementById(id) as E
const show = (id: string, text: string): void => { byId(id).textContent = text }
const percent = (x: number): string => `${(100 * x).toFixed(1)} %`
const whole = (n: number): string => n.toLocaleString('en')
const canvas = (id: string): HTMLCanvasElement => byId<HTMLCanvasElement>(id)

let { settings, refused } = settingsOf(location.search)
let session: Session | null = null
const notes = new Map<string, string>()
const note = (about: string, text: string | null): void => {
  if (text === null) notes.delete(about)
  else notes.set(about, text)
  const element = byId('note'), all = [...notes.values()].join(' ')
  element.hidden = all === ''
  element.textContent = all
}

/** Does it once, a moment after it was asked for, however often it is. */
const later = (f: () => void, milliseconds: number): (() => void) => {
  let asked = false
  return () => {
    if (asked) return
    asked = true
    setTimeout(() => { asked = false; f() }, milliseconds)
  }
}

// ---- the curve -------------------------------------------------------------------------------------------------------

let reports: readonly Progress[] = []
let judged: readonly Judged[] = []
/** A curve needs no more points than its width has pixels: of many, every second one goes. */
const mostPoints = 1200
const addReport = (p: Progress): void => {
  const before = reports.filter(r => r.step < p.step)
  if (before.length < mostPoints) { reports = [...before, p]; return }
  reports = [...before.filter((_, i) => i % 2 === 0), p]
}
const drawCurve = later(() => {
  const figure = byId('curve')
  if (reports.length === 0 || session === null) { figure.replaceChildren(); return }
  const point = ({ epoch, loss }: Point): Point => ({ epoch, loss })
  // a quarter of an epoch, as in the report of `npm start`
  const window = Math.max(3, Math.round((0.25 * reports.length) / reports[reports.length - 1]!.epoch))
  const drawn = Plot.plot({
    ...lossFigure({ points: reports.map(point), window, heldOut: judged.map(point), epochs: session.epochs, width: Math.max(280, figure.clientWidth), height: 280 }),
    style: { background: 'none', color: 'inherit', fontFamily: 'inherit', fontSize: '12px', overflow: 'visible' },
    ariaLabel: 'Loss over epochs',
    ariaDescription: `The last loss is ${reports[reports.length - 1]!.loss.toPrecision(3)}.`,
  })
  drawn.setAttribute('role', 'img')
  figure.replaceChildren(drawn)
}, 250)
new ResizeObserver(drawCurve).observe(byId('curve'))

// ---- the drawing -----------------------------------------------------------------------------------------------------

const bars = Array.from({ length: classes }, (_, digit) => {
  const label = document.createElement('label')
  label.className = 'bar'
  label.innerHTML = `<input type="radio" name="digit" value="${digit}"><span>${digit}</span><span class="track"><span class="fill"></span></span><span class="share">–</span>`
  byId('bars').append(label)
  return { label, fill: label.querySelector<HTMLElement>('.fill')!, share: label.querySelector('.share')! }
})
const chosenDigit = (): number => Number(document.querySelector<HTMLInputElement>('input[name=digit]:checked')!.value)

let image: Float32Array | null = null
let looking = false, again = false
const nothingSeen = (): void => {
  bars.forEach(({ label, fill, share }) => { label.classList.remove('best'); fill.style.width = '0'; share.textContent = '–' })
  paintSlope(canvas('slope'), null)
  show('answer', '–')
  show('slope-text', 'The gradient of the loss by each pixel.')
}
/** One look at a time; what changes meanwhile is looked at next. */
const lookAgain = async (): Promise<void> => {
  if (looking) { again = true; return }
  looking = true
  do {
    again = false
    const of = session, seen = image && of ? await of.look(image, chosenDigit()) : null
    if (image === null) { nothingSeen(); continue }
    if (seen === null || of !== session) continue
    const { probabilities, loss, slope } = seen
    const best = Array.from(probabilities).indexOf(Math.max(...Array.from(probabilities)))
    bars.forEach(({ label, fill, share }, i) => {
      label.classList.toggle('best', i === best)
      fill.style.width = `${100 * probabilities[i]!}%`
      share.textContent = percent(probabilities[i]!)
    })
    show('answer', String(best))
    const most = paintSlope(canvas('slope'), slope)
    const digit = chosenDigit() < 0 ? best : chosenDigit()
    show('slope-text', `The gradient of −log p(${digit}) = ${loss.toPrecision(3)} by each pixel, at most ${most.toExponential(1)}.`)
  } while (again)
  looking = false
}

const changed = later(() => {
  image = centred(pad.drawing())
  paintInk(canvas('ink'), image)
  paintInk(canvas('under'), image)
  void lookAgain()
}, 16)
const pad = openPad(canvas('pad'), byId('pen'), text => show('pen-state', text), changed)
byId('clear').addEventListener('click', () => pad.clear())
byId('example').addEventListener('click', () => {
  const { test } = session!, row = Math.floor(Math.random() * test.count)
  pad.show(test.images.subarray(row * pixels, (row + 1) * pixels))
})
document.querySelectorAll('input[name=digit]').forEach(input => input.addEventListener('change', () => void lookAgain()))

// ---- the training ----------------------------------------------------------------------------------------------------

const words: Readonly<Record<State, string>> = { training: 'Training …', paused: 'Paused.', done: 'Trained.', failed: 'Training has stopped.' }
const pause = byId<HTMLButtonElement>('pause')
let paused = false

const listener: Listener = {
  device: (choice, name, why) => {
    show('device', name)
    document.querySelector<HTMLInputElement>(`input[name=device][value=${choice}]`)!.checked = true
    note('device', why)
    void lookAgain()
  },
  progress: p => {
    addReport(p)
    judged = judged.filter(j => j.step <= p.step)
    show('loss', p.loss.toPrecision(3))
    show('step', `${whole(p.step)} / ${whole(settings.steps)}`)
    show('time', p.milliseconds === null ? 'compiling' : `${p.milliseconds.toPrecision(3)} ms`)
    show('live', `${(p.live / 2 ** 20).toFixed(1)} MiB`)
    byId<HTMLProgressElement>('progress').value = p.step / settings.steps
    drawCurve()
    if (image) void lookAgain()
  },
  judged: j => {
    judged = [...judged, j]
    show('accuracy', percent(j.accuracy))
    drawCurve()
  },
  state: (state, reason) => {
    show('state', words[state])
    pause.disabled = state === 'done' || state === 'failed'
    note('failure', reason)
    document.documentElement.dataset['state'] = state
  },
}

const begin = async (): Promise<void> => {
  const response = await fetch('digits.bin')
  if (!response.ok) throw new Error(`the digits are not there (${response.status})`)
  const digits = unpackDigits(new Uint8Array(await response.arrayBuffer()))

  const start = (): void => {
    session?.stop()
    reports = []
    judged = []
    paused = false
    pause.textContent = 'Pause'
    for (const id of ['accuracy', 'loss', 'time', 'step', 'live']) show(id, '–')
    session = openSession(digits, settings, listener)
    drawCurve()
  }
  pause.addEventListener('click', () => {
    paused = !paused
    pause.textContent = paused ? 'Resume' : 'Pause'
    if (paused) session?.pause()
    else session?.resume()
  })
  const seed = byId<HTMLInputElement>('seed')
  seed.value = String(settings.seed)
  byId('controls').addEventListener('submit', e => {
    e.preventDefault()
    const device = document.querySelector<HTMLInputElement>('input[name=device]:checked')!.value as Choice
    settings = { ...settings, seed: seed.valueAsNumber, device }
    start()
  })
  document.querySelectorAll<HTMLInputElement>('input[name=device]').forEach(input =>
    input.addEventListener('change', () => session?.use(input.value as Choice)))
  for (const id of ['restart', 'example']) byId<HTMLButtonElement>(id).disabled = false
  byId<HTMLFieldSetElement>('devices').disabled = false
  start()
}

if (refused.length > 0) note('address', `The address says ${refused.join(', ')}, which counts as nothing.`)
nothingSeen()
begin().catch((e: unknown) => {
  show('state', 'Nothing can be trained.')
  note('failure', e instanceof Error ? e.message : String(e))
})
