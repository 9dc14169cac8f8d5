import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createHttp } from '../../../src/cloud/http.js';
import { createRedactor, type Redactor } from '../../../src/cloud/redact.js';
import {
  type AnyTokenSource,
  createTokenSource,
  type TokenDependencies,
  type Tokens,
} from '../../../src/cloud/token/token.js';
import { atPointer } from '../../../src/cloud/token/url.js';
import { serve, serveJson } from '../../support/cloud-rig.js';
import { freePort } from '../../support/free-port.js';

const value = 'VALUE_of-the-token_1';
const unknown = { changed: true, renewAt: null, expiresAt: null };

interface Rig {
  readonly tokens: Tokens;
  readonly redactor: Redactor;
}

function tokensFrom(source: AnyTokenSource, more: Partial<TokenDependencies> = {}): Rig {
  const http = createHttp({ environment: {}, requestTimeoutMs: 5000 });
  const redactor = createRedactor();
  const tokens = createTokenSource(source, {
    ...{
      http,
      redactor,
      endpoint: 'http://127.0.0.1:9',
      folder: tmpdir(),
      variables: () => ({}),
    },
    ...more,
  });
  onTestFinished(async () => {
    tokens.close();
    await http.close();
  });
  return { tokens, redactor };
}

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tcb-watch-token-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('cloudbase', () => {
  test('is read again every ten minutes, goes by its own name, and from wherever it comes', async () => {
    const source = { kind: 'cloudbase', from: { kind: 'env', name: 'T' } } as const;
    const { tokens } = tokensFrom(source, { variables: () => ({ T: value }), now: () => 1000 });
    expect(await tokens.read()).toEqual({ ok: true, changed: true, renewAt: 601_000, expiresAt: null });
    expect([tokens.parameter, tokens.current()]).toEqual(['cloudbase_access_token', value]);
    expect(tokensFrom(source.from).tokens.parameter).toBe('access_token');
    expect(await tokensFrom(source).tokens.read()).toEqual({ ok: false, problem: 'env-unset:T' });
  });
});

describe('any source', () => {
  test('knows its value after the first reading, and says whether it changed', async () => {
    const environment: Record<string, string> = { T: ` ${value}\n` };
    const variables = () => environment;
    const { tokens, redactor } = tokensFrom({ kind: 'env', name: 'T' }, { variables });
    expect(tokens.current()).toBe(null);
    expect(await tokens.read()).toEqual({ ok: true, ...unknown });
    expect(tokens.current()).toBe(value);
    expect(await tokens.read()).toEqual({ ok: true, ...unknown, changed: false });
    expect(redactor.redact(`x${value}y`)).toBe('x***y');
    environment['T'] = 'another_one';
    expect(await tokens.read()).toMatchObject({ changed: true });
    delete environment['T'];
    expect(await tokens.read()).toEqual({ ok: false, problem: 'env-unset:T' });
    expect(tokens.current()).toBe('another_one');
  });

  test('none and fixed', async () => {
    expect(await tokensFrom({ kind: 'none' }).tokens.read()).toEqual({ ok: false, problem: 'none' });
    expect(await tokensFrom({ kind: 'fixed', value }).tokens.read()).toMatchObject({ ok: true });
  });

  test.each(['two words', 'a\nb', '<html>', '{"a":1}', '"quoted"', '(nil)', 'schlüssel'])(
    '%j is no token',
    async (text) => {
      const outcome = await tokensFrom({ kind: 'fixed', value: text }).tokens.read();
      expect(outcome).toEqual({ ok: false, problem: 'malformed:fixed' });
    },
  );

  test('a token has 4096 characters at most', async () => {
    const read = (length: number) => tokensFrom({ kind: 'fixed', value: 'x'.repeat(length) }).tokens.read();
    expect(await read(4096)).toMatchObject({ ok: true });
    expect(await read(4097)).toEqual({ ok: false, problem: 'malformed:fixed' });
  });

  test.each(['', '  \n', '\uFEFF'])('%j is empty', async (text) => {
    expect(await tokensFrom({ kind: 'fixed', value: text }).tokens.read()).toEqual({
      ok: false,
      problem: 'empty:fixed',
    });
  });

  test('readings at the same time are one', async () => {
    const server = await serve((_, response) => void response.end(value));
    const { tokens } = tokensFrom({ kind: 'url', url: server.url, headers: {}, pointer: null });
    const outcomes = await Promise.all([tokens.read(), tokens.read(), tokens.read()]);
    expect(outcomes.map((each) => each.ok)).toEqual([true, true, true]);
    expect(server.received.length).toBe(1);
    await tokens.read();
    expect(server.received.length).toBe(2);
  });

  test('one who waits can leave without ending the reading of the others', async () => {
    const controller = new AbortController();
    const server = await serve((_, response) => {
      controller.abort();
      response.end(value);
    });
    const { tokens } = tokensFrom({ kind: 'url', url: server.url, headers: {}, pointer: null });
    const [left, stayed] = await Promise.all([tokens.read(controller.signal), tokens.read()]);
    expect(left).toEqual({ ok: false, problem: 'aborted' });
    expect(stayed).toMatchObject({ ok: true });
    expect(await tokens.read(controller.signal)).toEqual({ ok: false, problem: 'aborted' });
  });

  test('close ends a reading under way', async () => {
    const server = await serve(() => tokens.close());
    const { tokens } = tokensFrom({ kind: 'url', url: server.url, headers: {}, pointer: null });
    expect(await tokens.read()).toEqual({ ok: false, problem: 'url-unreachable:ABORTED' });
  });

  test('a source that throws is a problem without the secret in it', async () => {
    const variables = (): never => {
      throw new Error('access_token=oops-a-secret');
    };
    const outcome = await tokensFrom({ kind: 'env', name: 'T' }, { variables }).tokens.read();
    expect(outcome).toMatchObject({
      ok: false,
      problem: expect.stringMatching(/^unexpected:.*access_token=\*\*\*/),
    });
  });
});

test('a blank variable is as good as none', async () => {
  const { tokens } = tokensFrom({ kind: 'env', name: 'T' }, { variables: () => ({ T: ' ' }) });
  expect(await tokens.read()).toEqual({ ok: false, problem: 'env-unset:T' });
});

describe('file', () => {
  test('is read without mark and line end; its problems name the path', async () => {
    const path = join(freshFolder(), 'token');
    const { tokens } = tokensFrom({ kind: 'file', path });
    expect(await tokens.read()).toEqual({ ok: false, problem: `file-missing:${path}` });
    writeFileSync(path, `\uFEFF${value}\r\n`);
    expect(await tokens.read()).toEqual({ ok: true, ...unknown });
    expect(tokens.current()).toBe(value);
    writeFileSync(path, ' ');
    expect(await tokens.read()).toEqual({ ok: false, problem: `empty:${path}` });
    writeFileSync(path, value.padEnd(64 * 1024));
    expect(await tokens.read()).toMatchObject({ ok: true });
    writeFileSync(path, value.padEnd(64 * 1024 + 1));
    expect(await tokens.read()).toEqual({ ok: false, problem: `malformed:${path}` });
  });

  test('a folder in its place', async () => {
    const path = freshFolder();
    const outcome = await tokensFrom({ kind: 'file', path }).tokens.read();
    expect(outcome).toMatchObject({ ok: false, problem: expect.stringMatching(/^file-unreadable:E[A-Z]+:/) });
  });

  test.each([
    ['written in place', (path: string) => writeFileSync(path, 'second-token')],
    [
      'replaced by another file',
      (path: string) => {
        writeFileSync(`${path}.new`, 'second-token');
        renameSync(`${path}.new`, path);
      },
    ],
  ])('onChange when it is %s', async (_, write) => {
    const path = join(freshFolder(), 'token');
    writeFileSync(path, value);
    const { tokens } = tokensFrom({ kind: 'file', path });
    const changed = new Promise<void>((resolve) => onTestFinished(tokens.onChange(resolve)));
    await tokens.read();
    write(path);
    await changed;
    await vi.waitFor(async () => expect(await tokens.read()).toMatchObject({ ok: true }));
    expect(tokens.current()).toBe('second-token');
  });

  test('onChange keeps no process from its end', () => {
    const kept = (): string[] =>
      process.getActiveResourcesInfo().filter((kind) => kind === 'FSEventWrap' || kind === 'Timeout');
    const path = join(freshFolder(), 'token');
    writeFileSync(path, value);
    const { tokens } = tokensFrom({ kind: 'file', path });
    const before = kept().length;
    onTestFinished(tokens.onChange(() => undefined));
    expect(kept()).toHaveLength(before);
  });

  test('onChange when the file, and its folder, come later', async () => {
    const folder = join(freshFolder(), 'later');
    const { tokens } = tokensFrom({ kind: 'file', path: join(folder, 'token') });
    const changed = new Promise<void>((resolve) => onTestFinished(tokens.onChange(resolve)));
    mkdirSync(folder);
    writeFileSync(join(folder, 'token'), value);
    await changed;
    expect(await tokens.read()).toMatchObject({ ok: true });
  });

  test('onChange when another folder takes the place of its own, and for what is written there later', async () => {
    const folder = join(freshFolder(), 'mine');
    const path = join(folder, 'token');
    mkdirSync(folder);
    writeFileSync(path, value);
    const { tokens } = tokensFrom({ kind: 'file', path });
    let heard = 0;
    const listener = (): void => {
      heard += 1;
    };
    onTestFinished(tokens.onChange(listener));
    renameSync(folder, `${folder}-before`);
    mkdirSync(folder);
    writeFileSync(path, 'second-token');
    await vi.waitFor(() => expect(heard).toBeGreaterThan(0), 10_000);
    const before = heard;
    writeFileSync(path, 'a-third-token');
    await vi.waitFor(() => expect(heard).toBeGreaterThan(before), 10_000);
  });

  test('other files in its folder, and a stopped listener, hear nothing', async () => {
    const folder = freshFolder();
    const path = join(folder, 'token');
    writeFileSync(path, value);
    const { tokens } = tokensFrom({ kind: 'file', path });
    const heard: string[] = [];
    tokens.onChange(() => heard.push('stopped'))();
    onTestFinished(tokens.onChange(() => heard.push('open')));
    const watcher = watch(folder);
    onTestFinished(() => watcher.close());
    writeFileSync(`${path}.other`, 'x');
    await once(watcher, 'change');
    await tokens.read();
    await tokens.read();
    expect(heard).toEqual([]);
    writeFileSync(path, 'second-token');
    await vi.waitFor(() => expect(heard).toContain('open'), { timeout: 10_000 });
    expect(heard).not.toContain('stopped');
  });
});

describe('url', () => {
  const url = (address: string, pointer: string | null = null): AnyTokenSource => ({
    ...{ kind: 'url', url: address, pointer },
    headers: {
      'X-Key': 'secret-of-the-header',
      Authorization: 'Bearer another-secret',
      Accept: 'application/json',
    },
  });

  test('sends the headers and follows the pointer', async () => {
    const server = await serveJson({ data: [{ 'a/b': value }] });
    const { tokens, redactor } = tokensFrom(url(`${server.url}/x?apikey=in-the-query`, '/data/0/a~1b'));
    expect(await tokens.read()).toEqual({ ok: true, ...unknown });
    expect(tokens.current()).toBe(value);
    expect(server.received[0]?.headers['x-key']).toBe('secret-of-the-header');
    expect(redactor.redact('secret-of-the-header another-secret in-the-query application/json')).toBe(
      '*** *** *** application/json',
    );
  });

  test.each([
    ['/none', 'url-pointer:/none'],
    ['/data/x', 'url-pointer:/data/x'],
    ['/number', 'url-pointer:/number'],
    ['', 'url-pointer:'],
    ['data', 'url-pointer:data'],
    ['/words', 'malformed:url'],
  ])('pointer %j', async (pointer, problem) => {
    const server = await serveJson({ data: ['a'], number: 5, words: 'no token' });
    expect(await tokensFrom(url(server.url, pointer)).tokens.read()).toEqual({ ok: false, problem });
  });

  test('problems', async () => {
    const server = await serve((_, response, count) => {
      response.statusCode = count === 1 ? 403 : 200;
      response.end(`<html>${value}</html>`);
    });
    const { tokens } = tokensFrom(url(server.url, '/a'));
    expect(await tokens.read()).toEqual({ ok: false, problem: 'url-status:403' });
    expect(await tokens.read()).toEqual({ ok: false, problem: 'url-not-json:200' });
    const closed = tokensFrom(url(`http://127.0.0.1:${await freePort()}`)).tokens;
    expect(await closed.read()).toEqual({ ok: false, problem: 'url-unreachable:ECONNREFUSED' });
    const plain = tokensFrom(url('http://token.example')).tokens;
    expect(await plain.read()).toEqual({ ok: false, problem: 'url-unreachable:PLAIN_HTTP' });
  });

  test('pointers do not reach into prototypes', () => {
    expect(atPointer({ a: [1] }, '/a/length')).toBe(1);
    expect(atPointer({}, '/constructor')).toBe(undefined);
    expect(atPointer({ '~1': { '': 2 } }, '/~01/')).toBe(2);
  });
});
