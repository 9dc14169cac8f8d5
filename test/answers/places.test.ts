/** Where code threw, as an editor opens it: from stacks as Node writes them, through source maps, and from texts that are none. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { framesOf, placesOf } from '../../src/answers/places.js';
import { defaultConfig } from '../../src/config/config.js';
import type { Config } from '../../src/config/model.js';
import { needs } from '../support/needs.js';
import { temporaryFolder } from '../support/rig.js';
import { plainFunction } from '../support/snapshot-project.js';

const at = (line: string): readonly string[] =>
  framesOf(`Error: no\n    ${line}`).map(({ file, line: row, column }) => `${file}:${row}:${column}`);

describe('the frames of a stack', () => {
  it.each<readonly [string, string, readonly string[]]>([
    ['a function', 'at exports.main (/var/user/index.js:3:9)', ['index.js:3:9']],
    ['no name', 'at /var/user/lib/a.js:3:9', ['lib/a.js:3:9']],
    ['an async one', 'at async exports.main (/var/user/index.js:3:9)', ['index.js:3:9']],
    ['an ES module', 'at async main (file:///var/user/a%20b.mjs:3:9)', ['a b.mjs:3:9']],
    ['an entry that moved', 'at main (/var/user/src/__tcb-watch-entry.app.js:3:9)', ['src/app.js:3:9']],
    ['the helper', 'at probe (/var/user/__tcb-watch.cjs:1:900)', []],
    ['Node itself', 'at Module._compile (node:internal/modules/cjs/loader:1554:14)', []],
    ['a package', 'at get (/var/user/node_modules/got/index.js:1:1)', []],
    ['another folder', 'at run (/var/runtime/node/bootstrap.js:1:1)', []],
    ['what climbs out', 'at x (/var/user/../../etc/passwd:1:1)', []],
    ['what climbs out of Windows', 'at x (/var/user/..\\..\\secret.js:1:1)', []],
    ['a file of the web', 'at x (https://example.com/a.js:1:1)', []],
    ['eval', 'at eval (eval at main (/var/user/index.js:1:1), <anonymous>:1:1)', []],
    ['no place', 'at main', []],
    ['no frame', 'says (/var/user/index.js:3:9)', []],
  ])('%s', (_, line, frames) => {
    expect(at(line)).toEqual(frames);
  });

  it('comes to an end with texts that are made to be slow', () => {
    for (const part of ['(', 'a:1:', ' at ', '/var/user/', ':1:1)'])
      expect(framesOf(`at ${part.repeat(200_000)}x`)).toEqual([]);
  });
});

interface Made {
  readonly config: Config;
  write(path: string, text: string): Promise<void>;
}

async function project(functions: Config['functions'] = {}): Promise<Made> {
  const folder = await temporaryFolder();
  const root = join(folder, 'functions');
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  await write('functions/pay/index.js', '');
  return { config: defaultConfig(folder, { envs: ['dev'], functionsRoots: [root], functions }), write };
}

const stack = (file: string, place: string): string => `Error: no\n    at main (/var/user/${file}:${place})`;
const originOf = (config: Config, isLatest = true) => ({
  ...{ config, function: 'pay', isLatest },
  folder: join(config.folder, 'functions/pay'),
});

describe('from the project', () => {
  it('a file of the function, and one of a shared folder', async () => {
    const { config, write } = await project();
    await write('functions/common/log.js', '');
    const text = `${stack('common/log.js', '2:3')}\n    at main (/var/user/index.js:5:1)`;
    expect(await placesOf(text, originOf(config))).toEqual([
      'functions/common/log.js:2:3',
      'functions/pay/index.js:5:1',
    ]);
    expect(await placesOf(null, originOf(config))).toEqual([]);
  });

  it('the source of what was bundled, by the map of the bundle, while that is the latest', async () => {
    const { config, write } = await project({ pay: { ...plainFunction, build: { kind: 'esbuild' } } });
    await write('functions/pay/lib/fail.ts', '');
    // Column 1 is line 2, column 1 of the source; from column 5 on it is line 3, column 5.
    const map = { version: 3, sources: ['../../../functions/pay/lib/fail.ts'], mappings: 'AACA,IACI' };
    await write('.tcb-watch/builds/pay.map', JSON.stringify(map));
    const place = (text: string, isLatest = true) => placesOf(text, originOf(config, isLatest));
    expect(await place(stack('index.js', '1:5'))).toEqual(['functions/pay/lib/fail.ts:3:5']);
    expect(await place(stack('index.js', '1:4'))).toEqual(['functions/pay/lib/fail.ts:2:1']);
    expect(await place(stack('index.js', '1:5'), false)).toEqual(['functions/pay/index.js:1:5']);
    expect(await place(stack('other.js', '1:5'))).toEqual(['functions/pay/other.js:1:5']);
  });

  it('three places at most, the innermost first', async () => {
    const { config } = await project();
    const frames = [1, 2, 3, 4].map((line) => `    at f (/var/user/index.js:${line}:1)`);
    expect(await placesOf(['Error: no', ...frames].join('\n'), originOf(config))).toEqual(
      [1, 2, 3].map((line) => `functions/pay/index.js:${line}:1`),
    );
  });

  it('its own file where a shared folder has one of that name, and its own place where none has', async () => {
    const { config, write } = await project();
    await write('functions/common/log.js', '');
    await write('functions/pay/common/log.js', '');
    const place = (file: string) => placesOf(stack(file, '2:3'), originOf(config));
    expect(await place('common/log.js')).toEqual(['functions/pay/common/log.js:2:3']);
    expect(await place('common/gone.js')).toEqual(['functions/pay/common/gone.js:2:3']);
  });

  it('nothing of a stack beyond its first 8000 characters, and no map over 8 MiB', async () => {
    const { config, write } = await project();
    const frame = 'at main (/var/user/index.js:1:1)';
    const beyond = (characters: number) => framesOf(`${'x'.repeat(characters - 1)}\n${frame}`);
    expect([beyond(8000 - frame.length).length, beyond(8001).length]).toEqual([1, 0]);
    await write('functions/pay/a.ts', '');
    const map = '{"version":3,"sources":["a.ts"],"mappings":"AACA"}';
    const mapped = async (bytes: number): Promise<readonly string[]> => {
      await write('functions/pay/index.js.map', map.padEnd(bytes));
      return placesOf(stack('index.js', '1:1'), originOf(config));
    };
    expect(await mapped(8 * 1024 * 1024)).toEqual(['functions/pay/a.ts:2:1']);
    expect(await mapped(8 * 1024 * 1024 + 1)).toEqual(['functions/pay/index.js:1:1']);
  });

  it('the source that a map names from a root of its own, if it is there', async () => {
    const { config, write } = await project();
    await write('functions/pay/src/a.ts', '');
    const map = { version: 3, sourceRoot: 'src', sources: ['a.ts', 'gone.ts'], mappings: 'AACA;ACAA' };
    await write('functions/pay/index.js.map', JSON.stringify(map));
    expect(await placesOf(stack('index.js', '1:1'), originOf(config))).toEqual([
      'functions/pay/src/a.ts:2:1',
    ]);
    expect(await placesOf(stack('index.js', '2:1'), originOf(config))).toEqual([
      'functions/pay/index.js:2:1',
    ]);
  });

  it('the source of what a command compiled, by the map next to it', async () => {
    const command = { kind: 'command', command: 'tsc', output: 'dist' } as const;
    const { config, write } = await project({ pay: { ...plainFunction, build: command } });
    // The first line of the output is the second of the source.
    await write('functions/pay/src/index.ts', '');
    const map = { version: 3, sources: ['../src/index.ts'], names: [], mappings: 'AACA' };
    await write('functions/pay/dist/index.js.map', JSON.stringify(map));
    expect(await placesOf(stack('index.js', '1:1'), originOf(config))).toEqual([
      'functions/pay/src/index.ts:2:1',
    ]);
  });

  it.each<readonly [string, string]>([
    ['no JSON', '{'],
    ['no map', '{"version":3}'],
    ['mappings that are none', '{"version":3,"sources":["a.ts"],"mappings":"!!!"}'],
    ['sources that are none', '{"version":3,"sources":[1],"mappings":"AAAA"}'],
    ['a source outside the project', '{"version":3,"sources":["../../../../a.ts"],"mappings":"AAAA"}'],
  ])('as it runs with a map that cannot be used: %s', async (_, map) => {
    const { config, write } = await project();
    await write('functions/pay/index.js.map', map);
    expect(await placesOf(stack('index.js', '1:1'), originOf(config))).toEqual([
      'functions/pay/index.js:1:1',
    ]);
  });

  it('no map through a link that leads out of the project', async () => {
    needs('links');
    const { config } = await project();
    const elsewhere = await temporaryFolder();
    await writeFile(join(elsewhere, 'a.map'), '{"version":3,"sources":["a.ts"],"mappings":"AACA"}');
    await symlink(join(elsewhere, 'a.map'), join(config.folder, 'functions/pay/index.js.map'));
    expect(await placesOf(stack('index.js', '1:1'), originOf(config))).toEqual([
      'functions/pay/index.js:1:1',
    ]);
  });
});
