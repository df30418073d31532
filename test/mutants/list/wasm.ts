/** Mutants of what the WASM backend packs: before a loop, ahead of the units of a product, and how tiles read it. */
import { type Mutant, plant } from '../mutant.js'

const oneBuffer = 'Buffers that share memory for as long as a loop runs have been made one before; and what is read in every turn keeps its place in the arena to the last of them.'

export const wasm: readonly Mutant[] = [
  ...plant('backends/wasm/hoist.ts', [
    ['ahead-written', ' && ![...writes].some(w => sameMemory(w, root))', '', 'what turns write is packed before the loop'],
    ['ahead-moving', '!movesWith(operand, loops) && ', '', 'what moves with the loop is packed before it'],
    ['ahead-nested', '[s.loop, ...stepsOf(s).filter(isLoop).flatMap(loopsIn)]', '[s.loop]', 'what moves with an inner loop is packed before the outer one'],
    ['ahead-outer', '...stepsOf(s).filter(isLoop).flatMap(loopsIn)]', '...stepsOf(s).filter(isLoop).flatMap(loopsIn)].slice(1)', 'what moves with the loop itself is packed before it'],
    ['ahead-through', ' || movesWith(b.place.of, loops))', ')', 'a row of what moves is taken to stand still', 'A row of a row is one of a loop inside the loop of the other: where that one moves, it does.'],
    ['ahead-branches', 'isLoop(x) ? everyTurn(x) : []', "isLoop(x) ? everyTurn(x) : x.tag === 'branch' ? x.branches.flat().filter(y => y.tag === 'kernel') : []", 'what only a branch multiplies is packed before the loop'],
    ['ahead-identity', 'if (a === b || a.place.tag !== b.place.tag)', 'if (true)', 'memory is the same only where the buffer is', oneBuffer],
    ['ahead-overlap', 'a.place.offset < b.place.offset + b.size * b.bytes && b.place.offset < a.place.offset + a.size * a.bytes', 'false', 'two buffers of the arena never share memory', oneBuffer],
    ['ahead-inputs', "'index' in a.place && 'index' in b.place && a.place.index === b.place.index", 'false', 'a result that lies in an input that is given away is not written there', oneBuffer],
  ]),
  ...plant('backends/wasm/contract.ts', [
    ['ahead-lying', 'lyingDown(c, spaceOf(c)).right.buffer', 'c.right.buffer', 'of a product with a column the column is looked at, not the matrix that is packed'],
  ]),
  ...plant('backends/wasm/assemble.ts', [
    ['ahead-first-turn', "before.get(s)?.forEach(aheadOf)\n      const end = run.local('i32')", "const outer = [...counters.values()][0]\n      if (outer !== undefined) run.get(outer).op(i32.eqz).if()\n      before.get(s)?.forEach(aheadOf)\n      if (outer !== undefined) run.end()\n      const end = run.local('i32')", 'what moves with the outer loop is packed before the inner one in its first turn alone'],
    ['ahead-while', "before.get(s)?.forEach(aheadOf)\n      const k = counter(s.loop)", 'const k = counter(s.loop)', 'nothing is packed before a loop with a condition'],
    ['ahead-silent', 'lies(at ?? commonAt)', 'if (at === undefined) lies(commonAt)', 'a product in a loop is not told where its packed operand lies'],
    ['ahead-lies', 'lies(at ?? commonAt)', 'lies(commonAt)', 'a product in a loop looks for its packed operand where those of all others lie'],
    ['ahead-side-by-side', 'top += Math.ceil(functionOf(k.kernel, true).ahead!.bytes / 64) * 64', 'top += 64', 'packed operands of two products in a loop overlap'],
    ['ahead-common', 'const commonAt = top\n', 'const commonAt = behind\n', 'what is packed for units lies over what is packed for turns'],
    ['ahead-common-size', 'common = Math.max(common, functionOf(s.kernel, false).ahead?.bytes ?? 0)', 'common = Math.min(64, functionOf(s.kernel, false).ahead?.bytes ?? 0)', 'there is no room for what is packed for units'],
    ['ahead-arena', 'arena: top, ahead', 'arena: behind, ahead', 'the arguments of a call lie over what is packed ahead'],
    ['ahead-behind', 'Math.ceil(plan.arena / 64) * 64', 'Math.ceil(plan.arena / 128) * 64', 'what is packed ahead lies over temporaries'],
    ['ahead-never', 'if (at === undefined) called(f, f.ahead)', '', 'operands that units share are not packed'],
  ]),
  ...plant('backends/wasm/contract/ahead.ts', [
    ['panels-batch', 'sum(to, times(batch, rightBytes(one, t)), times(index', 'sum(to, times(index', 'the panels of a batch lie over those of the first'],
    ['panels-strip', 'times(index, tileCols * k * bytes)', 'times(index, tileCols * bytes)', 'strips of columns overlap'],
    ['panels-column', 'from, times(index, tileCols)))', 'from, 0))', 'every strip holds the first columns'],
    ['panels-tail', 'strips > 1 && tail > 0 ?', 'strips > 1 && tail < 0 ?', 'the last strip is as wide as the others'],
    ['panels-narrow', 'strips === 1 ? n : tileCols', 'tileCols', 'a strip that is the only one is as wide as a tile', 'Tiles are no wider than the vectors that hold all columns, so a strip that is the only one has as many vectors; the columns beyond are never stored.'],
    ['panels-right-batches', 'rightAhead ? batches * strips : 0', 'rightAhead ? strips : 0', 'the right operand of the first batch alone is packed'],
    ['panels-left-behind', 'sum(to, rightSize, times(batch, leftBytes(one, t))', 'sum(to, times(batch, leftBytes(one, t))', 'the left operand lies over the right one'],
    ['panels-left-row', 'times(batch, leftBytes(one, t)), times(row, k * bytes)))', 'times(batch, leftBytes(one, t)), times(index, tileRows * k * bytes)))', 'lower tiles lie as far apart as the others'],
    ['panels-left-batch', 'rightSize, times(batch, leftBytes(one, t)), times(row', 'rightSize, times(row', 'left panels of a batch lie over those of the first'],
    ['panels-lower', 'i32(taller).op(i32.geS)', 'i32(taller).op(i32.gtS)', 'the first of the lower tiles is packed as a tall one'],
    ['panels-left-units', '+ (leftAhead ? batches * rowTiles : 0)', '+ (leftAhead ? rowTiles - 1 : 0)', 'the last tile of rows is not packed'],
    ['panels-begin', 'most(at(begin), wholes)', 'sum(wholes, 0)', 'every range of units packs the left operand from the first tile on', 'What is packed again is the same.'],
    ['panels-bytes', 'bytes: rightSize + (leftAhead ? leftBytes(space, t) : 0)', 'bytes: rightSize', 'there is no room for the left operand'],
  ]),
  ...plant('backends/wasm/contract/tiled.ts', [
    ['tiles-panel-batch', 'sum(packed, times(batch, rightBytes(one, t)), times(col, k * bytes))', 'sum(packed, times(col, k * bytes))', 'every batch reads the panels of the first'],
    ['tiles-panel-columns', 'times(batch, rightBytes(one, t)), times(col, k * bytes))', 'times(batch, rightBytes(one, t)))', 'every block of columns reads the panels of the first'],
    ['tiles-panel-strip', 'sum(panels, times(j, k * tileCols * bytes), ', 'sum(panels, times(j, tileCols * bytes), ', 'strips of columns are read too close to each other'],
    ['tiles-panel-depth', 'times(first, padded(valid) * bytes))', '0)', 'every block of the depth reads the panels of the first'],
    ['tiles-panel-width', 'times(first, padded(valid) * bytes))', 'times(first, valid * bytes))', 'the last strip is taken to be as wide as its columns are many'],
    ['tiles-left-depth', 'times(first, rows * bytes)), 0, rows * bytes]', '0), 0, rows * bytes]', 'every block of the depth reads the left panels of the first'],
    ['tiles-left-row', 'sum(leftPanels, times(r, k * bytes)', 'sum(leftPanels, times(below, k * bytes)', 'every block of rows reads the left panels of the first'],
    ['tiles-left-batch', 'rightBytes(space, t) : 0, times(batch, leftBytes(one, t)))', 'rightBytes(space, t) : 0)', 'every batch reads the left panels of the first'],
    ['tiles-right', 'sum(right, times(first, rightStep), times(j, tileCols * bytes))', 'sum(right, times(j, tileCols * bytes))', 'every block of the depth reads the first steps of an operand that is not packed'],
    ['tiles-first', "typeof first === 'number' ? 0 : first)", '0)', 'a later block of the depth forgets the sums of those before'],
  ]),
  ...plant('backends/wasm/contract/micro.ts', [
    ['tiles-rest', 'code.get(depth).i32(steps - 1).op(i32.and)', 'code.get(depth).i32(steps - 2).op(i32.and)', 'a step that is left over is left out'],
    ['tiles-rest-onward', 'for (const p of moving) onward(p, 1)\n    code.get(rest)', 'code.get(rest)', 'steps that are left over all read the first'],
    ['tiles-turns', 'code.get(depth).i32(Math.log2(steps)).op(i32.shrU)', 'code.get(depth).i32(1).op(i32.shrU)', 'turns of four steps are counted as turns of two'],
    ['tiles-back', 'onward(p, p.known === null ? -1 : -steps)', 'onward(p, p.known === null ? 1 : -steps)', 'turns begin too far ahead of their operands'],
    ['tiles-between', 'for (const p of moving) if (p.known === null) onward(p, 1) }', '}', 'the steps of a turn all read the first'],
    ['tiles-ahead', 'const leftAt = ahead * (leftStep ?? 0)', 'const leftAt = 0', 'the steps of a turn read the left elements of its first'],
    ['tiles-add', 'code.get(add).if()', 'code.i32(0).if()', 'sums are never added to what is there'],
  ]),
]
