/** The pages whose code is run and checked. */
export const pages: readonly string[] = ['README.md', 'docs/tour.md', 'docs/from-scratch.md']
