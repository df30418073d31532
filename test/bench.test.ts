/** Every workload of the benchmark, at a reduced size, has the numbers that PyTorch computes for it in f64. */
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { agrees, differences, readReferences } from './bench/agree.js'
import { cotangent } from './bench/cotangent/index.js'
import { inputs } from './bench/data.js'
import { verify } from './bench/measure.js'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const references = readReferences(at('./bench/reference.json'))
const { works } = cotangent(inputs('small', new URL('./bench/gmm.txt', import.meta.url)), 'tested', 1)

describe('the workloads of the benchmark', () => {
  const compared = Object.keys(works).filter(work => work !== 'W12')
  test.each(compared)('%s', async work => {
    const seen: string[] = []
    for (const c of works[work]!()) {
      if ('error' in c) throw new Error(`${work} ${c.variant}: ${c.error}`)
      const found = differences(references.small, { work, metric: c.metric, params: c.params ?? {}, ...await verify(c) })
      expect(found.filter(d => !agrees(d)), `${c.metric}, ${c.variant}`).toEqual([])
      expect(found.length).toBeGreaterThan(0)
      seen.push(c.metric)
    }
    const wanted = new Set(references.small.filter(r => r.work === work).map(r => r.metric))
    expect(new Set(seen)).toEqual(wanted)
  })

  test('a number that is off is found', () => {
    const [reference] = references.small.filter(r => r.work === 'W3')
    const off = { ...reference!.checks, gabs_W2: reference!.checks.gabs_W2! * 1.0001 }
    expect(differences(references.small, { ...reference!, checks: off }).filter(d => !agrees(d)).map(d => d.check)).toEqual(['gabs_W2'])
  })
})
