/**
 * Contents by their hash, within a bound: as they were read, until they are deflated, and then deflated. So a zip holds the
 * very bytes that were hashed, and packing again after a save deflates one file.
 */

import { inflateRawSync } from 'node:zlib';
import { type Packed, packContent } from '../zip/deflate.js';

export interface ContentCache {
  /** Begins to read files: see `Reader`. */
  reader(): Reader;
  /** The content in a zip's form, deflated on this thread up to `inlineBytes`; null if it is not kept any more. */
  packed(sha256: string, inlineBytes?: number): Packed | Promise<Packed> | null;
  /** The content itself; null if it is not kept any more. */
  read(sha256: string): Buffer | null;
  /** The same for content that is at hand. */
  pack(sha256: string, content: Buffer): Packed | Promise<Packed>;
  /** One more look, or one less, holds files of these hashes. What nobody holds is not kept. */
  hold(hashes: Iterable<string>): void;
  letGo(hashes: Iterable<string>): void;
}

/** Who reads files holds each content until it ends: a look that comes to nothing leaves nothing behind. */
export interface Reader {
  /** Keeps what was read until it is packed, or until newer content needs the room. */
  keep(sha256: string, content: Buffer): void;
  /** The content in a zip's form. */
  pack(sha256: string, content: Buffer): Packed | Promise<Packed>;
  /** A file of this hash holds something else by now: if it was the only one, nobody can want its content any more. */
  overwritten(sha256: string): void;
  end(): void;
}

/** Half of it for contents as read, half for deflated ones. */
const defaultBytes = 64 * 1024 * 1024;

export function createContentCache(boundBytes: number = defaultBytes): ContentCache {
  const raw = createBounded<Buffer>(boundBytes / 2, (content) => content.length);
  const deflated = createBounded<Packed>(boundBytes / 2, ({ body }) => body.length);
  const running = new Map<string, Promise<Packed>>();
  /** How many files, of the last looks and of those under way, have each content. */
  const holders = new Map<string, number>();

  const free = (sha256: string): void => {
    raw.delete(sha256);
    deflated.delete(sha256);
  };
  const hold = (hashes: Iterable<string>): void => {
    for (const sha256 of hashes) holders.set(sha256, (holders.get(sha256) ?? 0) + 1);
  };
  const letGo = (hashes: Iterable<string>): void => {
    for (const sha256 of hashes) {
      const left = (holders.get(sha256) ?? 1) - 1;
      if (left > 0) holders.set(sha256, left);
      else {
        holders.delete(sha256);
        free(sha256);
      }
    }
  };

  const deflate = async (sha256: string, content: Buffer, inlineBytes?: number): Promise<Packed> => {
    const packed = await packContent(content, inlineBytes);
    running.delete(sha256);
    raw.delete(sha256);
    if (holders.has(sha256)) deflated.set(sha256, packed);
    return packed;
  };

  const pack = (sha256: string, content: Buffer, inlineBytes?: number): Packed | Promise<Packed> => {
    const ready = deflated.get(sha256) ?? running.get(sha256);
    if (ready !== undefined) return ready;
    const started = deflate(sha256, content, inlineBytes);
    running.set(sha256, started);
    return started;
  };

  const reader = (): Reader => {
    const read: string[] = [];
    const take = (sha256: string): void => {
      read.push(sha256);
      hold([sha256]);
    };
    return {
      keep(sha256, content) {
        take(sha256);
        if (!deflated.has(sha256)) raw.set(sha256, content);
      },
      pack(sha256, content) {
        take(sha256);
        return pack(sha256, content);
      },
      overwritten(sha256) {
        if (holders.get(sha256) === 1) free(sha256);
      },
      end: () => letGo(read),
    };
  };

  return {
    reader,
    packed(sha256, inlineBytes) {
      const ready = deflated.get(sha256) ?? running.get(sha256);
      if (ready !== undefined) return ready;
      const content = raw.get(sha256);
      return content === undefined ? null : pack(sha256, content, inlineBytes);
    },
    read(sha256) {
      const packed = deflated.get(sha256);
      if (packed === undefined) return raw.get(sha256) ?? null;
      return packed.method === 8 ? inflateRawSync(packed.body) : packed.body;
    },
    pack,
    hold,
    letGo,
  };
}

interface Bounded<T> {
  has(key: string): boolean;
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  delete(key: string): void;
}

/** The cost of an entry next to its bytes: its key, the map's slot, the buffer's own head. */
const entryBytes = 300;

/** Forgets what was used longest ago once it holds more than `bound` bytes; does not take what alone is more. */
function createBounded<T>(bound: number, sizeOf: (value: T) => number): Bounded<T> {
  const values = new Map<string, T>();
  let total = 0;
  const remove = (key: string): void => {
    const value = values.get(key);
    if (value === undefined) return;
    values.delete(key);
    total -= sizeOf(value) + entryBytes;
  };
  return {
    has: (key) => values.has(key),
    get(key) {
      const value = values.get(key);
      if (value === undefined) return undefined;
      values.delete(key);
      values.set(key, value);
      return value;
    },
    set(key, value) {
      remove(key);
      if (sizeOf(value) + entryBytes > bound) return;
      values.set(key, value);
      total += sizeOf(value) + entryBytes;
      for (const oldest of values.keys()) {
        if (total <= bound) break;
        remove(oldest);
      }
    },
    delete: remove,
  };
}
