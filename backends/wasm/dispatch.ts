/** Sharing out a kernel is code of the module itself: a job is published, its units are claimed by whoever comes, and no JavaScript runs between. */
import { Code, type ModuleBuilder } from './encode.js'
import { control, line, lineOf } from './layout.js'
import { i32 } from './opcodes.js'

/** So many looks at another thread's line before the main thread sleeps or asks: some tens of microseconds. */
const looks = 4000
/** So long it sleeps at once, and so often before it asks whether the thread is still alive. */
const napNanoseconds = 1_000_000n
const naps = 50
/** Where it may not sleep, it looks so many times as often instead. */
const patience = 4000

/** What the main thread asks of JavaScript: `env.trouble(reason)`. */
export const trouble = { failed: 0, waiting: 1, unfinished: 2 } as const

/**
 * Adds to a module the function (kernel: i32, args: i32, units: i32, grain: i32) that runs units 0..units of a kernel of table 0, and
 * exports `work(line: i32)`, by which other threads take part. To be called after the other imports and before any function.
 *
 * A job is open while the gate is odd. Who enters says so in its line, looks at the gate again, and reads the job only then; the main
 * thread closes the gate, waits until all lines say that nobody is inside, and writes the next job only then. So no thread ever
 * mixes two jobs, and when the main thread goes on, every unit that was claimed has been done.
 */
export const emitDispatch = (module: ModuleBuilder, program: number): number => {
  const ask = module.importFunction('env', 'trouble', ['i32'], [])
  const kernelType = module.signature(['i32', 'i32', 'i32'], [])
  const claims = module.function(claiming(kernelType))
  module.export('work', 'function', claims)
  return module.function(dispatching(program, kernelType, claims, ask))
}

/** (line): claims ranges of the job until none is left. */
const claiming = (kernelType: number): Code => {
  const c = new Code(['i32'])
  const [units, begin, end] = [c.local('i32'), c.local('i32'), c.local('i32')]
  const field = (at: number): Code => c.i32(at).mem('i32Load')
  field(control.units).set(units)
  c.block().loop()
  c.i32(control.next)
  field(control.grain).atom('add').tee(begin)
  c.get(units).op(i32.geU).brIf(1)
  c.get(begin)
  field(control.grain).op(i32.add).set(end)
  c.get(end).get(units).get(end).get(units).op(i32.ltU).select().set(end)
  c.get(0).i32(1).atom('add', line.beats).drop()
  field(control.args).get(begin).get(end)
  field(control.kernel).callIndirect(kernelType)
  c.br(0).end().end()
  return c
}

const dispatching = (program: number, kernelType: number, claims: number, ask: number): Code => {
  const c = new Code(['i32', 'i32', 'i32', 'i32'])
  const [kernel, args, units, grain] = [0, 1, 2, 3]
  const [begin, end, at, last, spins, rounds] = [c.local('i32'), c.local('i32'), c.local('i32'), c.local('i32'), c.local('i32'), c.local('i32')]

  // nobody else is there: the ranges in turn
  c.i32(control.ready).atom('load').i32(1).op(i32.leS).if()
  c.i32(0).set(begin)
  c.block().loop()
  c.get(begin).get(units).op(i32.geU).brIf(1)
  c.get(begin).get(grain).op(i32.add).set(end)
  c.get(end).get(units).get(end).get(units).op(i32.ltU).select().set(end)
  c.get(args).get(begin).get(end).get(kernel).callIndirect(kernelType)
  c.get(end).set(begin).br(0).end().end()
  c.return().end()

  // a run that was broken off has left the gate open
  c.i32(control.gate).atom('load').i32(1).op(i32.and).if().i32(trouble.unfinished).call(ask).end()
  const store = (field: number, from: number): void => { c.i32(field).get(from).mem('i32Store') }
  store(control.kernel, kernel); store(control.args, args); store(control.units, units); store(control.grain, grain)
  c.i32(control.program).i32(program).atom('store')
  c.i32(control.next).i32(0).atom('store')
  c.i32(control.gate).i32(1).atom('add').drop()
  c.i32(control.asleep).atom('load').if().i32(control.gate).i32(-1).atom('notify').drop().end()
  c.i32(lineOf(0)).call(claims)
  c.i32(control.gate).i32(1).atom('add').drop()

  // until nobody is inside
  c.i32(control.lines).mem('i32Load').i32(6).op(i32.shl).i32(lineOf(0)).op(i32.add).set(last)
  c.i32(lineOf(1)).set(at)
  c.block().loop()
  c.get(at).get(last).op(i32.geU).brIf(1)
  c.i32(0).set(spins).i32(0).set(rounds)
  c.block().loop()
  c.get(at).atom('load', line.inside).op(i32.eqz).brIf(1)
  c.get(spins).i32(1).op(i32.add).tee(spins).i32(looks).op(i32.ltS).brIf(0)
  c.i32(control.patient).mem('i32Load').if()
  c.i32(control.mainAsleep).i32(1).atom('store')
  c.get(at).i32(1).i64(napNanoseconds).atom('wait32', line.inside).drop()
  c.i32(control.mainAsleep).i32(0).atom('store')
  c.get(rounds).i32(1).op(i32.add).tee(rounds).i32(naps).op(i32.remS).brIf(1)
  c.else()
  c.i32(0).set(spins)
  c.get(rounds).i32(1).op(i32.add).tee(rounds).i32(patience).op(i32.remS).brIf(1)
  c.end()
  c.i32(trouble.waiting).call(ask)
  c.br(0).end().end()
  c.get(at).i32(64).op(i32.add).set(at).br(0).end().end()

  c.i32(control.failed).atom('load').if().i32(trouble.failed).call(ask).end()
  return c
}
