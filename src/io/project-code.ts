/**
 * Looks at JavaScript and TypeScript text without a parser: which parts are code, comments, strings, and which files the
 * code names in so many letters. Heuristics: good enough to point at a line, never to decide what is packed.
 */

export interface CodeText {
  /** Comments made blanks; as long as the text, line by line. */
  readonly uncommented: string;
  /** Strings, templates and regular expressions made blanks as well. */
  readonly bare: string;
}

const parts =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"|`(?:[^`\\]|\\[\s\S])*`|\/(?![*/])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/g;

/** After one of these a slash divides; after anything else it begins a regular expression. */
const endsOperand = /(?:[\w$)\]}]|\+\+|--)\s*$/;
const endsKeyword = /\b(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield)\s*$/;

export function readCode(text: string): CodeText {
  let uncommented = '';
  let bare = '';
  let from = 0;
  const matcher = new RegExp(parts);
  for (let match = matcher.exec(text); match !== null; match = matcher.exec(text)) {
    const [part] = match;
    const before = text.slice(from, match.index);
    const near = (bare + before).slice(-40);
    if (isDivision(part, near)) {
      matcher.lastIndex = match.index + 1;
      continue;
    }
    const comment = part.startsWith('//') || part.startsWith('/*');
    uncommented += before + (comment ? blanked(part) : part);
    bare += before + blanked(part);
    from = match.index + part.length;
  }
  return { uncommented: uncommented + text.slice(from), bare: bare + text.slice(from) };
}

function isDivision(part: string, before: string): boolean {
  const regex = part.startsWith('/') && !part.startsWith('//') && !part.startsWith('/*');
  return regex && endsOperand.test(before) && !endsKeyword.test(before);
}

const blanked = (part: string): string => part.replace(/[^\n]/g, ' ');

/** A file that code names. `module`: by `require` or `import`, whose ending may be left out. */
export interface NamedPath {
  /** As written, with forward slashes, `./a` or `../a`. */
  readonly path: string;
  readonly kind: 'module' | 'file';
  /** From 1. */
  readonly line: number;
}

const quoted = (inner: string): string => `(?:'(${inner})'|"(${inner})"|\`(${inner})\`)`;
const relative = quoted(String.raw`\.{1,2}\/[^'"\`$\n]*`);
const anyPath = quoted(String.raw`[^'"\`$\n]+`);

const modulePatterns: readonly RegExp[] = [
  new RegExp(String.raw`\b(?:require|import)\s*\(\s*${relative}\s*\)`, 'g'),
  new RegExp(String.raw`\b(?:import|export)\b[^'"\`;()]*?\bfrom\s*${relative}`, 'g'),
  new RegExp(String.raw`\bimport\s*${relative}`, 'g'),
];
const filePatterns: readonly RegExp[] = [
  new RegExp(
    String.raw`\b(?:readFile|readFileSync|createReadStream|openSync|readdirSync|readdir)\s*\(\s*${relative}`,
    'g',
  ),
  new RegExp(String.raw`__dirname\s*\+\s*${anyPath}`, 'g'),
  new RegExp(String.raw`\bnew\s+URL\s*\(\s*${relative}\s*,\s*import\.meta\.url`, 'g'),
];
const joined = /\bpath\s*\.\s*(?:join|resolve)\s*\(\s*__dirname\s*,([^()]*)\)/g;

/** The relative paths that stand in the code as literals. */
export function namedPaths(text: string): NamedPath[] {
  const { uncommented } = readCode(text);
  const found = (patterns: readonly RegExp[], kind: NamedPath['kind']): NamedPath[] =>
    patterns.flatMap((pattern) =>
      [...uncommented.matchAll(pattern)].map((match) => {
        const written = match[1] ?? match[2] ?? match[3] ?? '';
        return {
          path: /^\.{1,2}\//.test(written) ? written : `./${written.replace(/^\/+/, '')}`,
          kind,
          line: lineAt(text, match.index),
        };
      }),
    );
  return [
    ...found(modulePatterns, 'module'),
    ...found(filePatterns, 'file'),
    ...joinedPaths(text, uncommented),
  ];
}

/** `path.join(__dirname, 'a', 'b.json')`, where every part is a literal. */
function joinedPaths(text: string, uncommented: string): NamedPath[] {
  return [...uncommented.matchAll(joined)].flatMap((match): NamedPath[] => {
    const pieces = (match[1] ?? '').split(',').map((piece) => /^\s*(['"`])([^'"`$]*)\1\s*$/.exec(piece)?.[2]);
    if (pieces.some((piece) => piece === undefined)) return [];
    const path = pieces.join('/').replace(/^\/+/, '');
    return [
      { path: path.startsWith('.') ? path : `./${path}`, kind: 'file', line: lineAt(text, match.index) },
    ];
  });
}

function lineAt(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}

/** A piece of syntax and the first major version of Node that reads it. */
export interface NewSyntax {
  readonly syntax: string;
  readonly since: number;
  readonly line: number;
}

/** Releases by node.green: the versions whose V8 first took each without a flag. */
const syntaxes: readonly { readonly syntax: string; readonly since: number; readonly pattern: RegExp }[] = [
  { syntax: 'catch {', since: 10, pattern: /\bcatch\s*\{/ },
  { syntax: 'import(…)', since: 13, pattern: /(?<![.\w$])import\s*\(/ },
  { syntax: '?.', since: 14, pattern: /\?\.(?!\d)/ },
  { syntax: '??', since: 14, pattern: /\?\?(?![=.])/ },
  { syntax: '??=, ||=, &&=', since: 15, pattern: /(?:\?\?|\|\||&&)=/ },
  { syntax: '#private', since: 12, pattern: /\bthis\s*\.\s*#\w/ },
  { syntax: 'static {', since: 16, pattern: /\bstatic\s*\{/ },
  { syntax: 'import … with {', since: 18, pattern: /\bimport\b[^;\n]*\bwith\s*\{/ },
];

/** What an older runtime would not even load, one line for each kind of syntax. */
export function newSyntaxIn(text: string, runtimeMajor: number): NewSyntax[] {
  const { bare } = readCode(text);
  return syntaxes.flatMap(({ syntax, since, pattern }): NewSyntax[] => {
    const match = since > runtimeMajor ? pattern.exec(bare) : null;
    return match === null ? [] : [{ syntax, since, line: lineAt(text, match.index) }];
  });
}
