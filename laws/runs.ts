/** How many cases a law is tried on, and from which seed: the environment may say, else 200 and 42. */
const wanted = (name: string, otherwise: number): number => {
  const given = (globalThis as { process?: { env: Record<string, string | undefined> } }).process?.env[name]
  const n = given === undefined || given === '' ? otherwise : Number(given)
  return Number.isInteger(n) && n >= 0 ? n : otherwise
}
export const runs = (): number => Math.max(1, wanted('COTANGENT_LAW_RUNS', 200))
export const seed = (): number => wanted('COTANGENT_LAW_SEED', 42)
