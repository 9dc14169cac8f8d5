/** The ledger's file: what is read of it, what is set aside, what is written and when, and what a failing disk is reported as. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Ledger, type LedgerOptions, openLedger } from '../../src/state/ledger.js';
import { expectMode } from '../support/needs.js';
import { temporaryFolder } from '../support/rig.js';

const day = 24 * 3600 * 1000;
const content = 'a'.repeat(64);

/** An entry as a file has it; `null` leaves a field out. */
function row(changes: Readonly<Record<string, unknown>> = {}) {
  return {
    ...{ function: 'pay', env: 'dev', sending: false, live: content, liveSince: 1, verified: true },
    ...{
      modTime: 'x',
      deploying: null,
      foreign: null,
      unsureUntil: null,
      sent: true,
      goneSince: null,
      dismissed: false,
    },
    ...changes,
  };
}

async function scene(options: Partial<LedgerOptions> = {}, text?: string) {
  const folder = await temporaryFolder();
  const file = join(folder, 'ledger.json');
  if (text !== undefined) writeFileSync(file, text);
  const troubles: string[] = [];
  const onTrouble = (error: Error): void => void troubles.push((error as NodeJS.ErrnoException).code ?? '?');
  const open = (): Promise<Ledger> => openLedger({ folder, endpoint: 'emulator', onTrouble, ...options });
  return { folder, file, troubles, open, ledger: await open() };
}

const fileOf = (entries: readonly unknown[], endpoint = 'emulator'): string =>
  JSON.stringify({ v: 1, endpoints: { [endpoint]: entries } });

describe('reading', () => {
  it('gives the entries of its endpoint alone', async () => {
    const { ledger } = await scene({}, fileOf([row()]));
    expect(ledger).toMatchObject({ setAside: null, unread: null });
    expect(ledger.entries).toEqual([row()]);
    expect((await scene({}, fileOf([row()], 'https://other'))).ledger.entries).toEqual([]);
    expect((await scene()).ledger).toMatchObject({ entries: [], setAside: null, unread: null });
  });

  it('forgets after 30 days what is gone', async () => {
    const gone = (days: number) => row({ function: `gone${days}`, goneSince: Date.now() - days * day });
    const { ledger } = await scene({}, fileOf([gone(29), gone(31), row()]));
    expect(ledger.entries.map((each) => each.function)).toEqual(['gone29', 'pay']);
  });

  it.each([
    ['sending', { sending: true, live: null }, true],
    ['live', {}, true],
    ['deploying', { live: null, deploying: deployment() }, true],
    ['somebody else’s', { live: null, foreign: { modTime: 'y', ours: content } }, true],
    ['nothing', { live: null }, false],
  ])('an earlier version’s entry that was %s: sent %s', async (_, changes, sent) => {
    const { ledger } = await scene({}, fileOf([row({ ...changes, sent: undefined })]));
    expect(ledger.entries[0]?.sent).toBe(sent);
  });

  it('knows of nobody who kept what somebody else deployed where an earlier version does not say', async () => {
    const earlier = row({
      foreign: { modTime: 'y', ours: content },
      dismissed: undefined,
      goneSince: undefined,
    });
    const { ledger } = await scene({}, fileOf([earlier]));
    const foreign = { modTime: 'y', ours: content, adopted: false };
    expect(ledger.entries).toEqual([row({ foreign })]);
  });

  it('doubts for a minute what an earlier version doubted', async () => {
    const unsureOf = async (changes: Readonly<Record<string, unknown>>) =>
      (await scene({}, fileOf([row(changes)]))).ledger.entries[0];
    expect(await unsureOf({ unsureUntil: undefined, adrift: { since: 5 } })).toEqual(
      row({ unsureUntil: 60_005 }),
    );
    expect(await unsureOf({ unsureUntil: 7, adrift: { since: 5 } })).toEqual(row({ unsureUntil: 7 }));
    expect(await unsureOf({ unsureUntil: undefined, adrift: null })).toEqual(row());
  });

  it.each([
    ['damaged', '{"v":1,'],
    ['of a later version', '{"v":2,"endpoints":{}}'],
    ['with a damaged entry', fileOf([row({ env: 7 })])],
    ['not text', '\0\0'],
  ])('sets aside one that is %s', async (_, text) => {
    const { folder, file, ledger } = await scene({}, text);
    expect(ledger.entries).toEqual([]);
    expect(existsSync(file)).toBe(false);
    expect(readdirSync(folder).map((name) => join(folder, name))).toEqual([ledger.setAside]);
    expect(ledger.setAside).toMatch(/ledger\.json\.damaged-[\dT.Z-]+$/);
    const looked = await scene({ readOnly: true }, text);
    expect(looked.ledger.setAside).toBe(looked.file);
    expect(existsSync(looked.file)).toBe(true);
  });

  it('writes nothing over one that cannot be read', async () => {
    const { folder, file } = await scene();
    mkdirSync(file);
    const ledger = await openLedger({ folder, endpoint: 'emulator', onTrouble: () => {} });
    expect(ledger.unread).toBe(`${file} (EISDIR)`);
    ledger.update(() => [[row()]]);
    await ledger.written();
    expect(statSync(file).isDirectory()).toBe(true);
  });
});

function deployment() {
  return {
    ...{ fingerprint: content, acceptedAt: 1, savedAt: null, modTimeBefore: null },
    ...{ modTimeKnown: true, sawUpdating: false, unverified: false },
  };
}

describe('writing', () => {
  it('keeps what it was given, for its owner alone, and the other endpoints as they were', async () => {
    const { file, ledger, open } = await scene({}, fileOf([row()], 'https://other'));
    ledger.update(() => [[row({ deploying: deployment() })]]);
    await ledger.written();
    expectMode(file, 0o600);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      v: 1,
      endpoints: { 'https://other': [row()], emulator: [row({ deploying: deployment() })] },
    });
    expect((await open()).entries).toEqual([row({ deploying: deployment() })]);
  });

  it('holds all pages of all functions, the empty ones without a trace', async () => {
    const { file, ledger, open } = await scene();
    const [pay, cart, login] = [row(), row({ function: 'cart' }), row({ function: 'login' })];
    ledger.update(() => [[], [pay, cart], [], [login]]);
    await ledger.written();
    expect((await open()).entries).toEqual([pay, cart, login]);
    ledger.update(() => [[login], [pay]]);
    await ledger.written();
    expect(readFileSync(file, 'utf8')).toBe(`${fileOf([login, pay])}\n`);
    ledger.update(() => [[login]]);
    await ledger.written();
    expect(readFileSync(file, 'utf8')).toBe(`${fileOf([login])}\n`);
  });

  it('leaves it to another process that has it by now', async () => {
    let isOurs = true;
    const { file, ledger } = await scene({ mayWrite: async () => isOurs });
    ledger.update(() => [[row()]]);
    await ledger.written();
    isOurs = false;
    ledger.update(() => [[row({ live: null })]]);
    await ledger.written();
    expect(readFileSync(file, 'utf8')).toBe(`${fileOf([row()])}\n`);
  });

  it('does not write what the disk has', async () => {
    const { file, ledger } = await scene();
    ledger.update(() => [[row()]]);
    await ledger.written();
    const { ino } = statSync(file);
    ledger.update(() => [[row()]]);
    await ledger.written();
    expect(statSync(file).ino).toBe(ino);
  });

  it('writes nothing where it may only look', async () => {
    const { folder, ledger } = await scene({ readOnly: true });
    ledger.update(() => [[row()]]);
    await ledger.written();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('has its folder made again, where it can', async () => {
    const { folder, file, ledger, troubles } = await scene({
      makeFolder: async () => void mkdirSync(folder),
    });
    rmSync(folder, { recursive: true });
    ledger.update(() => [[row()]]);
    await ledger.written();
    expect(existsSync(file)).toBe(true);
    expect(troubles).toEqual([]);
  });

  it('reports a failing disk once, and once more when it fails after it had worked', async () => {
    const { folder, file, ledger, troubles } = await scene();
    let count = 0;
    const write = async (): Promise<void> => {
      count += 1;
      ledger.update(() => [[row({ modTime: String(count) })]]);
      await ledger.written();
    };
    const breakIt = (): void => rmSync(folder, { recursive: true });
    breakIt();
    await write();
    await write();
    expect(troubles).toEqual(['ENOENT']);
    mkdirSync(folder);
    await write();
    expect(readFileSync(file, 'utf8')).toContain('"modTime":"3"');
    breakIt();
    await write();
    expect(troubles).toEqual(['ENOENT', 'ENOENT']);
  });

  it('of an endpoint that is moved to is given as it was read, and of the one before kept', async () => {
    const { file, ledger } = await scene({}, fileOf([row()], 'https://other'));
    ledger.update(() => [[row({ function: 'cart' })]]);
    const heard: unknown[] = [];
    await ledger.moveTo('https://other', (entries) => heard.push(entries));
    ledger.update(() => [[row({ modTime: 'y' })]]);
    await ledger.moveTo('emulator', (entries) => heard.push(entries));
    expect(heard).toEqual([[row()], [row({ function: 'cart' })]]);
    const text = { 'https://other': [row({ modTime: 'y' })], emulator: [row({ function: 'cart' })] };
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ v: 1, endpoints: text });
  });

  it('grows and shrinks with what it holds', async () => {
    const { file, ledger } = await scene();
    for (const count of [1, 300, 2, 301, 0, 400]) {
      const rows = Array.from({ length: count }, (_, index) => row({ function: `fn${index}` }));
      ledger.update(() => rows.map((each) => [each]));
      await ledger.written();
      expect(readFileSync(file, 'utf8')).toBe(`${fileOf(rows)}\n`);
    }
  });

  it('writes no mark of other targets for one that has it: another environment counts', async () => {
    const { file, ledger } = await scene();
    ledger.update(() => [[row({ sending: true })]]);
    await ledger.marked('pay', ['dev']);
    expect(readFileSync(file, 'utf8')).toContain('"sending":true');
    ledger.update(() => [[row({ sending: true }), row({ sending: true, env: 'test' })]]);
    await ledger.marked('pay', ['dev', 'test']);
    expect(readFileSync(file, 'utf8')).toContain('"env":"test"');
  });
});
