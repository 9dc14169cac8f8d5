import { it } from 'vitest';
import { World } from './world.js';
it('survey', { timeout: 600000 }, () => {
  const tally = new Map<string, number[]>();
  const n = Number(process.env.N ?? 1500); const from = Number(process.env.FROM ?? 1);
  for (let seed = from; seed < from + n; seed += 1) {
    let text = 'ok';
    let world: World | null = null;
    try { world = new World(seed); for (let i = 0; i < 60; i += 1) world.step(); world.rest(); }
    catch (e: any) { text = (e.stack ?? '').includes('must (') ? e.message.replace(/fn-\d/g,'F').replace(/\/(dev|test|stage|prod)/g,'/E').replace(/\d+/g,'N').replace(/F-(N|bad)/g,'C').replace(/runs (C|null|ancient|theirs)/,'runs X') : e.stack.slice(0, 300); }
    tally.set(text, [...(tally.get(text) ?? []), seed]);
  }
  for (const [k, v] of [...tally].sort((a, b) => b[1].length - a[1].length)) console.log(v.length, k, v.slice(0, 6).join(' '));
});
