/** One process, one peer, one workload: every case's line goes to the standard output as JSON. */
import { type Line, measure, type Peer, verify } from './measure.js'

/** Runs the cases of a workload. `how` is `measure`, or `verify` for the checks alone. */
export const runWork = async (name: string, make: () => Peer | Promise<Peer>, work: string, how: string): Promise<void> => {
  const say = (line: Line): void => console.log(JSON.stringify({ peer: name, work, ...line }))
  const peer = await make()
  const about = { version: peer.version, threads: peer.threads, runtime: `node ${process.versions.node}` }
  const cases = peer.works[work]
  if (cases === undefined) return say({ metric: 'none', error: 'this peer has no such workload', ...about })
  try {
    for (const c of cases()) {
      const head = { variant: c.variant, metric: c.metric, params: c.params ?? {} }
      if ('error' in c) say({ ...head, error: c.error, ...about })
      else {
        const line = await (how === 'verify' ? verify(c) : measure(c)).catch((e: unknown): Line => ({ ...head, error: String((e as Error)?.message ?? e).slice(0, 400) }))
        say({ ...line, ...about })
      }
    }
  } catch (e) {
    say({ metric: 'none', error: String((e as Error)?.message ?? e).slice(0, 400), ...about })
  }
}
