import { mkdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/functions/load.js';
import { folderWith, loaded } from '../support/config-folder.js';
import { needs } from '../support/needs.js';

const envs = ['dev'];
/** `kind path value` of each. */
async function risks(config: object, files = {}, options = {}): Promise<string[]> {
  const result = await loaded({ envs, ...config }, files, options);
  return result.risks.map(({ kind, path: at, value }) => `${kind} ${at} ${value}`);
}

describe('what never asks', () => {
  test.each([
    ['nothing but environments', {}],
    ['the emulator', { endpoint: 'emulator' }],
    ['loopback', { endpoint: 'http://127.0.0.1:4000' }],
    ['loopback by name and over TLS', { endpoint: 'https://localhost:4000' }],
    ['loopback in IPv6', { endpoint: 'http://[::1]:4000' }],
    ['the vendor', { endpoint: 'https://api.weixin.qq.com' }],
    ['a spare host of the vendor', { endpoint: 'https://sh.api.weixin.qq.com/' }],
    ['a token in a variable', { token: { env: 'ANY' } }],
    ['a token in a file, wherever it lies', { token: { file: '/etc/token' } }],
    ['a token command that the emulator never runs', { endpoint: 'emulator', token: { command: 'x' } }],
    ['minting', { token: { component: { appId: 'a', appSecret: 'b', verifyTicket: { file: '/t' } } } }],
    ['a disabled function', { functions: { pay: { enabled: false, dir: '/', build: 'esbuild' } } }],
    ['a shared folder inside', { shared: { common: ['*'] } }],
  ])('%s', async (_, config) => {
    expect(await risks(config, { 'cloudfunctions/common/': '' })).toEqual([]);
  });
});

describe('what needs an agreement', () => {
  test.each([
    ['another cloud', { endpoint: 'https://evil.example' }, 'endpoint endpoint https://evil.example'],
    [
      'a host that ends like the vendor’s',
      { endpoint: 'https://xapi.weixin.qq.com.evil.example' },
      'endpoint',
    ],
    ['a host that begins like it', { endpoint: 'https://api.weixin.qq.com.evil.example' }, 'endpoint'],
    ['another port of the vendor', { endpoint: 'https://api.weixin.qq.com:8443' }, 'endpoint'],
    ['a host that looks like loopback', { endpoint: 'https://127.0.0.1.evil.example' }, 'endpoint'],
    ['a token command', { token: { command: 'cat t' } }, 'command token.command cat t'],
    ['a token server', { token: { url: 'https://t.example/a' } }, 'token-url token.url https://t.example/a'],
    [
      'the platform manager',
      { token: { wxcomponent: { url: 'https://m.example', username: 'admin', password: 'open-sesame' } } },
      'token-url token.wxcomponent.url https://m.example, username: admin, password: ***',
    ],
    [
      'a command below cloudbase',
      { token: { cloudbase: { command: 'cat t' } } },
      'command token.cloudbase.command cat t',
    ],
    [
      'a build',
      { functions: { pay: { build: { command: 'make', output: 'd' } } } },
      'command functions.pay.build.command make',
    ],
    ['esbuild', { functions: { 'a.b': { build: 'esbuild' } } }, 'code functions["a.b"].build esbuild'],
    ['a hook', { hooks: { afterLive: 'curl x' } }, 'command hooks.afterLive curl x'],
    ['the other hook', { hooks: { onFailure: 'curl y' } }, 'command hooks.onFailure curl y'],
    ['notifications', { notify: true }, 'code notify toasted-notifier'],
    [
      'events elsewhere, whoever is called with them',
      { answers: { events: '/' } },
      `outside-events answers.events ${path.parse(tmpdir()).root}`,
    ],
    [
      'a folder elsewhere',
      { functions: { pay: { dir: '/' } } },
      `outside functions.pay.dir ${path.parse(tmpdir()).root}`,
    ],
  ])('%s', async (_, config, expected) => {
    const found = await risks(config);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  test('the variables that a token server is sent, as they are written, and not their values', async () => {
    const token = { url: 'https://t.example', headers: { 'x-key': '${TOKEN_KEY}' } };
    const of = (value: string) => risks({ token }, {}, { environment: { TOKEN_KEY: value } });
    expect(await of('one')).toEqual(['token-url token.url https://t.example, x-key: ${TOKEN_KEY}']);
    expect(await of('two')).toEqual(await of('one'));
  });

  test('functions roots, by their real paths and places', async () => {
    const above = await folderWith({ 'shop/api/': '', 'shop/fns/': '', 'other/common/': '' });
    const from = path.join(above, 'shop');
    needs('links');
    await symlink('../other', path.join(from, 'linked'));
    await mkdir(path.join(above, 'other', 'pay'));
    const config = { envs, functionsRoot: ['fns', '../other', 'linked'], shared: { common: ['*'] } };
    const { writeFile } = await import('node:fs/promises');
    await writeFile(path.join(from, 'watch.config.json'), JSON.stringify(config, null, 1));
    const result = await loadConfig({ from, environment: {} });
    const found = result.ok ? result.risks : [];
    // The shared folders in them come along with the roots.
    expect(found.map(({ kind, path: at, at: place }) => [kind, at, place?.line])).toEqual([
      ['outside', 'functionsRoot[1]', 7],
      ['outside', 'functionsRoot[2]', 8],
    ]);
  });

  test('events that a link leads to', async () => {
    needs('links');
    const from = await folderWith({ 'watch.config.json': JSON.stringify({ envs }), 'cloudfunctions/': '' });
    await symlink(await folderWith({ 'pay.json': '{}' }), path.join(from, 'events'));
    const result = await loadConfig({ from, environment: {} });
    expect(result.ok ? result.risks.map(({ kind }) => kind) : []).toEqual(['outside-events']);
  });

  test('an endpoint from the command line is the user’s own', async () => {
    const overrides = { endpoint: 'https://own.example' };
    expect(await risks({ endpoint: 'https://evil.example' }, {}, { overrides })).toEqual([]);
  });
});
