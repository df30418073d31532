/** A program is printed as one would write it: typed inputs, one equation a line, what it answers. */
import { showAval } from './aval.js'
import { encodeNumber } from './encode.js'
import type { Atom, Equation, Program, Var } from './primitive.js'

type Name = (v: Var) => string
const letters = (n: number): string => (n < 26 ? String.fromCharCode(97 + n) : letters(Math.floor(n / 26) - 1) + letters(n % 26))
const showLit = (a: Atom & { kind: 'lit' }): string =>
  a.aval.dtype === 'bool' ? String(a.value.data[0] === 1) : `${encodeNumber(a.value.data[0]!)}:${a.aval.dtype}`

const showParams = (e: Equation, indent: string): string => {
  const programs = e.prim.programs(e.params)
  if (e.params === null || e.params === undefined) return ''
  const plain = Object.entries(e.params as object)
    .filter(([, v]) => !programs.includes(v as Program) && !(Array.isArray(v) && v.length > 0 && programs.includes(v[0] as Program)))
    .map(([k, v]) => `${k}=${JSON.stringify(v)}`)
  const inner = programs.map(q => show(q, `${indent}    `))
  return `[${[...plain, ...inner].join(' ')}]`
}

const line = (e: Equation, name: Name, indent: string): string => {
  const atom = (a: Atom): string => (a.kind === 'lit' ? showLit(a) : name(a))
  return `${indent}${e.outs.map(o => `${name(o)}:${showAval(o.aval)}`).join(' ')} = ${e.prim.name}${showParams(e, indent)} ${e.ins.map(atom).join(' ')}`
}

const show = (p: Program, indent: string): string => {
  const names = new Map<number, string>()
  const name: Name = v => {
    let n = names.get(v.id)
    if (n === undefined) names.set(v.id, n = letters(names.size))
    return n
  }
  const ins = p.ins.map(v => `${name(v)}:${showAval(v.aval)}`).join(' ')
  const body = p.eqns.map(e => line(e, name, `${indent}    `))
  const outs = p.outs.map(a => (a.kind === 'lit' ? showLit(a) : name(a))).join(' ')
  return [`{ lambda ${ins} .`, ...body, `${indent}  in (${outs}) }`].join('\n')
}

/**
 * A readable form of a program, names given in order of appearance.
 *
 * @example
 * const { program } = makeProgram((x: Value) => np.sin(x))(np.array(1))
 * showProgram(program).split('\n').length   // 3
 */
export const showProgram = (p: Program): string => show(p, '')
export const showEquation = (e: Equation): string => line(e, v => `v${v.id}`, '').trim()
