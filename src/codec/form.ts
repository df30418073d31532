/** A form of parameters as an io-ts type: what decodes is what the form encodes. */
import * as t from 'io-ts'
import type { Form } from '../core/form.js'
import type { Program } from '../core/primitive.js'

const isInt = (x: unknown): x is number => Number.isInteger(x)
const int = new t.Type<number, number, unknown>('int', isInt, (x, c) => (isInt(x) ? t.success(x) : t.failure(x, c)), t.identity)

const isProgram = (x: unknown): x is Program =>
  typeof x === 'object' && x !== null && Array.isArray((x as Program).ins) && Array.isArray((x as Program).eqns) && Array.isArray((x as Program).outs)
/** Programs inside parameters have been decoded before their holder is. */
const program = new t.Type<Program, Program, unknown>('Program', isProgram, (x, c) => (isProgram(x) ? t.success(x) : t.failure(x, c)), t.identity)

const made = (form: Form<never>): t.Mixed => {
  const { told } = form
  switch (told.tag) {
    case 'int': return int
    case 'bool': return t.boolean
    case 'text': return t.string
    case 'null': return t.null
    case 'program': return program
    case 'oneOf': return t.keyof(Object.fromEntries(told.names.map(name => [name, null])))
    case 'list': return t.readonlyArray(codec(told.of))
    case 'pair': return t.readonly(t.tuple([codec(told.of), codec(told.of)]))
    case 'orNull': return t.union([codec(told.of), t.null])
    case 'record': return t.readonly(t.type(Object.fromEntries(Object.entries(told.fields).map(([key, field]) => [key, codec(field)]))))
  }
}

const codecs = new WeakMap<Form<never>, t.Mixed>()
const codec = (form: Form<never>): t.Mixed => {
  const known = codecs.get(form) ?? made(form)
  codecs.set(form, known)
  return known
}

/** The io-ts type of a form; it is made once. */
export const codecOf = <P>(form: Form<P>): t.Type<P, unknown> => codec(form) as t.Type<P, unknown>
