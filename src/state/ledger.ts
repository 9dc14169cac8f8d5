/**
 * The content that is live in each target, between runs. Written whole and renamed, so that a crash leaves the old one or the new one. One file
 * holds every endpoint's targets; the others' are kept as they are.
 */

import { lstat, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import {
  type EnvId,
  type FunctionName,
  type LedgerEntry,
  type LedgerPage,
  partNames,
  type Undone,
} from '../model/nouns.js';
import { steadyNow } from '../system/clock.js';
import { parseJson } from '../system/json.js';
import { notUtf8, readTextFile } from '../system/text-file.js';

const version = 1;

const deployment = z.object({
  fingerprint: z.string(),
  acceptedAt: z.number(),
  savedAt: z.number().nullable(),
  modTimeBefore: z.string().nullable(),
  modTimeKnown: z.boolean(),
  sawUpdating: z.boolean(),
  unverified: z.boolean(),
});

const entry = z.object({
  function: z.string(),
  env: z.string(),
  sending: z.boolean(),
  live: z.string().nullable(),
  liveSince: z.number().nullable(),
  verified: z.boolean(),
  modTime: z.string().nullable(),
  deploying: deployment.nullable(),
  // `adopted` is not in ledgers of earlier versions, nor is `dismissed`.
  foreign: z
    .object({
      modTime: z.string(),
      ours: z.string(),
      adopted: z.boolean().default(false),
      replaceBy: z.string().nullable().exactOptional(),
    })
    .nullable(),
  // Not in ledgers of earlier versions.
  unsureUntil: z.number().nullable().default(null),
  // Only in ledgers of earlier versions: since when a request that broke may still be carried out.
  adrift: z.object({ since: z.number() }).nullish(),
  sent: z.boolean().optional(),
  goneSince: z.number().nullable().default(null),
  dismissed: z.boolean().default(false),
  // Where a person went back.
  undone: z
    .object({ fingerprint: z.string(), against: z.string().nullable(), dressed: z.boolean().default(false) })
    .optional(),
  parts: z.partialRecord(z.enum(partNames), z.string()).optional(),
  partsUnsureUntil: z.number().optional(),
});

/** How long what is gone is remembered: it may come back. */
const rememberedMs = 30 * 24 * 3600 * 1000;

/** How long a request that broke may still be carried out, for ledgers of earlier versions: as `unsureMs` of a real run. */
const adriftMs = 60_000;

function entriesOf(parsed: readonly z.infer<typeof entry>[], now: number): LedgerEntry[] {
  return parsed
    .filter(({ goneSince, dismissed }) => dismissed || goneSince === null || now - goneSince < rememberedMs)
    .map(({ adrift, parts, partsUnsureUntil, undone, ...one }) => ({
      ...one,
      ...(parts === undefined ? {} : { parts }),
      ...(partsUnsureUntil === undefined ? {} : { partsUnsureUntil }),
      ...(undone === undefined ? {} : { undone: undoneOf(undone) }),
      unsureUntil: one.unsureUntil ?? (adrift == null ? null : adrift.since + adriftMs),
      sent: one.sent ?? wasSent(one),
    }));
}

function undoneOf({ dressed, ...undone }: Required<Undone>): Undone {
  return dressed ? { ...undone, dressed } : undone;
}

function wasSent({
  sending,
  live,
  deploying,
  foreign,
}: Omit<z.infer<typeof entry>, 'adrift' | 'undone'>): boolean {
  return sending || live !== null || deploying !== null || foreign !== null;
}

const file = z.object({
  v: z.literal(version),
  endpoints: z.record(z.string(), z.array(entry)),
});

type Endpoints = Readonly<Record<string, readonly LedgerEntry[]>>;

export interface Ledger {
  /** The endpoint's entries as read at the start. */
  readonly entries: readonly LedgerEntry[];
  /** Where a damaged or future ledger was put; null where there was none. */
  readonly setAside: string | null;
  /** The file that could not be read, and why: nothing is written over it in this run. null: it was, or there is none. */
  readonly unread: string | null;
  /** Takes note that something may have changed; `pages` is called when the next write begins. */
  update(pages: () => readonly LedgerPage[]): void;
  /** Its file was removed: the next `update` writes it, also where nothing is different. */
  forget(): void;
  /** Resolves when all that was noted so far is on the disk, or could not be written. */
  written(): Promise<void>;
  /**
   * Resolves when the disk says of these targets that an upload of them may be on its way. That was noted when the change
   * began, so there is hardly ever anything to wait for, least of all for what was noted of others since.
   */
  marked(name: FunctionName, envs: readonly EnvId[]): Promise<void>;
  /**
   * The configuration moves to another endpoint. When all that is known of the present one is on the disk, `arrive` is
   * given the other's entries: in that moment, so that nothing is noted of the wrong one, and no upload begins unmarked.
   */
  moveTo(endpoint: string, arrive: (entries: readonly LedgerEntry[]) => void): Promise<void>;
  /** Writes what was noted, for some seconds where the disk refuses it, and nothing after that. */
  close(): Promise<void>;
}

export interface LedgerOptions {
  /** The `.tcb-watch` folder; it must exist. */
  readonly folder: string;
  readonly endpoint: string;
  /** Makes the folder again, should somebody delete it meanwhile (`git clean -fdx` does). */
  readonly makeFolder?: () => Promise<unknown>;
  /** Nothing is written: for `status` and `--dry-run`. */
  readonly readOnly?: boolean;
  /** Asked before each write: false once another process writes it. */
  readonly mayWrite?: () => Promise<boolean>;
  /** Reported once for each row of failing writes; the text is the system's. */
  readonly onTrouble: (error: Error) => void;
}

/** Opens the ledger. A damaged one, or one of a later version, is set aside: everything counts as not known then. */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const path = join(options.folder, 'ledger.json');
  const found = await read(path, options.readOnly === true);
  return keepLedger(path, found, found.unread === null ? options : { ...options, readOnly: true });
}

/**
 * Puts the file together, in memory that is used again; what comes before the first difference stays as it is there. Bytes rather than
 * a string: to join strings of megabytes, and to fill fresh memory, takes ten times as long.
 */
function createAssembly(): (endpoints: Readonly<Record<string, readonly LedgerPage[]>>) => Assembled {
  let memory = Buffer.alloc(0);
  let last: readonly Buffer[] = [];
  return (endpoints) => {
    const parts = partsOf(endpoints);
    const size = parts.reduce((sum, { length }) => sum + length, 0);
    let from = parts.findIndex((part, index) => part !== last[index] && last[index]?.equals(part) !== true);
    const isSame = from === -1 && parts.length === last.length;
    if (from === -1) from = parts.length;
    if (memory.length < size) {
      memory = Buffer.allocUnsafe(Math.ceil(size * 1.25));
      from = 0;
    }
    let at = parts.slice(0, from).reduce((sum, { length }) => sum + length, 0);
    for (const part of parts.slice(from)) at += part.copy(memory, at);
    last = parts;
    return { bytes: memory.subarray(0, size), isSame };
  };
}

interface Assembled {
  readonly bytes: Buffer;
  /** As the last time. */
  readonly isSame: boolean;
}

function partsOf(endpoints: Readonly<Record<string, readonly LedgerPage[]>>): readonly Buffer[] {
  const parts: Buffer[] = [Buffer.from(`{"v":${version},"endpoints":{`)];
  Object.entries(endpoints).forEach(([name, pages], index) => {
    parts.push(Buffer.from(`${index === 0 ? '' : ','}${JSON.stringify(name)}:[`));
    pages
      .filter((page) => page.length > 0)
      .forEach((page, at) => {
        if (at > 0) parts.push(comma);
        parts.push(jsonOf(page));
      });
    parts.push(Buffer.from(']'));
  });
  return [...parts, Buffer.from('}}\n')];
}

const comma = Buffer.from(',');
const written = new WeakMap<LedgerPage, Buffer>();

/** A page's entries as JSON, without brackets. Most pages are the same in the next write, and need not be made again. */
function jsonOf(page: LedgerPage): Buffer {
  const known = written.get(page);
  if (known !== undefined) return known;
  const bytes = Buffer.from(page.map((entry) => JSON.stringify(entry)).join(','));
  written.set(page, bytes);
  return bytes;
}

/** How long a ledger is waited for that cannot be read for the moment, ms. */
const lockedLedgerMs = 5000;

interface Found extends Pick<Ledger, 'setAside' | 'unread'> {
  readonly endpoints: Endpoints;
}

async function read(path: string, readOnly: boolean): Promise<Found> {
  const none: Found = { endpoints: {}, setAside: null, unread: null };
  const text = await readTextFile(path, { lockedMs: lockedLedgerMs });
  if (!text.ok && (text.code === 'ENOENT' || text.code === 'ENOTDIR')) return none;
  // Too many open files, a disk that fails for a moment: its text may be good, and is not to be replaced.
  if (!text.ok && text.code !== notUtf8) return { ...none, unread: `${path} (${text.code})` };
  const parsed = file.safeParse(text.ok ? parseJson(text.text) : undefined);
  if (parsed.success) {
    const now = steadyNow();
    const named = Object.entries(parsed.data.endpoints);
    const endpoints = Object.fromEntries(named.map(([name, entries]) => [name, entriesOf(entries, now)]));
    return { ...none, endpoints };
  }
  if (readOnly) return { ...none, setAside: path };
  const aside = `${path}.damaged-${new Date().toISOString().replaceAll(':', '-')}`;
  const moved = await rename(path, aside).then(
    () => aside,
    () => path,
  );
  return { ...none, setAside: moved };
}

async function writeWhole(path: string, bytes: Buffer, { makeFolder }: LedgerOptions): Promise<void> {
  // The library follows a link to what it replaces.
  for (const place of [dirname(path), path])
    if ((await lstat(place).catch(() => null))?.isSymbolicLink() === true) throw linkError(place);
  try {
    await writeFileAtomic(path, bytes, { mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || makeFolder === undefined) throw error;
    await makeFolder();
    await writeFileAtomic(path, bytes, { mode: 0o600 });
  }
}

/** As the system has it for a file that was opened without following links. */
function linkError(path: string): Error {
  return Object.assign(new Error(`ELOOP: ${path} is a link`), { code: 'ELOOP' });
}

/**
 * A start or a branch switch brings hundreds of changes one after the other: one write takes what comes within this time, ms. Well
 * below any quiet time, so that a mark is on the disk before its upload would have to wait for it.
 */
const gatherMs = 20;

/**
 * A write that was refused is repeated after 0.2, 0.4, … 5 s, for as long as it is: the disk may have space again, and on Windows
 * nobody can replace a file that another program reads.
 */
const retryMs = 200;
const retryCapMs = 5000;
/** How long the end waits for a write that is refused. */
const closeMs = 2000;

function keepLedger(
  path: string,
  { endpoints: start, setAside, unread }: Found,
  options: LedgerOptions,
): Ledger {
  let endpoints: Readonly<Record<string, readonly LedgerPage[]>> = Object.fromEntries(
    Object.entries(start).map(([name, entries]) => [name, [entries]]),
  );
  let endpoint = options.endpoint;
  let pending: (() => readonly LedgerPage[]) | null = null;
  let writing: Promise<void> | null = null;
  const assemble = createAssembly();
  /** The file that was put together last is on the disk. */
  let isOnDisk = false;
  /** The entries that the disk holds, and those that it is about to hold: while one is being written, both count. */
  let saved: readonly LedgerPage[] = [];
  let saving: readonly LedgerPage[] | null = null;
  /** Refusals since the last write that held. */
  let failures = 0;
  let retry: NodeJS.Timeout | undefined;
  let life: 'open' | 'closing' | 'closed' = 'open';
  /** How many wait for what is pending to be on the disk, and how to wake the write that is being put off. */
  let waiting = 0;
  let hurry = (): void => undefined;

  const gathered = (): Promise<void> =>
    new Promise((resolve) => {
      if (waiting > 0) return resolve();
      const timer = setTimeout(resolve, gatherMs);
      hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  /** False: the disk refused it. */
  const writeOnce = async (pages: readonly LedgerPage[]): Promise<boolean> => {
    endpoints = { ...endpoints, [endpoint]: pages };
    if (options.readOnly === true) return true;
    if (options.mayWrite !== undefined && !(await options.mayWrite())) return true;
    const { bytes, isSame } = assemble(endpoints);
    if (isSame && isOnDisk) return true;
    isOnDisk = false;
    saving = pages;
    try {
      await writeWhole(path, bytes, options);
      isOnDisk = true;
      saved = pages;
      failures = 0;
    } catch (error) {
      if (failures === 0) options.onTrouble(error instanceof Error ? error : new Error(String(error)));
      failures += 1;
    }
    saving = null;
    return failures === 0;
  };

  const retryLater = (): void => {
    if (life !== 'open') return;
    const waitMs = Math.min(retryMs * 2 ** (failures - 1), retryCapMs);
    retry = setTimeout(write, waitMs).unref();
  };

  const writeAll = async (): Promise<void> => {
    for (let next = pending; next !== null; next = pending) {
      await gathered();
      next = pending ?? next;
      pending = null;
      const entries = next();
      if (await writeOnce(entries)) continue;
      pending ??= () => entries;
      retryLater();
      break;
    }
    writing = null;
  };

  const write = (): void => {
    clearTimeout(retry);
    if (pending !== null && life !== 'closed') writing ??= writeAll();
  };

  const written = async (): Promise<void> => {
    waiting += 1;
    write();
    hurry();
    while (writing !== null) await writing;
    waiting -= 1;
  };

  return {
    entries: start[endpoint] ?? [],
    setAside,
    unread,
    update(pages) {
      pending = pages;
      write();
    },
    forget() {
      isOnDisk = false;
      saved = [];
    },
    written,
    async marked(name, envs) {
      const isMarked = (pages: readonly LedgerPage[]): boolean => {
        const entries = pages.filter(([first]) => first?.function === name).flat();
        return envs.every((env) => entries.some((one) => one.env === env && one.sending));
      };
      if (!isMarked(saved) || (saving !== null && !isMarked(saving))) await written();
    },
    async moveTo(other, arrive) {
      // Something may be noted in the very turn in which the rest was written.
      do await written();
      while (writing !== null);
      // Refused until now: it goes with the next write.
      if (pending !== null) endpoints = { ...endpoints, [endpoint]: pending() };
      pending = null;
      endpoint = other;
      saved = [];
      arrive((endpoints[other] ?? []).flat());
    },
    async close() {
      const since = performance.now();
      life = 'closing';
      await written();
      while (pending !== null && performance.now() - since < closeMs) {
        await pause(retryMs);
        await written();
      }
      life = 'closed';
    },
  };
}
