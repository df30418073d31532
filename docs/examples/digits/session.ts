/** A run of training that leaves the tab responsive, moves between devices, and goes on where a device is lost. */
import { defaultDevice, type Device, deviceGet, devicePut, memory, np, onDevice, type optim, random, read, type Value } from '../../../src/index.js'
import { webgpu, type WebGpuDevice } from '../../../backends/webgpu/entry.js'
import { type Digits, splitDigits } from '../mnist/data.js'
import { arraysOf, init, judge, optimizerOf, type Params, partsOf, trainer } from '../mnist/model.js'
import { look } from './look.js'

export type Choice = 'webgpu' | 'cpu'
export interface Settings { readonly seed: number; readonly steps: number; readonly batch: number; readonly held: number; readonly device: Choice }
/** `milliseconds`: of one step, on the average since the last report; null where something was compiled meanwhile. `live`: bytes of arrays. */
export interface Progress { readonly step: number; readonly epoch: number; readonly loss: number; readonly milliseconds: number | null; readonly live: number }
export interface Judged { readonly step: number; readonly epoch: number; readonly loss: number; readonly accuracy: number }
export interface Seen { readonly probabilities: ArrayLike<number>; readonly loss: number; readonly slope: ArrayLike<number> }
export type State = 'training' | 'paused' | 'done' | 'failed'
export interface Listener {
  /** `note`: why it is not the device that was asked for, or no longer. */
  readonly device: (choice: Choice, name: string, note: string | null) => void
  /** A step that is not after the last one: the run was taken up again from there. */
  readonly progress: (progress: Progress) => void
  readonly judged: (judged: Judged) => void
  readonly state: (state: State, reason: string | null) => void
}
export interface Session {
  readonly test: Digits
  readonly epochs: number
  readonly pause: () => void
  readonly resume: () => void
  readonly use: (choice: Choice) => void
  /** What the network of this moment makes of an image; null where the device went away meanwhile. */
  readonly look: (image: Float32Array, digit: number) => Promise<Seen | null>
  readonly stop: () => void
}

interface Model { readonly params: Params; readonly state: optim.State }

/** Reading waits for all that was asked for: often enough to look live, and so that little waits; seldom enough that a device is kept busy. */
const betweenReads = 80
const mostBetweenReads = 32

/** Lets the tab do what waits: a message comes behind it, and is not slowed down where a timer would be. */
const turn = (): Promise<void> => new Promise(resolve => {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => { port1.close(); resolve() }
  port2.postMessage(null)
})
const said = (e: unknown): string => (e instanceof Error ? e.message : String(e)).split('\n')[0]!

export const openSession = (digits: Digits, settings: Settings, listener: Listener): Session => {
  const { seed, steps, batch } = settings
  const { train, test } = splitDigits(digits, seed, settings.held)
  const perEpoch = Math.floor(train.count / batch)
  const { images, labels } = arraysOf(train)
  const parts = partsOf(test, 250)
  const places = Array.from({ length: Math.min(perEpoch, steps) }, (_, i) => np.array(i, { dtype: 'i32' }))
  const optimizer = optimizerOf(steps)
  const advance = trainer(optimizer, batch)
  const key = random.foldIn(random.key(seed), 2)

  let gpu: WebGpuDevice | null = null
  let step = 0
  const params = init(seed)
  let model: Model = { params, state: optimizer.init(params) }
  /** Where the run is taken up again if the device is lost: on the CPU a step spends what it replaces, and nothing is lost. */
  let kept: { readonly step: number; readonly model: Model } | null = null
  let wanted: Choice | null = settings.device
  let paused = false, stopped = false, compiled = false
  let every = 1
  let wake = (): void => {}

  const named = (device: Device | null): string => onDevice(device, () => defaultDevice().name)
  const onCpu = (note: string | null): void => {
    gpu = null
    compiled = false
    every = 1
    listener.device('cpu', named(null), note)
  }
  /** Goes on without a device: it is lost, or does not do its work. */
  const recover = (from: WebGpuDevice, reason: string): void => {
    if (gpu !== from || stopped) return
    if (kept) ({ step, model } = kept)
    kept = null
    onCpu(`The WebGPU device went away (${reason}). Training goes on here from step ${step}.`)
    wake()
  }
  const move = async (choice: Choice): Promise<void> => {
    const before = gpu
    const brought = before ? await deviceGet(model) : model
    const found = choice === 'webgpu' ? await webgpu.tryDevice()() : null
    if (gpu !== before) return // it was lost meanwhile
    model = brought
    if (found?._tag === 'Right') {
      const taken = gpu = found.right
      kept = { step, model: brought }
      compiled = false
      every = 1
      void taken.lost.then(reason => recover(taken, reason))
      listener.device('webgpu', taken.name, taken.adapter.software ? 'This adapter is software: it computes on the CPU.' : null)
      // steps spend what is there, and what is kept stays
      try { model = devicePut(brought, taken) } catch (e) { await failed(taken, e) }
    } else onCpu(found === null ? null : `No WebGPU here: ${said((found.left as { readonly cause?: string }).cause ?? found.left.hint)}.`)
    before?.close()
  }

  // ---- a stretch of steps ------------------------------------------------------------------------------------------------

  let order: { readonly epoch: number; readonly key: Value; readonly rows: Value } | null = null
  const orderOf = (epoch: number): NonNullable<typeof order> => {
    if (order?.epoch === epoch) return order
    return (order = onDevice(null, () => {
      const epochKey = random.foldIn(key, epoch + 1)
      return { epoch, key: epochKey, rows: random.permutation(epochKey, train.count) }
    }))
  }
  const stretch = async (): Promise<void> => {
    const device = gpu, from = step, began = performance.now(), epoch = Math.floor(step / perEpoch)
    const end = Math.min(steps, (epoch + 1) * perEpoch, from + every)
    const { key: epochKey, rows } = orderOf(epoch)
    let loss: Value | null = null
    while (step < end && !paused && !stopped && wanted === null && gpu === device) {
      const next = onDevice(device, () => advance(model.params, model.state, images, labels, rows, places[step % perEpoch]!, epochKey))
      model = { params: next.params, state: next.state }
      loss = next.loss
      step++
      await turn()
    }
    if (loss === null || gpu !== device) return
    const value = (await read(loss))[0]!
    if (gpu !== device || stopped) return
    const milliseconds = (performance.now() - began) / (step - from)
    every = compiled ? Math.min(mostBetweenReads, Math.max(1, Math.round(betweenReads / milliseconds))) : 1
    listener.progress({ step, epoch: step / perEpoch, loss: value, milliseconds: compiled ? milliseconds : null, live: onDevice(device, () => memory().live) })
    compiled = true
    if (step === steps || step % perEpoch === 0) await judgeAll()
  }
  const judgeAll = async (): Promise<void> => {
    const device = gpu, at = step
    let right = 0, sum = 0
    for (const { images, labels } of parts) {
      const { answers, losses } = onDevice(device, () => judge(model.params, images, labels))
      const [got, want, each] = await Promise.all([read(answers), read(labels), read(losses)])
      got.forEach((answer, i) => { if (answer === want[i]) right++ })
      each.forEach(x => { sum += x })
      await turn()
      if (gpu !== device || stopped) return
    }
    if (device !== null) {
      const brought = await deviceGet(model)
      if (gpu !== device) return
      kept = { step: at, model: brought }
    }
    listener.judged({ step: at, epoch: at / perEpoch, loss: sum / test.count, accuracy: right / test.count })
  }

  // ---- the run -----------------------------------------------------------------------------------------------------------

  let told: State | null = null
  const tell = (state: State, reason: string | null = null): void => {
    if (told !== state) listener.state((told = state), reason)
  }
  /** What fails on a device is done again on the CPU; what fails there is the end. */
  const failed = async (device: WebGpuDevice | null, e: unknown): Promise<void> => {
    if (device === null) { stopped = true; tell('failed', said(e)); return }
    // the device itself knows best why, a moment later
    await Promise.race([device.lost.then(() => undefined), new Promise(resolve => { setTimeout(resolve, 300) })])
    recover(device, said(e))
  }
  const run = async (): Promise<void> => {
    while (!stopped) {
      const device = gpu
      try {
        if (wanted !== null) {
          const choice = wanted
          wanted = null
          await move(choice)
        } else if (paused || step === steps) {
          tell(step === steps ? 'done' : 'paused')
          await new Promise<void>(resolve => { wake = resolve })
        } else {
          tell('training')
          await stretch()
        }
      } catch (e) { await failed(device, e) }
    }
    gpu?.close()
  }
  void run()

  return {
    test,
    epochs: steps / perEpoch,
    pause: () => { paused = true },
    resume: () => { paused = false; wake() },
    use: choice => { wanted = choice; wake() },
    stop: () => { stopped = true; wake() },
    look: async (image, digit) => {
      const device = gpu
      try {
        const { probabilities, loss, slope } = onDevice(device, () => look(model.params, np.array(image), np.array(digit, { dtype: 'i32' })))
        const [p, l, s] = await Promise.all([read(probabilities), read(loss), read(slope)])
        return { probabilities: p, loss: l[0]!, slope: s }
      } catch (e) {
        if (gpu === device && !stopped) await failed(device, e)
        return null
      }
    },
  }
}
