/** A trial bundles a mutant with the laws and runs them in a process of its own, which may hang or die. */
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { adapterEnvironment } from '../webgpu/adapter.js'
import { bundle } from './bundle.js'
import type { Mutant } from './mutant.js'

export interface Setting { readonly rounds: readonly number[]; readonly seed: number; readonly folder: string; readonly without: readonly string[]; /** Seconds without a word. */ readonly patience: number }
export type Fate =
  | { readonly tag: 'killed'; readonly law: string; readonly programs: number; readonly why: string; readonly seconds: number }
  | { readonly tag: 'survived'; readonly seconds: number }
type Word = { readonly laws: number } | { readonly trying: string; readonly programs: number } | { readonly killed: string; readonly programs: number; readonly why: string } | { readonly survived: number }

export const noLoad = 'it does not load', hangs = 'it hangs', dies = 'it dies'

export const trial = async (mutant: Mutant | null, { rounds, seed, folder, patience, without }: Setting, first: string | null): Promise<Fate> => {
  const start = Date.now()
  const seconds = (): number => (Date.now() - start) / 1000
  const outfile = join(folder, `${mutant?.id ?? 'original'}.mjs`)
  await bundle(mutant, outfile)
  const child = spawn(process.execPath, ['--stack-size=2000', outfile, JSON.stringify({ rounds, seed, first, without })], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...adapterEnvironment() } })
  return new Promise<Fate>(resolve => {
    let at: { law: string; programs: number } | null = null
    let fate: Fate | null = null
    let silent = false
    let loud = ''
    const killed = (law: string, why: string): Fate => ({ tag: 'killed', law, programs: at?.programs ?? 0, why, seconds: seconds() })
    const impatient = (): NodeJS.Timeout => setTimeout(() => { silent = true; child.kill('SIGKILL') }, patience * 1000)
    let timer = impatient()
    child.stderr.on('data', (piece: Buffer) => { loud = (loud + piece.toString()).slice(-2000) })
    createInterface({ input: child.stdout }).on('line', line => {
      clearTimeout(timer)
      timer = impatient()
      // drivers print what they complain of
      if (!line.startsWith('{')) { loud = `${loud}${line}\n`.slice(-2000); return }
      const word = JSON.parse(line) as Word
      if ('killed' in word) fate = { tag: 'killed', law: word.killed, programs: word.programs, why: word.why, seconds: seconds() }
      else if ('survived' in word) fate = { tag: 'survived', seconds: seconds() }
      else at = 'laws' in word ? { law: '', programs: 0 } : { law: word.trying, programs: word.programs }
    })
    child.on('close', () => {
      clearTimeout(timer)
      rmSync(outfile, { force: true })
      const after = at ? ` after ${at.law || 'loading'}` : ''
      resolve(fate ?? (silent ? killed(hangs, `no word for ${patience} s${after}`) : killed(at ? dies : noLoad, `${loud.split('\n').find(l => l.includes('Error')) ?? loud}${after}`)))
    })
  })
}
