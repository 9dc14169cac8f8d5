/** The forms of a secret wherever it may be written, to search for it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The text and what it looks like in URLs, in JSON, and in JSON inside JSON. */
function textForms(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const url = encodeURIComponent(secret);
  const lower = url.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase());
  const form = new URLSearchParams({ a: secret }).toString().slice(2);
  const hex = Buffer.from(secret).toString('hex');
  const texts = [secret, json, JSON.stringify(json).slice(1, -1), url, lower, encodeURIComponent(url), form];
  return [...texts, hex, hex.toUpperCase()];
}

const alphabets = ['base64', 'base64url'] as const;

/** The part of the secret that is in any base64 text that holds it: three offsets, without the characters shared with neighbours. */
function base64Forms(secret: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
    return alphabets.map((alphabet) => bytes.toString(alphabet).slice(offset === 0 ? 0 : 4, -4));
  });
}

/** Long enough to be no coincidence: a secret that was cut in half before it was redacted. */
function piecesOf(secret: string): string[] {
  return Array.from({ length: secret.length - 9 }, (_, at) => secret.slice(at, at + 10));
}

/** Every form in which a secret may be written, and the pieces of one that was cut in half. */
export function formsOf(secret: string): string[] {
  return [...textForms(secret), ...base64Forms(secret), ...piecesOf(secret)];
}

/** A text as a careless gateway would write it, with the secret in every form. */
export function careless(secret: string): string {
  const framed = ['', 'x', 'xy'].flatMap((prefix) =>
    alphabets.map((alphabet) => Buffer.from(`${prefix}${secret}&z`).toString(alphabet)),
  );
  return [...textForms(secret), ...framed, `Authorization: Bearer ${secret}`].join(' ; ');
}

/** The bytes of all files below a folder, as text. */
export async function everythingBelow(folder: string): Promise<string> {
  const texts: string[] = [];
  for (const item of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (item.isFile()) texts.push(await readFile(join(item.parentPath, item.name), 'latin1'));
  }
  return texts.join('\n');
}
