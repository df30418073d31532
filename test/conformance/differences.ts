/** Every case in which cotangent deliberately answers otherwise than JAX, with the reason. */
export const differences: Readonly<Record<string, string>> = {}
