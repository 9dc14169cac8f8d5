/** The bodies of uploads: kept while they may have to be sent again, and prepared while a function's files grow quiet. */

import type { Content } from '../content/content.js';
import type { PackedFile } from '../content/snapshot.js';
import type { ScanResult } from '../model/event.js';
import type { EnvId, Fingerprint, FunctionName } from '../model/nouns.js';
import { collectGarbage } from '../system/garbage.js';
import { writeZip, type ZipEntry } from '../zip/zip.js';
import { draftUploadBody } from './body.js';

export interface UploadContent {
  readonly body: Buffer;
  readonly zipBytes: number;
  readonly files: number;
  /** The files that the body was packed of, once: from then on they are the asker's, and not kept here. null: it was asked for before. */
  takeFiles(): readonly PackedFile[] | null;
}

export type BodyResult =
  | ({ readonly ok: true } & UploadContent)
  | { readonly ok: false; readonly scan: ScanResult };

export interface UploadBodies {
  /** The body of exactly this content for these environments, or what is on disk instead. */
  bodyFor(name: FunctionName, fingerprint: Fingerprint, envs: readonly EnvId[]): Promise<BodyResult>;
  /**
   * The body of files that were sent before, as they stood in their zip. It is not kept.
   * @param entries what goes into the zip: the files, or the files with the helper
   */
  bodyOf(
    name: FunctionName,
    files: readonly PackedFile[],
    entries: readonly ZipEntry[],
    envs: readonly EnvId[],
  ): Promise<UploadContent>;
  /**
   * Scans the disk and makes the body of the content there, unless that is `wanted` already. A guess that nothing relies on: the
   * scan at the end of the quiet time decides what is sent.
   */
  prepare(
    name: FunctionName,
    wanted: Fingerprint | null,
    envs: readonly EnvId[],
    helperIn?: ReadonlySet<EnvId>,
  ): Promise<void>;
  /** This body was accepted everywhere: it will not be sent again. */
  done(name: FunctionName, body: Buffer): void;
}

interface Kept extends UploadContent {
  readonly fingerprint: Fingerprint;
  readonly envs: string;
}

/** Gives it away once, and forgets it. */
function givenOnce<T>(thing: T): () => T | null {
  let left: T | null = thing;
  return () => {
    const given = left;
    left = null;
    return given;
  };
}

/** Bytes of all kept bodies: beyond it the oldest are made again when they are sent. */
const keepBytes = 32 * 1024 * 1024;

/** A zip of this size is made room for: what the save before it left, its content and its body, is as much. */
const largeBytes = 4 * 1024 * 1024;

export function createUploadBodies(content: Pick<Content, 'pack' | 'sweep'>): UploadBodies {
  const kept = new Map<FunctionName, Kept>();

  const keep = (name: FunctionName, entry: Kept): void => {
    kept.delete(name);
    kept.set(name, entry);
    let total = 0;
    for (const { body } of kept.values()) total += body.length;
    for (const [oldest, { body }] of kept) {
      if (total <= keepBytes || oldest === name) break;
      kept.delete(oldest);
      total -= body.length;
    }
  };

  const make = async (
    name: FunctionName,
    fingerprint: Fingerprint,
    envs: readonly EnvId[],
  ): Promise<BodyResult> => {
    // Two bodies of the largest size at once would cost three times the zip. What was kept is of older content by now.
    kept.delete(name);
    const draft = draftUploadBody({ functionname: name, envs });
    const packed = await content.pack(name, fingerprint, (zipBytes) => {
      if (zipBytes >= largeBytes) collectGarbage();
      return draft.allocate(zipBytes);
    });
    if (!packed.ok) return { ok: false, scan: packed.scan };
    const body = await draft.finish(packed.zip);
    const entry = {
      fingerprint,
      envs: envs.join(' '),
      body,
      zipBytes: packed.zip.length,
      files: packed.files,
      takeFiles: givenOnce(packed.entries),
    };
    keep(name, entry);
    return { ok: true, ...entry };
  };

  /** A body that is being prepared when the upload begins is not made twice. */
  const making = new Map<string, Promise<BodyResult>>();

  const bodyFor: UploadBodies['bodyFor'] = (name, fingerprint, envs) => {
    const before = kept.get(name);
    if (before?.fingerprint === fingerprint && before.envs === envs.join(' '))
      return Promise.resolve({ ok: true, ...before });
    const key = [name, fingerprint, ...envs].join(' ');
    const started = making.get(key) ?? make(name, fingerprint, envs).finally(() => making.delete(key));
    making.set(key, started);
    return started;
  };

  return {
    bodyFor,
    async bodyOf(name, files, entries, envs) {
      const draft = draftUploadBody({ functionname: name, envs });
      const zip = await writeZip(entries, draft.allocate);
      const body = await draft.finish(zip);
      return { body, zipBytes: zip.length, files: files.length, takeFiles: givenOnce(files) };
    },
    async prepare(name, wanted, envs, helperIn = new Set()) {
      const result = await content.sweep(name);
      if (result?.ok !== true || result.fingerprint === wanted) return;
      const { fingerprint, dressed = null } = result;
      // Environments with the helper and those without make two requests: the larger one is prepared.
      const dressedEnvs = envs.filter((env) => dressed !== null && helperIn.has(env));
      if (dressed !== null && dressedEnvs.length > 0) await bodyFor(name, dressed, dressedEnvs);
      else await bodyFor(name, fingerprint, envs);
    },
    done(name, body) {
      if (kept.get(name)?.body === body) kept.delete(name);
    },
  };
}
