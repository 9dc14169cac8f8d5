import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { gathered } from '../../src/cli/process.js';

it('writes at once what is said in one turn of the event loop, and nothing where nothing was said', async () => {
  const written: string[] = [];
  const output = gathered((text) => written.push(text));
  output.write('one\n');
  output.write('two\n');
  expect(written).toEqual([]);
  await turn();
  expect(written).toEqual(['one\ntwo\n']);
  output.write('three\n');
  output.flush();
  output.flush();
  expect(written).toEqual(['one\ntwo\n', 'three\n']);
  await turn();
  await turn();
  expect(written).toHaveLength(2);
  output.write('four\n');
  output.close();
  output.write('five\n');
  expect(written.slice(2)).toEqual(['four\n', 'five\n']);
});
