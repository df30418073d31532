/** A trailing comment is a claim where it reads as data: numbers, lists, records, booleans, strings; otherwise it is prose. */
import { concreteOf, isValue, nested } from '../../src/core/value.js'

/** Numbers keep their text, for its digits are what is claimed. */
export type Claim =
  | { readonly kind: 'number'; readonly text: string; readonly value: number }
  | { readonly kind: 'plain'; readonly value: string | boolean | null | undefined }
  | { readonly kind: 'list'; readonly items: readonly Claim[] }
  | { readonly kind: 'record'; readonly fields: ReadonlyMap<string, Claim> }

const number = /^-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Infinity)|^NaN/
const word = /^(true|false|null|undefined)\b/
const key = /^(?:([A-Za-z_]\w*)|'([^']*)')\s*:/

/** The claims of a comment, one or several with commas between; null where it is prose. */
export const parseClaims = (comment: string): readonly Claim[] | null => {
  let at = 0
  const rest = (): string => comment.slice(at)
  const skip = (): void => { at += /^\s*/.exec(rest())![0].length }
  const take = (s: string): boolean => { skip(); if (!rest().startsWith(s)) return false; at += s.length; return true }
  const many = (close: string, one: () => boolean): boolean => {
    if (take(close)) return true
    do { if (!one()) return false } while (take(','))
    return take(close)
  }
  const value = (): Claim | null => {
    skip()
    const n = number.exec(rest())
    if (n) { at += n[0].length; return /^[\w.]/.test(rest()) ? null : { kind: 'number', text: n[0], value: Number(n[0]) } }
    const w = word.exec(rest())
    if (w) { at += w[0].length; return { kind: 'plain', value: w[1] === 'null' ? null : w[1] === 'undefined' ? undefined : w[1] === 'true' } }
    const s = /^'([^']*)'/.exec(rest())
    if (s) { at += s[0].length; return { kind: 'plain', value: s[1]! } }
    if (take('[')) {
      const items: Claim[] = []
      return many(']', () => { const v = value(); if (v) items.push(v); return v !== null }) ? { kind: 'list', items } : null
    }
    if (take('{')) {
      const fields = new Map<string, Claim>()
      return many('}', () => {
        skip()
        const k = key.exec(rest())
        if (!k) return false
        at += k[0].length
        const v = value()
        if (v) fields.set((k[1] ?? k[2])!, v)
        return v !== null
      }) ? { kind: 'record', fields } : null
    }
    return null
  }
  const claims: Claim[] = []
  do {
    const v = value()
    if (!v) return null
    claims.push(v)
  } while (take(','))
  skip()
  return at === comment.length ? claims : null
}

/** Arrays become nested numbers, containers stay. */
export const plain = (x: unknown): unknown => {
  if (isValue(x)) return nested(concreteOf(x, 'docs'))
  if (Array.isArray(x)) return x.map(plain)
  if (ArrayBuffer.isView(x)) return Array.from(x as Float64Array)
  if (typeof x === 'object' && x !== null) return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, plain(v)]))
  return x
}

/**
 * Three decimals or more (or an exponent) are rounded digits; fewer mean the number itself, as near as f32 holds it.
 * Zero means zero of either sign, -0 means itself.
 */
const agrees = (text: string, want: number, got: number): boolean => {
  if (Object.is(want, got)) return true
  if (!Number.isFinite(want) || !Number.isFinite(got)) return false
  if (Object.is(want, -0)) return false
  const [, decimals = '', exponent = '0'] = /^-?\d+(?:\.(\d+))?(?:e([+-]?\d+))?/.exec(text)!
  const digits = decimals.length >= 3 || exponent !== '0' ? 0.5001 * 10 ** (Number(exponent) - decimals.length) : 0
  return Math.abs(want - got) <= digits + 2e-7 * Math.abs(want)
}

/** Where a value departs from a claim, or null. */
export const departs = (claim: Claim, got: unknown, path = ''): string | null => {
  const no = (want: string): string => `${path || 'the result'} should be ${want}, is ${Object.is(got, -0) ? '-0' : typeof got === 'number' ? String(got) : JSON.stringify(got) ?? String(got)}`
  switch (claim.kind) {
    case 'number': return typeof got === 'number' && agrees(claim.text, claim.value, got) ? null : no(claim.text)
    case 'plain': return Object.is(got, claim.value) ? null : no(String(claim.value))
    case 'list': {
      if (!Array.isArray(got) || got.length !== claim.items.length) return no(`a list of ${claim.items.length}`)
      for (const [i, c] of claim.items.entries()) { const d = departs(c, got[i], `${path}[${i}]`); if (d) return d }
      return null
    }
    case 'record': {
      if (typeof got !== 'object' || got === null || Array.isArray(got)) return no('a record')
      const names = Object.keys(got)
      if (names.length !== claim.fields.size) return no(`a record of ${[...claim.fields.keys()].join(', ')}`)
      for (const [k, c] of claim.fields) { const d = departs(c, (got as Record<string, unknown>)[k], `${path}.${k}`); if (d) return d }
      return null
    }
  }
}
/** Several claims are those of a list, one is of the value itself. */
export const departsFrom = (claims: readonly Claim[], value: unknown): string | null =>
  departs(claims.length === 1 ? claims[0]! : { kind: 'list', items: claims }, plain(value))
