/**
 * Watches with one handle for each place and none below it, where the system reports of everything below a folder by itself.
 *
 * For Windows. NTFS refuses to rename or to move a folder while a handle is open on any folder below it, so that with a handle on
 * every folder neither Explorer nor an editor could rename a folder that has subfolders. `fs.watch` with `recursive` opens the
 * one folder, and ReadDirectoryChangesW reports of everything below it. No folder goes deaf by being replaced, so that nothing has
 * to be repaired. Two things are left: where the system's buffer runs over the name is null, and where the folder itself is
 * deleted there is an EPERM error.
 */

import { watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { isWithin } from '../system/paths.js';
import type { Place } from './places.js';
import { hint, hintEverything, type Session, type SessionOptions, watchedFolders } from './session.js';
import { lookThrough } from './stat.js';

/** The part of `fs.watch` that is used: for tests that say what Windows says. `name` is relative to the folder. */
export type WatchFolder = (
  folder: string,
  onEvent: (kind: 'rename' | 'change', name: string | null) => void,
) => { close(): void; on(event: 'error', listener: (error: Error) => void): unknown };

type Handle = ReturnType<WatchFolder>;

export class RecursiveSession implements Session {
  readonly ready = Promise.resolve();
  readonly forcedPolling = false;
  readonly #options: SessionOptions;
  readonly #watchFolder: WatchFolder;
  readonly #handles = new Map<string, Handle>();
  #closed = false;

  constructor(options: SessionOptions, watchFolder: WatchFolder = watchBelow) {
    this.#options = options;
    this.#watchFolder = watchFolder;
    this.#arm();
  }

  directories(): number {
    return [...this.#handles.keys()].filter((dir) => dir !== this.#options.probe.dir).length;
  }

  moved(place: Place, before: string | null): void {
    if (before !== null) this.#close(before);
    this.#arm();
    // A file that came before the handle was there has made no event.
    if (place.real !== null) hint(this.#options, place);
  }

  recheck(): Promise<void> {
    this.#arm();
    return this.ready;
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const dir of [...this.#handles.keys()]) this.#close(dir);
    return this.ready;
  }

  /** A handle for each place, and none for a place within another: it would keep the folders between from being renamed. */
  #arm(): void {
    const all = new Set(watchedFolders(this.#options));
    const wanted = [...all].filter((dir) => ![...all].some((top) => top !== dir && isWithin(dir, top)));
    for (const dir of [...this.#handles.keys()]) if (!wanted.includes(dir)) this.#close(dir);
    for (const dir of wanted) if (!this.#handles.has(dir)) this.#open(dir);
  }

  #open(dir: string): void {
    if (this.#closed) return;
    try {
      const handle = this.#watchFolder(dir, (kind, name) => {
        if (this.#handles.get(dir) === handle) this.#take(kind, dir, name);
      });
      this.#handles.set(dir, handle);
      handle.on('error', (error) => {
        if (this.#handles.get(dir) === handle) this.#lose(dir, error);
      });
    } catch (error) {
      setImmediate(() => this.#lose(dir, error));
    }
  }

  #close(dir: string): void {
    this.#handles.get(dir)?.close();
    this.#handles.delete(dir);
  }

  /** A folder that is gone is the business of `places`, which waits for its return; any other loss ends the session. */
  #lose(dir: string, error: unknown): void {
    if (this.#closed) return;
    this.#close(dir);
    this.#options.places.look();
    // Where it was replaced, `moved` has opened the new one by now.
    const isThere = lookThrough(dir)?.isDirectory() === true;
    if (isThere && !this.#handles.has(dir)) this.#options.onError(error);
  }

  #take(kind: 'rename' | 'change', dir: string, name: string | null): void {
    const { places, probe, ignores, onTouched, onRootChanged } = this.#options;
    if (name === null) {
      hintEverything(this.#options);
      return;
    }
    const path = join(dir, name);
    if (probe.dir !== null && isWithin(path, probe.dir)) {
      probe.seen();
      return;
    }
    const parent = places.at(dirname(path));
    if (kind === 'rename' && parent?.kind === 'root') onRootChanged(parent.given);
    const given = places.toGiven(path);
    if (!ignores(given, undefined)) onTouched(given);
  }
}

const watchBelow: WatchFolder = (folder, onEvent) => watch(folder, { recursive: true }, onEvent);
