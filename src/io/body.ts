/** The JSON body of an upload, built once and sent as often as it takes. */
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface UploadBody {
  readonly functionname: string;
  readonly envs: readonly string[];
  /** The zip's bytes. */
  readonly zip: Uint8Array;
}

/** Bytes encoded at a time: a multiple of 3, so that the pieces join, and small enough for cheap short-lived strings. */
const sliceBytes = 48 * 1024;
/** How long to encode before other work has its turn, in milliseconds (issue 3 allows a block of 50). */
const turnMs = 5;

/**
 * The body of batchuploadscfcode and batchuploadscf, `{"functionname":…,"envs":[…],"zipfile":"…"}`, in one buffer of its
 * exact size: the only large thing that is made. Yields to the event loop while it encodes.
 */
export async function buildUploadBody(upload: UploadBody): Promise<Buffer> {
  const head = JSON.stringify({ functionname: upload.functionname, envs: upload.envs }).slice(0, -1);
  const prefix = Buffer.from(`${head},"zipfile":"`);
  const zip = Buffer.from(upload.zip.buffer, upload.zip.byteOffset, upload.zip.byteLength);
  const body = Buffer.allocUnsafeSlow(prefix.length + base64Length(zip.length) + 2);
  prefix.copy(body);
  await encodeInto(body, prefix.length, zip);
  body.write('"}', body.length - 2, 'latin1');
  return body;
}

/** Characters of the base64 text of so many bytes, padding included. */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

async function encodeInto(body: Buffer, start: number, zip: Buffer): Promise<void> {
  let offset = start;
  let turnEnds = performance.now() + turnMs;
  for (let at = 0; at < zip.length; at += sliceBytes) {
    offset += body.write(zip.toString('base64', at, at + sliceBytes), offset, 'latin1');
    if (performance.now() < turnEnds) continue;
    await nextTurn();
    turnEnds = performance.now() + turnMs;
  }
}
