/** A real editor's process: it gets the text as a file, and what it leaves there comes back. */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { editText } from '../../src/system/editor.js';

const node = `"${process.execPath}"`;
const script = (code: string): string => `${node} -e "${code}" --`;
const left = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('tcb-watch-edit-'));

it('brings back what the editor wrote, and leaves nothing behind', async () => {
  const before = left();
  const EDITOR = script(
    "const f=require('fs'),p=process.argv[1];f.writeFileSync(p,f.readFileSync(p,'utf8')+'more')",
  );
  expect(await editText('{}', 'event.json', { EDITOR })).toEqual({ ok: true, text: '{}\nmore' });
  expect(left()).toEqual(before);
});

it('VISUAL comes first; an editor that fails is named', async () => {
  const found = await editText('', 'event.json', { VISUAL: script('process.exit(3)'), EDITOR: 'true' });
  expect(found).toMatchObject({ ok: false, reason: expect.stringContaining(': 3') });
});
