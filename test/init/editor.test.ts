/** The entries that `init` adds to VS Code's files: our entries, once, and nothing of anybody's is lost. */
import { readFileSync } from 'node:fs';
import { parse } from 'jsonc-parser';
import { expect, it } from 'vitest';
import { editorFiles, withEntries } from '../../src/init/editor.js';

const [tasks, launch] = editorFiles('cloudfunctions', ['dev', 'test']);
const names = (text: string | null, list: string, key: string): unknown[] =>
  Object(parse(text ?? ''))[list].map((entry: unknown) => Object(entry)[key]);

if (tasks === undefined || launch === undefined) throw new Error('two files');

it('writes new files, the task as the page has it', () => {
  const page = readFileSync(new URL('../../docs/integrations.md', import.meta.url), 'utf8');
  const json = /^```json\n([\s\S]*?"problemMatcher"[\s\S]*?)^```$/m.exec(page)?.[1] ?? '';
  expect(parse(withEntries(null, tasks) ?? '')).toEqual(JSON.parse(json));
  expect(names(withEntries(null, launch), 'configurations', 'name')).toEqual([
    'tcb-watch functions (dev)',
    'tcb-watch functions (test)',
  ]);
});

it('adds to what is there, with its comments, and only once', () => {
  const before =
    '{\n\t// ours\n\t"version": "2.0.0",\n\t"tasks": [\n\t\t{ "label": "build" }, // mine\n\t],\n}\n';
  const after = withEntries(before, tasks) ?? '';
  expect(names(after, 'tasks', 'label')).toEqual(['tcb-watch', 'build']);
  expect([
    after.includes('// ours'),
    after.includes('// mine'),
    after.includes('\n\t\t{ "label": "build" }, // mine\n'),
  ]).toEqual([true, true, true]);
  expect(withEntries(after, tasks)).toBe(after);
});

it.each([
  [
    'an entry of its name stays as it is',
    '{"tasks":[{"label":"tcb-watch","command":"mine"}]}',
    ['tcb-watch'],
  ],
  ['no list yet', '{"version":"2.0.0"}', ['tcb-watch']],
  ['an empty list', '{"tasks":[]}', ['tcb-watch']],
])('%s', (_, before, labels) => {
  const after = withEntries(before, tasks);
  expect(names(after, 'tasks', 'label')).toEqual(labels);
  if (before.includes('mine')) expect(after).toBe(before);
});

it.each([['{"tasks":'], ['[]'], ['{"tasks":{}}'], ['']])('leaves alone what it cannot add to: %s', (text) => {
  expect(withEntries(text, tasks)).toBeNull();
});

it('writes as the file is written: its indents, its ends of lines, and no comma too many', () => {
  const [small] = [{ ...tasks, entries: [{ label: 'a', one: 1 }] }];
  const entry = (unit: string, end: string): string =>
    ['{', `${unit}"label": "a",`, `${unit}"one": 1`, '}'].join(`${end}${unit}${unit}`);
  expect(withEntries('{\r\n\t"tasks": [\r\n\t\t{}\r\n\t]\r\n}', small)).toBe(
    `{\r\n\t"tasks": [\r\n\t\t${entry('\t', '\r\n')},\r\n\t\t{}\r\n\t]\r\n}`,
  );
  expect(withEntries('{"tasks": [{}]}', small)).toBe(`{"tasks": [${entry('  ', '\n')},\n    {}]}`);
  const empty = withEntries('{\n  "tasks": []\n}', small) ?? '';
  expect(empty).toContain(entry('  ', '\n'));
  expect(empty).not.toContain('},');
  expect(parse(empty)).toEqual({ tasks: [{ label: 'a', one: 1 }] });
});
