/**
 * Four packages are used beneath what they promise. They are pinned exactly, and this says at once what a new version lacks:
 * docs/decisions.md says why each is used so. Read what a new version does there before it is taken.
 */
import { readFileSync } from 'node:fs';
import * as archiver from 'archiver';
import { FSWatcher } from 'chokidar';
import * as undici from 'undici';
import { expect, it } from 'vitest';
import { z } from 'zod';

const manifest = z.object({ dependencies: z.record(z.string(), z.string()) });
const read = (place: string): unknown => JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8'));
const { dependencies } = manifest.parse(read('../package.json'));

const typeOf = (holder: object, name: string): string => typeof Reflect.get(holder, name);

it.each(['archiver', 'blessed', 'chokidar', 'undici'])('%s is pinned to one version', (name) => {
  expect(
    dependencies[name],
    `${name} is used beneath its public surface: name one exact version in package.json, without ^ or ~.`,
  ).toMatch(/^\d+\.\d+\.\d+$/);
});

it('chokidar closes one directory alone, and lists what it watches', async () => {
  const watcher = new FSWatcher({});
  try {
    const why = 'src/watch/tree.ts needs it to tell and to close the watches of a directory';
    expect(typeOf(watcher, '_closePath'), `chokidar has no _closePath any more: ${why}.`).toBe('function');
    expect(Reflect.get(watcher, '_closers'), `chokidar has no Map _closers any more: ${why}.`).toBeInstanceOf(
      Map,
    );
    const folder = import.meta.dirname;
    watcher.add(folder);
    await new Promise((resolve) => watcher.once('ready', () => resolve(null)));
    const watched = [...watcher._closers.keys()];
    expect(watched, `chokidar's _closers is not by path any more: ${why}.`).toContain(
      folder.replaceAll('\\', '/'),
    );
  } finally {
    await watcher.close();
  }
});

it('chokidar reads directories through a method that can be overridden', async () => {
  const asked: string[] = [];
  class Listening extends FSWatcher {
    override _readdirp(...[root, options]: Parameters<FSWatcher['_readdirp']>) {
      asked.push(root);
      const stream = super._readdirp(root, options);
      expect(
        stream === undefined || typeof stream._read === 'function',
        'What chokidar reads directories with has no _read any more: src/watch/tree.ts takes turns there.',
      ).toBe(true);
      return stream;
    }
  }
  const watcher = new Listening({});
  watcher.add(import.meta.dirname);
  await new Promise((resolve) => watcher.once('ready', () => resolve(null)));
  await watcher.close();
  expect(
    asked,
    'chokidar does not call _readdirp any more: src/watch/tree.ts has it skip the state of every file there.',
  ).not.toEqual([]);
});

it('archiver takes a format of ours', () => {
  const why = 'src/zip/zip.ts makes a format of its own, as ZipArchive does';
  const made = new archiver.ZipArchive({});
  made.on('error', () => undefined);
  expect(Reflect.get(made, '_format'), `archiver does not keep its format in _format any more: ${why}.`).toBe(
    'zip',
  );
  const inside: unknown = Reflect.get(made, '_module');
  expect(typeof inside, `archiver does not keep its format's module in _module any more: ${why}.`).toBe(
    'object',
  );
  expect(typeOf(made, '_modulePipe'), `archiver has no _modulePipe any more: ${why}.`).toBe('function');
  for (const name of ['append', 'finalize']) {
    const has =
      typeof inside === 'object' && inside !== null && typeof Reflect.get(inside, name) === 'function';
    expect(has, `archiver's modules have no ${name} any more: ${why}.`).toBe(true);
  }
  made.abort();
});

it('blessed has its terminal part in a file of its own', async () => {
  const why = 'src/monitor/terminal.ts loads it alone, without the widgets';
  const loaded: unknown = await import('blessed/lib/program.js').catch(() => ({}));
  const program: unknown = Reflect.get(Object(loaded), 'default');
  expect(typeof program, `blessed has no lib/program.js any more: ${why}.`).toBe('function');
});

it('undici has its agent and its connector in files of their own', async () => {
  const why =
    'src/cloud/http-parts.ts loads them alone; without them the whole of undici is loaded, 100 ms later';
  const agent: unknown = await import('undici/lib/dispatcher/agent.js').catch(() => ({}));
  const connect: unknown = await import('undici/lib/core/connect.js').catch(() => ({}));
  const is = (loaded: unknown, wanted: unknown) => Reflect.get(Object(loaded), 'default') === wanted;
  expect(is(agent, undici.Agent), `undici has no lib/dispatcher/agent.js any more: ${why}.`).toBe(true);
  expect(is(connect, undici.buildConnector), `undici has no lib/core/connect.js any more: ${why}.`).toBe(
    true,
  );
});
