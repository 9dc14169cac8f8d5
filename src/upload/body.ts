/**
 * The JSON body of an upload, `{"functionname":…,"envs":[…],"zipfile":"…"}` of batchuploadscfcode and batchuploadscf: in one
 * buffer of its exact size, the only large thing that is made. Built once and sent as often as it takes.
 */
import { base64Length } from '../content/limits.js';
import { createSlices } from '../content/slices.js';

/** Bytes encoded before other work may have its turn: a multiple of 3, so that the pieces join. */
const pieceBytes = 48 * 1024;

/** A body whose zip is not there yet. */
export interface BodyDraft {
  /** The end of the body itself, for a zip of so many bytes: written there, it takes no memory of its own. */
  allocate(zipBytes: number): Buffer;
  /**
   * The body with this zip, which may lie in the body already: text takes 4 bytes for 3, and never catches up with it. Yields to
   * the event loop while it encodes.
   */
  finish(zip: Uint8Array): Promise<Buffer>;
}

/** Begins a body before its zip is known, so that the zip can be written into the body's own memory. */
export function draftUploadBody({
  functionname,
  envs,
}: {
  readonly functionname: string;
  readonly envs: readonly string[];
}): BodyDraft {
  const head = JSON.stringify({ functionname, envs }).slice(0, -1);
  const prefix = Buffer.from(`${head},"zipfile":"`);
  let body: Buffer | null = null;
  const make = (zipBytes: number): Buffer => {
    body = Buffer.allocUnsafeSlow(prefix.length + base64Length(zipBytes) + 2);
    return body;
  };
  return {
    allocate(zipBytes) {
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

/** Encodes in place, in pieces whose text is small enough to be young garbage: at once it would be 21 MB for a zip of 15 MB. */
async function encodeInto(body: Buffer, start: number, zip: Buffer): Promise<void> {
  const slices = createSlices();
  let offset = start;
  for (let at = 0; at < zip.length; at += pieceBytes) {
    const pause = slices.breathe();
    if (pause !== undefined) await pause;
    offset += body.write(zip.toString('base64', at, at + pieceBytes), offset, 'latin1');
  }
}
