/** The JSON body of an upload, built once and sent as often as it takes. */
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface UploadBody {
  readonly functionname: string;
  readonly envs: readonly string[];
  /** The zip's bytes. */
  readonly zip: Uint8Array;
}

/** Bytes encoded before the clock is looked at: a multiple of 3, so that the pieces join. */
const sliceBytes = 48 * 1024;
/** How long to encode before other work has its turn, in milliseconds (issue 3 allows a block of 50). */
const turnMs = 5;

/**
 * The body of batchuploadscfcode and batchuploadscf, `{"functionname":…,"envs":[…],"zipfile":"…"}`, in one buffer of its
 * exact size: the only large thing that is made. Yields to the event loop while it encodes.
 */
export async function buildUploadBody(upload: UploadBody): Promise<Buffer> {
  return draftUploadBody(upload).finish(upload.zip);
}

/** A body whose zip is not there yet. */
export interface BodyDraft {
  /** Where a zip of so many bytes may be written: the end of the body itself, so that it takes no room of its own. */
  room(zipBytes: number): Buffer;
  /** The body with this zip, which may lie in the room: text takes 4 bytes for 3, and never catches up with it. */
  finish(zip: Uint8Array): Promise<Buffer>;
}

export function draftUploadBody({ functionname, envs }: Omit<UploadBody, 'zip'>): BodyDraft {
  const head = JSON.stringify({ functionname, envs }).slice(0, -1);
  const prefix = Buffer.from(`${head},"zipfile":"`);
  let body: Buffer | null = null;
  const make = (zipBytes: number): Buffer => {
    body = Buffer.allocUnsafeSlow(prefix.length + base64Length(zipBytes) + 2);
    return body;
  };
  return {
    room(zipBytes) {
      const whole = make(zipBytes);
      return whole.subarray(whole.length - zipBytes);
    },
    async finish(zip) {
      const bytes = Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength);
      const whole = body !== null && body.buffer === bytes.buffer ? body : make(bytes.length);
      prefix.copy(whole);
      await encodeInto(whole, prefix.length, bytes);
      whole.write('"}', whole.length - 2, 'latin1');
      return whole;
    },
  };
}

/** Characters of the base64 text of so many bytes, padding included. */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

/** Encodes in place: text in between would be 21 MB of garbage for a zip of 15 MB, and memory at its peak is what counts. */
async function encodeInto(body: Buffer, start: number, zip: Buffer): Promise<void> {
  let offset = start;
  let turnEnds = performance.now() + turnMs;
  for (let at = 0; at < zip.length; at += sliceBytes) {
    offset = encodeSlice(body, offset, zip, at, Math.min(zip.length, at + sliceBytes));
    if (performance.now() < turnEnds) continue;
    await nextTurn();
    turnEnds = performance.now() + turnMs;
  }
}

const digits = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', 'latin1');
/** Both characters of each 12 bits, as one number. */
const pairs = Uint16Array.from({ length: 4096 }, (_, bits) => {
  const [first = 0, second = 0] = [digits[bits >> 6], digits[bits & 63]];
  return (first << 8) | second;
});

/** Encodes the bytes from `at` to `end`, padded where they end in the middle of three. Returns where it ended. */
function encodeSlice(body: Buffer, start: number, zip: Buffer, at: number, end: number): number {
  let offset = start;
  let from = at;
  for (; from + 2 < end; from += 3) {
    const bits = ((zip[from] ?? 0) << 16) | ((zip[from + 1] ?? 0) << 8) | (zip[from + 2] ?? 0);
    const high = pairs[bits >> 12] ?? 0;
    const low = pairs[bits & 4095] ?? 0;
    body[offset] = high >> 8;
    body[offset + 1] = high & 255;
    body[offset + 2] = low >> 8;
    body[offset + 3] = low & 255;
    offset += 4;
  }
  return from < end ? offset + body.write(zip.toString('base64', from, end), offset, 'latin1') : offset;
}
