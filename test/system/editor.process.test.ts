/** A real editor's process: it gets the text as a file, and what it leaves there comes back. */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
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

it.skipIf(process.platform === 'win32')(
  'a text that is empty is an empty file, for nobody else',
  async () => {
    const EDITOR = 'f() { stat -c "%s %a" "$1" > "$1.seen"; cat "$1.seen" > "$1"; }; f';
    expect(await editText('', 'event.json', { EDITOR })).toEqual({ ok: true, text: '0 600\n' });
  },
);

it.skipIf(process.platform === 'win32').each([
  ['kill -9 $$ #', 'killed'],
  ['rm', 'ENOENT'],
])('the editor %j has failed: %s', async (EDITOR, why) => {
  expect(await editText('{}', 'event.json', { EDITOR })).toEqual({ ok: false, reason: `${EDITOR}: ${why}` });
});

it('takes no text for another that is not UTF-8, and leaves out a byte order mark', async () => {
  const written = (hex: string): string =>
    script(`require('fs').writeFileSync(process.argv[1],Buffer.from('${hex}','hex'))`);
  // Notepad's `ANSI` on a Chinese Windows, and its `UTF-8 with BOM`.
  const ansi = await editText('{}', 'event.json', { EDITOR: written('7b22c4e3223a317d') });
  expect(ansi).toMatchObject({ ok: false, reason: expect.stringContaining('not UTF-8') });
  const marked = await editText('{}', 'event.json', { EDITOR: written('efbbbf7b7d') });
  expect(marked).toEqual({ ok: true, text: '{}' });
});

it('says why where there is no place for the file', async () => {
  vi.stubEnv(process.platform === 'win32' ? 'TEMP' : 'TMPDIR', join(tmpdir(), 'not-there'));
  onTestFinished(() => void vi.unstubAllEnvs());
  const found = await editText('{}', 'event.json', { EDITOR: 'true' });
  expect(found).toEqual({ ok: false, reason: expect.stringContaining('ENOENT') });
});
