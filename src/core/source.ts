/** A source location is the user's own line: the first frame of a stack that is not the library's. */

export interface Source { readonly file: string; readonly line: number; readonly column: number; readonly name: string }

/** Where this library's own code lives: its source folders while developed, its bundle once published; unknown in a script that is no module, where no frame can be told from the user's. */
const ownFolders = ((): readonly string[] => {
  const here = import.meta.url as string | undefined
  if (!here) return ['']
  const folder = here.slice(0, here.lastIndexOf('/') + 1)
  if (!folder.endsWith('/src/core/')) return [folder]
  const root = folder.slice(0, -'src/core/'.length)
  return [`${root}src/`, `${root}backends/`, `${root}laws/`]
})()

const plain = (file: string): string => file.replace(/^file:\/\//, '').replace(/\?.*$/, '')
const ours = ownFolders.map(plain)
const isOurs = (file: string): boolean => ours.some(folder => file.startsWith(folder))

const parseFrame = (text: string): Source | null => {
  // V8:  "    at name (file:line:column)" or "    at file:line:column", after an await "    at async ...";  Firefox and Safari:  "name@file:line:column"
  const v8 = /^\s*at (?:async )?(?:(.*?) \()?(.*?):(\d+):(\d+)\)?$/.exec(text)
  const moz = v8 ?? /^(.*?)@(.*?):(\d+):(\d+)$/.exec(text)
  if (!moz) return null
  return { name: moz[1] ?? '', file: plain(moz[2]!), line: Number(moz[3]), column: Number(moz[4]) }
}

/** The first frame of a stack that is the user's, or null where there is none. */
export const userFrame = (stack: string | undefined): Source | null => {
  for (const text of (stack ?? '').split('\n')) {
    const frame = parseFrame(text)
    if (frame && !isOurs(frame.file) && !frame.file.startsWith('node:') && frame.file !== '<anonymous>' && !frame.file.includes('/node_modules/')) return frame
  }
  return null
}

/** A stack kept unread: reading it (which costs a hundred times as much) happens only when a fault is shown. */
export type Mark = { readonly stack?: string | undefined }

/** `depth` frames are kept: the fewer the cheaper, and the user's must be among them. */
export const mark = (depth = 20): Mark => {
  const before = Error.stackTraceLimit
  Error.stackTraceLimit = depth
  const kept = new Error()
  Error.stackTraceLimit = before
  return kept
}
export const sourceOf = (m: Mark | null): Source | null => (m ? userFrame(m.stack) : null)
export const showSource = (s: Source | null): string => (s ? `${s.file}:${s.line}:${s.column}` : 'an unknown line')
