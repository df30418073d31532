/** What the address of the page may set: ?device=cpu&seed=1&steps=200&batch=20&held=500. */
import { batch, held } from '../mnist/model.js'
import type { Choice, Settings } from './session.js'

/** Twelve times through eight thousand digits. */
const defaults: Settings = { device: 'webgpu', seed: 0, steps: 12 * 160, batch, held }
/** What each may be. */
const ranges = { seed: [0, 2 ** 31 - 1], steps: [1, 1_000_000], batch: [1, 2000], held: [1, 5000] } as const
const devices: readonly string[] = ['webgpu', 'cpu'] satisfies readonly Choice[]

/** Settings, and what of the address counts as none. */
export const settingsOf = (search: string): { readonly settings: Settings; readonly refused: readonly string[] } => {
  const refused: string[] = []
  const settings: Record<string, unknown> = { ...defaults }
  for (const [name, text] of new URLSearchParams(search)) {
    const range = (ranges as Readonly<Record<string, readonly [number, number]>>)[name], n = Number(text)
    if (name === 'device' && devices.includes(text)) settings[name] = text
    else if (range && text.trim() !== '' && Number.isInteger(n) && n >= range[0] && n <= range[1]) settings[name] = n
    else refused.push(`${name}=${text}`)
  }
  return { settings: settings as unknown as Settings, refused }
}
