/** The text of a new watch.config.json: JSON with comments in the user's language. Pure. */
import type { FoundFunction, FoundProject } from '../init/model.js';
import type { Language } from '../text/language.js';
import { initWords } from '../text/words/init.js';

/** The choices that were made, by the project, by options, or by answers. */
export interface InitChoice {
  readonly found: FoundProject;
  readonly roots: readonly string[];
  /** As they are written: ids, or `${NAME}`. */
  readonly envs: readonly string[];
  /** null: the real one, which is the default. */
  readonly endpoint: string | null;
  /** Functions that are called with their saved events after each save. */
  readonly called: readonly string[];
  /** Where the schema is, from the configuration's folder. */
  readonly schema: string;
  readonly tokenVariable: string;
}

interface Entry {
  readonly comments: readonly string[];
  readonly key: string;
  readonly value: unknown;
}

export function configText(choice: InitChoice, language: Language): string {
  const words = initWords[language].comments;
  const { found, roots, envs, endpoint, called } = choice;
  const functions = functionEntries(found.functions, called);
  const entries: (Entry | null)[] = [
    { comments: [], key: '$schema', value: choice.schema },
    roots.length === 0
      ? null
      : entry('functionsRoot', roots.length === 1 ? roots[0] : roots, words.functionsRoot),
    entry('envs', envs, words.envs),
    entry('protectedEnvs', ['*prod*', '*release*', '*online*'], words.protectedEnvs),
    endpoint === null
      ? null
      : entry('endpoint', endpoint, endpoint === 'emulator' ? words.emulator : words.endpoint),
    { comments: words.token, key: 'token', value: { env: choice.tokenVariable } },
    found.ignore.length === 0 ? null : entry('ignore', found.ignore, words.ignore),
    isEmpty(found.shared) ? null : entry('shared', found.shared, words.shared),
    called.length === 0 ? null : entry('answers', { proof: true }, words.answers),
    isEmpty(functions) ? null : entry('functions', functions, words.functions),
  ];
  const blocks = entries.filter((each) => each !== null).map(block);
  return `// ${words.head}\n{\n${blocks.join(',\n\n')}\n}\n`;
}

const entry = (key: string, value: unknown, comment: string): Entry => ({ comments: [comment], key, value });

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

function functionEntries(
  functions: Readonly<Record<string, FoundFunction>>,
  called: readonly string[],
): Record<string, unknown> {
  const nothing: FoundFunction = { dir: null, ignore: [], build: null };
  const names = [...new Set([...Object.keys(functions), ...called])];
  const entries = names.map((name) => {
    const { dir, ignore, build } = (Object.hasOwn(functions, name) ? functions[name] : null) ?? nothing;
    const settings = {
      ...(dir === null ? {} : { dir }),
      ...(ignore.length === 0 ? {} : { ignore }),
      ...(build === null ? {} : { build }),
      ...(called.includes(name) ? { answers: true } : {}),
    };
    return [name, settings];
  });
  return Object.fromEntries(entries);
}

function block({ comments, key, value }: Entry): string {
  const above = comments.map((comment) => `  // ${comment}\n`).join('');
  return `${above}  ${JSON.stringify(key)}: ${inline(value, '  ')}`;
}

/** Short values on one line, as people write them. */
const lineWidth = 90;

function inline(value: unknown, indent: string): string {
  const flat = flatText(value);
  if (flat.length + indent.length <= lineWidth || typeof value !== 'object' || value === null) return flat;
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((each) => inner + inline(each, inner))
    : Object.entries(value).map(([key, each]) => `${inner}${JSON.stringify(key)}: ${inline(each, inner)}`);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return `${open}\n${parts.join(',\n')}\n${indent}${close}`;
}

function flatText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flatText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${flatText(each)}`);
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
}
