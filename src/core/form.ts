/** Parameters have a form, told as data: every form encodes, and where programs are decoded (codec/) an io-ts type is made of it. */

/** What a form is made of. */
export type Told =
  | { readonly tag: 'int' | 'bool' | 'text' | 'null' | 'program' }
  | { readonly tag: 'oneOf'; readonly names: readonly string[] }
  | { readonly tag: 'list' | 'pair' | 'orNull'; readonly of: Form<never> }
  | { readonly tag: 'record'; readonly fields: Readonly<Record<string, Form<never>>> }

/** Encoded parameters are canonical: equal parameters have one text as JSON. */
export interface Form<P> { readonly told: Told; encode(params: P): unknown }

const itself = (x: unknown): unknown => x

/** An integer; -0 is 0. */
export const int: Form<number> = { told: { tag: 'int' }, encode: x => x + 0 }
export const bool: Form<boolean> = { told: { tag: 'bool' }, encode: itself }
export const text: Form<string> = { told: { tag: 'text' }, encode: itself }
export const none: Form<null> = { told: { tag: 'null' }, encode: itself }
export const oneOf = <S extends string>(names: readonly S[]): Form<S> => ({ told: { tag: 'oneOf', names }, encode: itself })
export const listOf = <A>(of: Form<A>): Form<readonly A[]> => ({ told: { tag: 'list', of }, encode: xs => xs.map(x => of.encode(x)) })
export const pairOf = <A>(of: Form<A>): Form<readonly [A, A]> => ({ told: { tag: 'pair', of }, encode: ([x, y]) => [of.encode(x), of.encode(y)] })
export const orNull = <A>(of: Form<A>): Form<A | null> => ({ told: { tag: 'orNull', of }, encode: x => (x === null ? null : of.encode(x)) })
/** A record of exactly these fields, in this order. */
export const record = <P extends object>(fields: { readonly [K in keyof P]: Form<P[K]> }): Form<Readonly<P>> => ({
  told: { tag: 'record', fields },
  encode: params => {
    const encoded: Record<string, unknown> = {}
    for (const key in fields) encoded[key] = fields[key].encode(params[key])
    return encoded
  },
})

export const ints = listOf(int)
export const intLists = listOf(ints)
