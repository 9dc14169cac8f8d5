/** The task and the launch configuration of VS Code that go with a project, and how they come into files that are there already. */
import { applyEdits, modify, type ParseError, parse } from 'jsonc-parser';
import { isRecord } from '../system/json.js';

/** A file of VS Code: its name below `.vscode`, the list in it, and what of ours belongs there, by the key that names an entry. */
export interface EditorFile {
  readonly name: 'tasks.json' | 'launch.json';
  readonly list: 'tasks' | 'configurations';
  readonly key: 'label' | 'name';
  readonly version: string;
  readonly entries: readonly Readonly<Record<string, unknown>>[];
}

const task = {
  label: 'tcb-watch',
  type: 'shell',
  command: 'npx tcb-watch --problems',
  isBackground: true,
  problemMatcher: {
    owner: 'tcb-watch',
    source: 'tcb-watch',
    fileLocation: ['relative', '${workspaceFolder}'],
    pattern: {
      regexp: '^(.+?):(\\d+):(\\d+): (error): (.*)$',
      file: 1,
      line: 2,
      column: 3,
      severity: 4,
      message: 5,
    },
    background: {
      activeOnStart: true,
      beginsPattern: '^\\[tcb-watch\\] begin$',
      endsPattern: '^\\[tcb-watch\\] end$',
    },
  },
};

/**
 * @param root the functions root, from the project's folder
 * @param envs one configuration for each: breakpoints are set in what an environment runs
 */
export function editorFiles(root: string, envs: readonly string[]): readonly EditorFile[] {
  const launches = envs.map((env) => ({
    ...{ type: 'node', request: 'attach', name: `tcb-watch functions (${env})`, port: 9229, restart: true },
    localRoot: `\${workspaceFolder}/${root}`,
    remoteRoot: `\${workspaceFolder}/.tcb-watch/emulator/.run/${env}`,
    outFiles: ['${workspaceFolder}/.tcb-watch/emulator/.run/**/*.js'],
  }));
  return [
    { name: 'tasks.json', list: 'tasks', key: 'label', version: '2.0.0', entries: [task] },
    { name: 'launch.json', list: 'configurations', key: 'name', version: '0.2.0', entries: launches },
  ];
}

/**
 * The text of a file with our entries, next to those that are there; comments and order stay. An entry of the same name stays as it
 * is, whatever it says.
 * @param text null: there is no such file
 * @returns null: the file is not of a form that could be added to
 */
export function withEntries(text: string | null, { list, key, version, entries }: EditorFile): string | null {
  if (text === null) return `${JSON.stringify({ version, [list]: entries }, null, 2)}\n`;
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  if (errors.length > 0 || !isRecord(value)) return null;
  const there = value[list] ?? [];
  if (!Array.isArray(there)) return null;
  const names = new Set(there.map((entry: unknown) => (isRecord(entry) ? entry[key] : null)));
  const missing = entries.filter((each) => !names.has(each[key]));
  if (value[list] === undefined) return withList(text, list, missing);
  return missing.reduceRight((before, entry) => withFirst(before, list, entry), text);
}

function withList(text: string, list: string, entries: EditorFile['entries']): string {
  return applyEdits(text, modify(text, [list], entries, { formattingOptions: formOf(text) }));
}

/** In front, where it comes between no other entry and its comment; the others stay as they are written. */
function withFirst(text: string, list: string, entry: Readonly<Record<string, unknown>>): string {
  const { eol, insertSpaces } = formOf(text);
  const unit = insertSpaces ? '  ' : '\t';
  const begun = `${eol}${unit}${unit}`;
  const pretty = JSON.stringify(entry, null, unit).replaceAll('\n', begun);
  const edits = modify(text, [list, 0], entry, { isArrayInsertion: true }).map((edit) => {
    const content = edit.content.replace(JSON.stringify(entry), () => pretty);
    if (!content.endsWith(',')) return { ...edit, content };
    // Where the others have lines of their own, so has ours.
    const isLineEnd = /^[ \t]*\r?\n/.test(text.slice(edit.offset));
    return { ...edit, content: isLineEnd ? `${begun}${content}` : `${content}${begun}` };
  });
  return applyEdits(text, edits);
}

const formOf = (text: string) => ({
  insertSpaces: !/^\t/m.test(text),
  tabSize: 2,
  eol: /\r\n/.test(text) ? '\r\n' : '\n',
});
