/** Private keys and registry tokens hold a function; what configuration keeps secrets in is never packed at all. */
import { describe, expect, it } from 'vitest';
import { createIgnoreRules } from '../../src/content/ignore.js';
import { createSnapshots } from '../../src/content/snapshot.js';
import { type SnapshotSource, snapshotSource } from '../../src/content/source.js';
import { needs } from '../support/needs.js';
import {
  discoveryConfig,
  freshProject,
  type Project,
  plainFunction,
  sourceOf,
} from '../support/snapshot-project.js';

const body = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj';
const pem = (kind = ''): string =>
  `-----BEGIN ${kind}PRIVATE KEY-----\n${body}\n-----END ${kind}PRIVATE KEY-----\n`;
const quoted = (text: string): string => JSON.stringify(text);

function project(files: Readonly<Record<string, string | Buffer>>): Project {
  const made = freshProject();
  made.write({ 'fn/index.js': 'exports.main = 1\n', ...files });
  return made;
}

async function problemOf(source: SnapshotSource) {
  const result = await createSnapshots({ maxZipBase64: () => 20_971_520 }).scan(source, false);
  return result.ok ? null : result.problem;
}

async function packedOf(source: SnapshotSource): Promise<readonly string[]> {
  const { files } = await createSnapshots({ maxZipBase64: () => 20_971_520 }).files(source);
  return files.filter(({ packed }) => packed).map(({ path }) => path);
}

describe('a function is held, with file and line', () => {
  it.each<[string, string, string | Buffer, number | null]>([
    ['a key file', 'cert/key.pem', pem(), 1],
    ['a key of OpenSSL', 'k.pem', pem('RSA '), 1],
    ['an encrypted key', 'k.key', pem('ENCRYPTED '), 1],
    ['a key of ssh', 'deploy', pem('OPENSSH '), 1],
    ['a key of PGP', 'k.txt', '\n-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ\n', 2],
    ['a key with the line ends of Windows', 'k.pem', pem().replaceAll('\n', '\r\n'), 1],
    [
      'a key behind a certificate',
      'all.pem',
      `-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n${pem()}`,
      4,
    ],
    ['a key in YAML', 'app.yml', `a: 1\nkey: |\n  ${pem().replaceAll('\n', '\n  ')}\n`, 3],
    ['a key in a string', 'index.js', `\n\nconst key = ${quoted(pem())};\n`, 3],
    ['a key in a template', 'k.js', `const key = \`${pem('RSA ')}\`;\n`, 1],
    [
      'a short key in a template',
      'k.js',
      'x = `-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----`',
      1,
    ],
    [
      'a key put together',
      'k.ts',
      `const key = '-----BEGIN PRIVATE KEY-----\\n' +\n  '${body}\\n' +\n  '…';\n`,
      1,
    ],
    ['a key in JSON', 'account.json', `{\n "private_key": ${quoted(pem())}\n}\n`, 2],
    ['a key in JSON in a string', 'k.js', `x = ${quoted(quoted(pem()))};`, 1],
    ['a bare key as payment services give it', 'pay.js', `\nconst key = '${body}';\n`, 2],
    ['a key store', 'apiclient_cert.p12', Buffer.from([0x30, 0x82, 0, 0]), null],
    ['a key by its name', 'id_ed25519', 'x', null],
    ['a registry token', '.npmrc', 'registry=x\n//registry.npmjs.org/:_authToken=npm_abc123\n', 2],
    ['a registry token of old', '.npmrc', '_authToken = abc\n', 1],
    ['a registry token that code writes', 'i.js', "write('//r.example/:_authToken=npm_abc123\\n')", 1],
    ['a registry token in an object', 'i.js', 'x = { "_authToken": "abcdefgh1234" }', 1],
  ])('%s', async (_what, path, content, line) => {
    const what = path === '.npmrc' || path === 'i.js' ? 'registry-token' : 'private-key';
    const made = project({ [`fn/${path}`]: content });
    const problem = await problemOf(sourceOf(made));
    expect(problem).toMatchObject({ reason: 'secret', what, path, file: `fn/${path}`, line, more: 0 });
    expect(JSON.stringify(problem)).not.toContain('MII');
  });

  it('whose key lies behind megabytes of text', async () => {
    const text = 'const x = 1;\n'.repeat(200_000);
    const made = project({ 'fn/big.js': `${text}const key = ${quoted(pem())};\n` });
    expect(await problemOf(sourceOf(made))).toMatchObject({
      reason: 'secret',
      path: 'big.js',
      line: 200_001,
    });
  });

  it('with how many more, and none of a folder that is ignored', async () => {
    const made = project({ 'fn/a.pem': pem(), 'fn/b.pem': pem(), 'fn/c.pem': pem(), 'fn/test/d.pem': pem() });
    const rules = createIgnoreRules([{ source: 'ignore', patterns: ['test/'] }]);
    expect(await problemOf(sourceOf(made, { rules }))).toMatchObject({ path: 'a.pem', more: 2 });
  });

  it('until the file is as it was', async () => {
    const made = project({});
    const snapshots = createSnapshots({ maxZipBase64: () => 20_971_520 });
    const first = await snapshots.scan(sourceOf(made), false);
    made.write({ 'fn/k.pem': pem() });
    for (const full of [false, false, true])
      expect(await snapshots.scan(sourceOf(made), full)).toMatchObject({ problem: { reason: 'secret' } });
    expect(await snapshots.glance(sourceOf(made))).toMatchObject({ problem: { reason: 'secret' } });
    made.remove('fn/k.pem');
    expect(await snapshots.scan(sourceOf(made), false)).toMatchObject({
      ok: true,
      fingerprint: first.ok ? first.fingerprint : '',
    });
  });
});

describe('no function is held by', () => {
  it.each([
    [
      'code that takes keys apart',
      "x = pem.replace('-----BEGIN PRIVATE KEY-----', '').replace('-----END PRIVATE KEY-----', '')",
    ],
    [
      'code that puts keys together',
      'x = `-----BEGIN PRIVATE KEY-----\\n${body}\\n-----END PRIVATE KEY-----`',
    ],
    [
      'code that adds strings',
      'x = "-----BEGIN PRIVATE KEY-----\\n" + body + "\\n-----END PRIVATE KEY-----\\n"',
    ],
    [
      'code that adds a longer name',
      'x="-----BEGIN PRIVATE KEY-----\\n"+formatPrivateKeyBody(key)+"\\n-----END PRIVATE KEY-----"',
    ],
    ['a pattern', 'x = /-----BEGIN (?:RSA )?PRIVATE KEY-----([\\s\\S]+)-----END/.exec(y)'],
    ['a comparison', "if (pem.indexOf('-----BEGIN PRIVATE KEY-----') !== 0) throw new TypeError('no key')"],
    ['a comment', '// begins with -----BEGIN RSA PRIVATE KEY-----\nconst value = 1;'],
    [
      'a public key',
      '-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----',
    ],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n'],
    ['a field of a library', 'this._authToken = options.authToken; a._authToken=b._authToken'],
    ['a name that is looked for', "if (key.endsWith(':_authToken')) found.push(key)"],
  ])('%s', async (_what, content) => {
    expect(await problemOf(sourceOf(project({ 'fn/lib/code.js': content })))).toBeNull();
  });

  it('a variable of npm, and what a binary file holds', async () => {
    const made = project({
      'fn/.npmrc': '//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n# _authToken=abc\n',
      'fn/lib/tool.node': Buffer.from(`\0\0${pem()}`),
    });
    expect(await problemOf(sourceOf(made))).toBeNull();
  });

  it('the sources of a build, whose output is what is sent', async () => {
    expect(await problemOf(sourceOf(project({ 'fn/k.pem': pem() }), { entries: null }))).toBeNull();
  });
});

describe('a pattern sends it all the same', () => {
  const under = async (path: string, ...patterns: string[]): Promise<boolean> => {
    const rules = createIgnoreRules([{ source: 'ignore', patterns }]);
    return (await problemOf(sourceOf(project({ [`fn/${path}`]: pem() }), { rules }))) === null;
  };

  it.each([['!cert/key.pem'], ['!/cert/key.pem'], ['!key.pem'], ['!**/key.pem'], ['!*.pem']])(
    '%s names the file',
    async (pattern) => {
      expect(await under('cert/key.pem', pattern)).toBe(true);
    },
  );

  it.each([
    ['!cert/'],
    ['!cert'],
    ['!*'],
    ['!**'],
    ['!cert/**'],
    ['!cert/*'],
    ['!k*'],
    ['!other.pem'],
    ['cert/key.pem'],
  ])('%s does not', async (pattern) => {
    const packed = !createIgnoreRules([{ source: 'ignore', patterns: [pattern] }]).ignores(
      'cert/key.pem',
      false,
    );
    if (packed) expect(await under('cert/key.pem', pattern)).toBe(false);
    else expect(await under('cert/key.pem', pattern)).toBe(true); // it is left out
  });

  it('of code, only by its name', async () => {
    expect(await under('lib/k.js', '!*.js')).toBe(false);
    expect(await under('lib/k.js', '!k.js')).toBe(true);
  });

  it.each(['k.pem', 'a b/[k]*!.pem', '#k.pem', '!k.pem'])(
    'the one that the message names: %s',
    async (path) => {
      if (path.includes('*')) needs('names');
      const made = project({ [`fn/${path}`]: pem() });
      const problem = await problemOf(sourceOf(made));
      if (problem?.reason !== 'secret') throw new Error('not held');
      expect(problem.allow.file).toBe('.tcbignore');
      expect(await under(path, problem.allow.pattern)).toBe(true);
    },
  );

  it('in a shared folder’s own ignore file', async () => {
    const made = freshProject();
    made.write({ 'fns/pay/index.js': '', 'fns/common/k.pem': pem() });
    const config = discoveryConfig(made, { shared: { common: ['*'] } });
    const spec = {
      ...{ name: 'pay', dir: made.path('fns/pay'), root: made.path('fns'), envs: ['dev'] },
      ...{ repository: null, built: false, problem: null },
    };
    const held = await problemOf(await snapshotSource(config, spec));
    const allow = { pattern: '!/k.pem', file: '../common/.tcbignore' };
    expect(held).toMatchObject({ reason: 'secret', path: 'common/k.pem', line: 1, allow });
    made.write({ 'fns/common/.tcbignore': '!/k.pem\n' });
    expect(await problemOf(await snapshotSource(config, spec))).toBeNull();
  });
});

describe('never packed, whatever patterns say', () => {
  const spec = (made: Project) => ({
    ...{ name: 'pay', dir: made.path('fns/pay'), root: made.path('fns'), envs: ['dev'] },
    ...{ repository: null, built: false, problem: null },
  });

  it.each([
    [
      'the token’s file',
      'fns/pay/secret/token.txt',
      (path: string) => ({ token: { kind: 'file' as const, path } }),
    ],
    [
      'the ticket’s file',
      'fns/pay/ticket',
      (path: string) => {
        const verifyTicket = { kind: 'file' as const, path };
        return { token: { kind: 'component' as const, appId: 'wx', appSecret: 's', verifyTicket } };
      },
    ],
    ['the configuration', 'fns/pay/deploy.json', (file: string) => ({ file })],
    ['a watch.config.json', 'fns/pay/old/watch.config.json', () => ({})],
    ['a Watch.Config.JSON', 'fns/pay/Watch.Config.JSON', () => ({})],
  ])('%s', async (_what, path, configured) => {
    const made = freshProject();
    made.write({ 'fns/pay/index.js': '', [path]: 'the secret', 'fns/pay/sub/other.txt': '' });
    made.link('fns/pay/copy.txt', made.path(path));
    const name = path.slice('fns/pay/'.length);
    const pay = { ...plainFunction, ignore: [`!${name}`, '!copy.txt'] };
    const config = { ...discoveryConfig(made, { functions: { pay } }), ...configured(made.path(path)) };
    expect(await packedOf(await snapshotSource(config, spec(made)))).toEqual(['index.js', 'sub/other.txt']);
  });

  it('through a linked folder either', async () => {
    const made = freshProject();
    made.write({ 'fns/pay/index.js': '', 'keep/token': 'the secret', 'keep/other': '' });
    made.link('fns/pay/kept', made.path('keep'));
    const config = discoveryConfig(made, { token: { kind: 'file', path: made.path('keep/token') } });
    expect(await packedOf(await snapshotSource(config, spec(made)))).toEqual(['index.js', 'kept/other']);
  });
});
