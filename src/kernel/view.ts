/** A view says where the elements of a buffer lie, as an affine map of the axes of a nest. */

/** A position read at run time: the element offset grows by stride · min(max(the i32 scalar in `buffer`, 0), max). */
export interface Start { readonly buffer: number; readonly stride: number; readonly max: number }
/** Element offset + Σ strides[d]·axis[d] of buffer number `buffer`, in elements; one stride for each axis of the nest. */
export interface View {
  readonly buffer: number
  readonly offset: number
  readonly strides: readonly number[]
  readonly starts: readonly Start[]
}

export const view = (buffer: number, offset: number, strides: readonly number[], starts: readonly Start[] = []): View => ({ buffer, offset, strides, starts })
/** The same elements along other axes: axis d of the new nest steps by strides[d]. */
export const along = (v: View, strides: readonly number[], offset = v.offset): View => ({ ...v, offset, strides })
