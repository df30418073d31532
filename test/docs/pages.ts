/** The pages whose code is run and checked. */
export const pages: readonly string[] = ['docs/tour.md']
