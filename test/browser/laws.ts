/** A page that holds laws on WebGPU: one worker has the device, another holds the laws and waits for it. */
import { families, type FamilyName } from '../../laws/index.js'
import { tryLaw } from '../../laws/law.js'
import { witness, type Witnessed } from '../../laws/witness.js'
import { facade } from '../webgpu/facade.js'
import { type About, ask, mailbox, type Request } from '../webgpu/protocol.js'
import { serve } from '../webgpu/serve.js'

interface Device { readonly role: 'device'; readonly box: SharedArrayBuffer; readonly port: MessagePort }
interface Holder { readonly role: 'laws'; readonly box: SharedArrayBuffer; readonly port: MessagePort; readonly about: About }
export interface Asked { readonly family: FamilyName; readonly runs: number; readonly seed: number }
/** What fails, by law. */
export interface Told extends Witnessed { readonly failures: Readonly<Record<string, string>>; readonly laws: number }

const device = async ({ box, port }: Device): Promise<void> => {
  const gpu = (navigator as { readonly gpu?: GPU }).gpu
  const served = gpu ? await serve(gpu, box) : null
  port.onmessage = ({ data }: MessageEvent<Request>) => served?.take(data)
  postMessage(served?.about ?? null)
}
const holder = ({ box, port, about }: Holder): void => {
  const gpu = facade(about, r => ask(box, () => port.postMessage(r)), () => undefined)
  globalThis.onmessage = ({ data: { family, runs, seed } }: MessageEvent<Asked>) => {
    const { law, seen } = witness(gpu), { laws } = families[family]
    const failures = Object.fromEntries(laws.flatMap(l => { const said = tryLaw(law(l), { runs, seed }); return said === null ? [] : [[l.name, said]] }))
    postMessage({ ...seen, failures, laws: laws.length } satisfies Told)
  }
}

const reply = (w: Worker): Promise<unknown> => new Promise((resolve, reject) => {
  w.onmessage = ({ data }) => resolve(data)
  w.onerror = e => reject(new Error(e.message))
})
if (typeof document === 'object') {
  let holding: Promise<Worker | null> | null = null
  const start = async (): Promise<Worker | null> => {
    const made = (): Worker => new Worker(import.meta.url, { type: 'module' })
    const first = made(), box = mailbox(), { port1, port2 } = new MessageChannel()
    first.postMessage({ role: 'device', box, port: port1 }, [port1])
    const about = await reply(first)
    if (about === null) return null
    const second = made()
    second.postMessage({ role: 'laws', box, port: port2, about }, [port2])
    return second
  }
  Object.assign(globalThis, {
    /** Null where there is no adapter. */
    hold: async (asked: Asked): Promise<unknown> => {
      const w = await (holding ??= start())
      if (w === null) return null
      w.postMessage(asked)
      return reply(w)
    },
  })
} else globalThis.onmessage = ({ data }: MessageEvent<Device | Holder>) => { if (data.role === 'device') void device(data); else holder(data) }
