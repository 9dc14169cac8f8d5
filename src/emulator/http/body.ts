import type { CarriedZip } from '../calls/call.js';
import { isJsonObject, parseJson } from '../model.js';

export interface ParsedBody {
  /** Nothing but white space. */
  readonly empty: boolean;
  /** undefined: not JSON. A large `zipfile` is replaced by `CARVED`. */
  readonly value: unknown;
  /** null where there is no `zipfile` that is a text. */
  readonly zip: CarriedZip | null;
}

const CARVED = 'carved';
/** From here on a zip is decoded in slices, so that a body of 20 MB never holds the thread for long. */
const CARVE_FROM_BYTES = 256 * 1024;
/** A multiple of 4 characters, decoded within a millisecond or two. */
const SLICE = 512 * 1024;

/** Reads a request's body. */
export async function parseBody(bytes: Buffer): Promise<ParsedBody> {
  const carved = bytes.length < CARVE_FROM_BYTES ? null : await carve(bytes);
  if (carved !== null) return carved;
  const text = bytes.toString('utf8');
  const parsed = parseJson(text);
  const value = parsed.ok ? parsed.value : undefined;
  const zipfile = isJsonObject(value) && typeof value['zipfile'] === 'string' ? value['zipfile'] : null;
  const zip = zipfile === null ? null : { base64Chars: zipfile.length, bytes: decodeBase64(zipfile) };
  return { empty: text.trim() === '', value, zip };
}

/** Takes the zip out of a large body before its JSON is read; null where the text is not as simple as that. */
async function carve(bytes: Buffer): Promise<ParsedBody | null> {
  const place = placeOfZip(bytes);
  if (place === null) return null;
  const before = bytes.toString('utf8', 0, place.start);
  const parsed = parseJson(`${before}${CARVED}${bytes.toString('utf8', place.end)}`);
  if (!parsed.ok || !isJsonObject(parsed.value) || parsed.value['zipfile'] !== CARVED) return null;
  const base64 = bytes.subarray(place.start, place.end);
  const zip = { base64Chars: base64.length, bytes: await decodeInSlices(base64) };
  return { empty: false, value: parsed.value, zip };
}

function placeOfZip(bytes: Buffer): { readonly start: number; readonly end: number } | null {
  const key = bytes.indexOf('"zipfile"');
  const opening = /^"zipfile"\s*:\s*"/.exec(bytes.toString('latin1', key, key + 64))?.[0];
  if (key === -1 || opening === undefined) return null;
  const start = key + opening.length;
  const end = bytes.indexOf('"', start);
  const backslash = bytes.indexOf('\\', start);
  const plain = end !== -1 && (backslash === -1 || backslash > end);
  return plain ? { start, end } : null;
}

async function decodeInSlices(base64: Buffer): Promise<Buffer | null> {
  if (base64.length % 4 !== 0) return null;
  const target = Buffer.allocUnsafe((base64.length / 4) * 3);
  let length = 0;
  for (let at = 0; at < base64.length; at += SLICE) {
    const end = Math.min(at + SLICE, base64.length);
    const slice = decodeBase64(base64.toString('latin1', at, end));
    const isLast = end === base64.length;
    if (slice === null || (!isLast && slice.length !== (SLICE / 4) * 3)) return null;
    length += slice.copy(target, length);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return target.subarray(0, length);
}

/** Standard base64 with its padding and nothing else in between; null for any other text. */
function decodeBase64(text: string): Buffer | null {
  if (text.length % 4 !== 0 || text.includes('-') || text.includes('_')) return null;
  const padding = text.endsWith('==') ? 2 : Number(text.endsWith('='));
  const bytes = Buffer.from(text, 'base64');
  // Node leaves out what is not base64, which makes the result shorter than the text says.
  return bytes.length === (text.length / 4) * 3 - padding ? bytes : null;
}
