/** fp-ts's `Either` as the data it is: rows return it without the module of fp-ts, which is CommonJS and stays whole in every bundle. */
import type * as E from 'fp-ts/lib/Either.js'

export type Either<L, A> = E.Either<L, A>
export const left = <L>(left: L): Either<L, never> => ({ _tag: 'Left', left })
export const right = <A>(right: A): Either<never, A> => ({ _tag: 'Right', right })
