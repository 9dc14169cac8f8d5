import { it } from 'vitest';
import { World } from './world.js';
it('one', () => {
  const world = new World(Number(process.env.SEED));
  try { for (let i = 0; i < 60; i += 1) world.step(); world.rest(); }
  catch (e: any) { console.log(world.log.slice(-Number(process.env.L ?? 25)).join('\n')); console.log(e.message, e.stack.split('\n').slice(1,5).join('\n'));
   const t = /(fn-\d)\/(\w+)/.exec(e.message); 
   if (t) { console.log(JSON.stringify(world.state.functions.get(t[1]!)?.targets.get(t[2]!)), JSON.stringify({...world.state.functions.get(t[1]!), targets: 0})); console.log(JSON.stringify(world.state.envs.get(t[2]!))); }
   const {functions, envs, remembered, ...rest} = world.state; console.log(JSON.stringify({...rest, requests: [...rest.requests]}));
   console.log(JSON.stringify([...world.cloud])); }
});
