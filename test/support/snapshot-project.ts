import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Config } from '../../src/config/model.js';
import { entryNames } from '../../src/content/entry.js';
import { createIgnoreRules } from '../../src/content/ignore.js';
import type { SnapshotSource } from '../../src/content/source.js';
import { needs } from './needs.js';

/** A fresh folder that goes away with its test. */
export interface Project {
  readonly folder: string;
  path(name: string): string;
  /** Writes files; a name that ends in a slash makes a folder. */
  write(files: Readonly<Record<string, string | Buffer>>): void;
  link(name: string, target: string): void;
  remove(name: string): void;
}

export function freshProject(): Project {
  const folder = realpathSync.native(mkdtempSync(join(tmpdir(), 'tcb-watch-content-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string): string => join(folder, ...name.split('/'));
  return {
    folder,
    path,
    write(files) {
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(name.endsWith('/') ? path(name) : dirname(path(name)), { recursive: true });
        if (!name.endsWith('/')) writeFileSync(path(name), content);
      }
    },
    link(name, target) {
      needs('links');
      mkdirSync(dirname(path(name)), { recursive: true });
      const isFolder = statSync(target, { throwIfNoEntry: false })?.isDirectory() !== false;
      symlinkSync(target, path(name), isFolder ? 'junction' : 'file');
    },
    remove: (name) => rmSync(path(name), { recursive: true }),
  };
}

export type DiscoveryConfig = Pick<
  Config,
  'file' | 'folder' | 'functionsRoots' | 'envs' | 'shared' | 'functions' | 'ignore' | 'token'
>;

export function discoveryConfig(project: Project, over: Partial<DiscoveryConfig> = {}): DiscoveryConfig {
  return {
    file: null,
    token: null,
    folder: project.folder,
    functionsRoots: [project.path('fns')],
    envs: ['dev', 'test'],
    shared: {},
    functions: {},
    ignore: [],
    ...over,
  };
}

export const plainFunction = {
  dir: null,
  envs: null,
  ignore: [],
  enabled: true,
  build: null,
  answers: null,
  proof: null,
};

/** The function `fn` of a project, with the built-in rules. */
export function sourceOf(project: Project, over: Partial<SnapshotSource> = {}): SnapshotSource {
  return {
    name: 'fn',
    dir: project.path('fn'),
    projectFolder: project.folder,
    rules: createIgnoreRules([]),
    entries: entryNames,
    shared: [],
    ...over,
  };
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
