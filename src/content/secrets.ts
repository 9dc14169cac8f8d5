/**
 * Private keys and registry tokens in what would be packed. Looks for the secrets themselves, not for words about them: libraries
 * that read keys hold `-----BEGIN PRIVATE KEY-----` too, and would be held for nothing.
 */
import { extname } from 'node:path';
import type { ContentProblem, SecretKind } from '../model/nouns.js';
import { slashRelative } from '../system/paths.js';
import { ignoreFileName, patternFor } from './ignore.js';
import type { Slices } from './slices.js';
import type { SnapshotSource } from './source.js';

/** The secret that a file holds, and where. `line` null: the file as a whole. */
export interface SecretPlace {
  readonly what: SecretKind;
  readonly line: number | null;
  readonly column: number | null;
}

/** Key stores, which are binary, and the names that tools give to private keys. */
const keyNames = /(?:^|\/)(?:apiclient_key\.pem|id_(?:rsa|dsa|ecdsa|ed25519))$|\.(?:p12|pfx|jks|keystore)$/i;

/** Texts whose lines are data: here a line that begins as a secret does is one. Elsewhere it may be code that looks for it. */
const dataEndings: ReadonlySet<string> = new Set([
  ...['', '.pem', '.key', '.crt', '.cer', '.txt', '.conf', '.cfg', '.ini', '.yml', '.yaml', '.npmrc'],
]);

interface Search {
  readonly what: SecretKind;
  /** Plain text that every one of them has: only around it a pattern is tried. */
  readonly needle: string;
  readonly inCode: RegExp;
  readonly inData: RegExp | null;
}

const header = '-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----';
/** The end of a line, as itself or as a string of a program has it. */
const lineEnd = String.raw`(?:\s|\\{1,4}[rn])`;
/** A place that a variable of npm is filled into is no secret: `${NPM_TOKEN}`. */
const value = String.raw`(?!["']?\$\{)`;

const searches: readonly Search[] = [
  {
    what: 'private-key',
    needle: 'PRIVATE KEY',
    inCode: new RegExp(
      [
        `${header}${lineEnd}+(?:[A-Za-z0-9+/=]{16}|Proc-Type:|(?:[A-Za-z0-9+/=]|${lineEnd}){1,400}-----END)`,
        // Strings that are put together, line by line.
        `${header}(?:${lineEnd}|["'\`+,]){1,60}[A-Za-z0-9+/]{40}`,
      ].join('|'),
    ),
    inData: new RegExp(`^[ \\t]*${header}`, 'm'),
  },
  // A bare RSA key in PKCS #8, as payment services give it to be pasted: version 0 and the algorithm. No public key has these bytes.
  {
    what: 'private-key',
    needle: 'IBADANBgkqhkiG9w0BAQEFAASC',
    inCode: /IBADANBgkqhkiG9w0BAQEFAASC[A-Za-z0-9+/]{16}/,
    inData: null,
  },
  {
    what: 'registry-token',
    needle: '_authToken',
    inCode: new RegExp(
      [
        String.raw`//[^\s"'\x60=]*:_authToken\s*=\s*${value}[^\s"'\x60]{4}`,
        String.raw`_authToken["']?\s*[:=]\s*${value}["'][^"'\s]{8}`,
      ].join('|'),
    ),
    inData: new RegExp(String.raw`^[^\n=#;]*_authToken[ \t]*=[ \t]*${value}["']?[^\s"']`, 'm'),
  },
];

/** How far around a needle a pattern may reach, bytes: a line in front of it, and a key's first lines behind it. */
const [reachBefore, reachAfter] = [300, 1000];
/** A text with more of one needle than this is about them. */
const mostTries = 200;
/** As git has it: a file with a zero byte among so many first ones is no text. */
const binaryBytes = 8000;
/** Text that is searched for one needle in about a millisecond. */
const stepBytes = 1024 * 1024;

/**
 * The first secret in a file's content; null: none was found. Most files are small and hold no needle: they are done without a promise, which
 * would cost as much as the search.
 */
export function findSecret(
  path: string,
  content: Buffer,
  slices: Slices,
): Promise<SecretPlace | null> | SecretPlace | null {
  if (keyNames.test(path)) return { what: 'private-key', line: null, column: null };
  if (content.length <= stepBytes && !needles.some((needle) => content.includes(needle))) return null;
  if (content.subarray(0, binaryBytes).includes(0)) return null;
  return searched(path, content, slices);
}

const needles = searches.map(({ needle }) => Buffer.from(needle));

/** Breathes in large ones. */
async function searched(path: string, content: Buffer, slices: Slices): Promise<SecretPlace | null> {
  const isData = dataEndings.has(extname(path).toLowerCase());
  for (const search of searches) {
    const at = await firstOf(search, content, isData, slices);
    if (at !== null) return { what: search.what, ...placeAt(content, at) };
  }
  return null;
}

async function firstOf(
  { needle, inCode, inData }: Search,
  content: Buffer,
  isData: boolean,
  slices: Slices,
): Promise<number | null> {
  let tries = 0;
  for (let from = 0; from < content.length; ) {
    const pause = content.length > stepBytes ? slices.breathe() : undefined;
    if (pause !== undefined) await pause;
    const step = content.subarray(from, from + stepBytes + needle.length);
    const found = step.indexOf(needle, 0, 'latin1');
    if (found === -1) {
      from += stepBytes;
      continue;
    }
    const at = from + found;
    const start = Math.max(0, at - reachBefore);
    const around = content.toString('latin1', start, at + reachAfter);
    const match = (isData ? inData?.exec(around) : null) ?? inCode.exec(around);
    if (match !== null) return start + match.index;
    tries += 1;
    if (tries >= mostTries) return null;
    from = at + needle.length;
  }
  return null;
}

/** Both from 1; a column counts UTF-16 units, as editors do. */
function placeAt(content: Buffer, at: number): { readonly line: number; readonly column: number } {
  let [line, start] = [1, 0];
  for (let end = content.indexOf(10); end !== -1 && end < at; end = content.indexOf(10, start)) {
    line += 1;
    start = end + 1;
  }
  return { line, column: content.toString('utf8', start, at).length + 1 };
}

interface Searched {
  readonly path: string;
  /** Absolute. */
  readonly file: string;
  readonly secret: SecretPlace | null;
}

/** The first file with a secret that no `!` pattern takes in by name. */
export function secretProblem(source: SnapshotSource, files: readonly Searched[]): ContentProblem | null {
  const found = files.filter(({ path, secret }) => secret !== null && !isTakenIn(source, path));
  const [first] = found;
  if (first === undefined || first.secret === null) return null;
  const { path, file: absolute, secret } = first;
  const { name, inner } = placeOf(source, path);
  const ignoreFile = name === null ? ignoreFileName : `../${name}/${ignoreFileName}`;
  const allow = { pattern: patternFor(inner), file: ignoreFile };
  const file = slashRelative(source.projectFolder, absolute);
  return { reason: 'secret', ...secret, path, file, more: found.length - 1, allow };
}

function isTakenIn(source: SnapshotSource, path: string): boolean {
  const { rules, inner } = placeOf(source, path);
  return rules.takesIn(inner);
}

/** Whose rules a packed path goes by, and what it is called there; `name` null: the function's own. */
function placeOf({ shared, rules }: SnapshotSource, path: string) {
  const carried = shared.find(({ name }) => path.startsWith(`${name}/`));
  return carried === undefined
    ? { name: null, rules, inner: path }
    : { name: carried.name, rules: carried.rules, inner: path.slice(carried.name.length + 1) };
}
