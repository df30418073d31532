/** The names of the rows that are more than a scalar expression, by family: a backend answers for each of them, or does not compile. */

export type StructuralName = 'broadcast' | 'reshape' | 'transpose' | 'slice' | 'pad' | 'concatenate' | 'reverse' | 'iota' | 'windows'
export type FoldName =
  | 'sum' | 'prod' | 'max' | 'min' | 'maxFirst' | 'minFirst' | 'and' | 'or' | 'argmax' | 'argmin'
  | 'cumsum' | 'cumprod' | 'cummax' | 'cummin' | 'cumlogsumexp' | 'linearRecurrence'
export type ContractName = 'dotGeneral'
export type ConvolveName = 'convolution'
export type IndexingName = 'dynamicSlice' | 'dynamicUpdateSlice' | 'gather' | 'scatter'
export type SortName = 'sort'
export type CollectiveName = 'psum' | 'pmax' | 'allGather' | 'ppermute' | 'axisIndex'
export type HigherName = 'call' | 'checkpoint' | 'scan' | 'while' | 'cond' | 'custom' | 'pulled'
/** What a backend executes itself; a collective has no value outside its axis. */
export type ExecutedName = StructuralName | FoldName | ContractName | ConvolveName | IndexingName | SortName | HigherName
export type PrimitiveName = ExecutedName | CollectiveName
