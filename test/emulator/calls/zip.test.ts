import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ZipArchive } from 'archiver';
import { expect, test } from 'vitest';
import { unzip } from '../../../src/emulator/index.js';
import { CREATE, call, failuresOf, start, type ZipEntry, zipEntries, zipOf } from '../rig.js';

/** The `zipfile` of the vendor's own documentation (docs/cloud-api.md, "Packing"). */
const DOCUMENTED =
  'UEsDBBQACAAIALB+WU4AAAAAAAAAAAAAAAAIABAAaW5kZXguanNVWAwAAZ9zXPuec1z1ARQAdY7BCsIwEETv+Yoll6ZQ+wOhnv0DD+IhxkWC664kWwmI/27V3IpzGuYNw3RzQSiaU9TOG6x3yVrGW0gMEzh8IOsAUVixfkwgOoV47WHawtPAooUVIRxJLs7ukEhgL5nOtl/h79qf+GBZeIM1FbXHdac9aKC9cDwTDfCb9eblzRtQSwcI6+pcr4AAAADOAAAAUEsBAhUDFAAIAAgAsH5ZTuvqXK+AAAAAzgAAAAgADAAAAAAAAAAAQKSBAAAAAGluZGV4LmpzVVgIAAGfc1z7nnNcUEsFBgAAAAABAAEAQgAAAMYAAAAAAA==';

test('the documented sample is accepted and runs', async () => {
  const emulator = await start();
  const answer = await call(emulator, CREATE, { functionname: 'sample', envs: ['dev'], zipfile: DOCUMENTED });
  expect(answer).toEqual({ errcode: 0, errmsg: 'ok' });
  await emulator.finishDeployments();
  expect(emulator.functions('dev')).toMatchObject([{ status: 'Active' }]);
  expect((await emulator.files('dev', 'sample')).get('index.js')?.length).toBe(206);
});

test("another packer's archive: data descriptors, directories, UTF-8 names, stored entries", async () => {
  const archive = new ZipArchive({ zlib: { level: 6 } });
  archive.append(Readable.from(['exports.main = () => 1;']), { name: 'index.js' });
  archive.append(Buffer.alloc(0), { name: '空/文件.txt' });
  archive.append('stored', { name: 'stored.txt', store: true });
  const packed = buffer(archive);
  await archive.finalize();
  const unzipped = await unzip(await packed);
  const files = unzipped.ok
    ? [...unzipped.files].map(([path, { content }]) => [path, content.toString()])
    : unzipped;
  expect(files).toEqual([
    ['index.js', 'exports.main = () => 1;'],
    ['空/文件.txt', ''],
    ['stored.txt', 'stored'],
  ]);
});

const fine: ZipEntry = { path: 'index.js', content: 'exports.main = () => 1;' };

test.each<[string, ZipEntry[], string]>([
  ['an absolute path', [{ path: '/index.js' }], 'absolute'],
  ['a drive', [{ path: 'C:/index.js' }], 'absolute'],
  ['a way up', [{ path: 'a/../../index.js' }], 'relative'],
  ['a dot', [{ path: './index.js' }], 'relative'],
  ['an empty part', [{ path: 'a//index.js' }], 'relative'],
  ['an empty name', [{ path: '' }], 'relative'],
  ['a backslash', [{ path: 'lib\\a.js' }], 'backslash'],
  ['a zero byte', [{ path: 'a\0.js' }], 'zero byte'],
  ['a file twice', [fine, fine], 'twice'],
  ['a file that is a folder too', [{ path: 'lib' }, { path: 'lib/a.js' }], 'both a file and a directory'],
  ['a folder that is a file too', [{ path: 'lib/' }, { path: 'lib' }], 'both a file and a directory'],
  [
    'a folder with a file of its name in between',
    [{ path: 'lib' }, { path: 'lib/' }],
    'both a file and a directory',
  ],
  ['a name of 256 bytes', [{ path: `a/${'文'.repeat(85)}x` }], 'too long'],
  ['a path of 4096 characters', [{ path: `${'abcd/'.repeat(819)}e` }], 'too long'],
  ['two sizes of what is not deflated', [{ ...fine, method: 0, size: 5 }], 'two sizes'],
  ['a Chinese name not marked as UTF-8', [{ path: '数据.js', flags: 0 }], 'UTF-8'],
  ['a name that is no UTF-8', [{ path: Buffer.from([0x61, 0xff]) }], 'UTF-8'],
  ['encryption', [{ ...fine, flags: 1 }], 'encrypted'],
  ['strong encryption', [{ ...fine, flags: 0x40 }], 'encrypted'],
  ['an encrypted directory', [{ ...fine, flags: 0x2000 }], 'encrypted'],
  ['500 MB that it does not have', [{ ...fine, size: 500 * 1024 * 1024 }], 'size does not match'],
  ['another compression', [{ ...fine, method: 12 }], 'compression method'],
  ['a symbolic link', [{ path: 'link', content: 'index.js', mode: 0o120777 }], 'symbolic'],
  ['a wrong CRC', [{ ...fine, crc: 1 }], 'CRC'],
  ['a size too large', [{ ...fine, size: 1000 }], 'size'],
  ['a size too small', [{ ...fine, size: 3 }], 'damaged'],
  ['another name in the local header', [{ ...fine, localPath: 'evil.js!' }], 'local header'],
  ['a folder with content', [{ path: 'lib/', content: 'x' }], 'directory has content'],
  ['more than 500 MB', [{ ...fine, size: 500 * 1024 * 1024 + 1 }], 'unzipped size'],
])('a zip with %s is refused', async (_, entries, problem) => {
  expect(await unzip(zipEntries([{ path: 'first.js', content: '1' }]))).toMatchObject({ ok: true });
  expect(await unzip(zipEntries(entries))).toEqual({ ok: false, problem: expect.stringContaining(problem) });
});

const good = zipOf({ 'index.js': 'exports.main = () => 1;', 'a/b.js': 'x'.repeat(500) });

test.each<[string, (zip: Buffer, end: number) => unknown, string]>([
  ['with the mark of zip64', (zip, end) => zip.writeUInt16LE(0xffff, end + 10), 'zip64'],
  ['whose directory is as large as in zip64', (zip, end) => zip.writeUInt32LE(0xffffffff, end + 12), 'zip64'],
  ['whose directory begins as in zip64', (zip, end) => zip.writeUInt32LE(0xffffffff, end + 16), 'zip64'],
  ['of several disks', (zip, end) => zip.writeUInt16LE(1, end + 4), 'split'],
  ['with entries on other disks', (zip, end) => zip.writeUInt16LE(1, end + 8), 'split'],
  ['with an entry less than it says', (zip, end) => zip.writeUInt32LE(0x00010001, end + 8), 'another size'],
  [
    'whose directory lies elsewhere',
    (zip, end) => zip.writeUInt32LE(zip.readUInt32LE(end + 16) - 1, end + 16),
    'does not lie where',
  ],
  [
    'with two entries of the same bytes',
    (zip, end) => zip.writeUInt32LE(0, zip.indexOf('PK\x01\x02', zip.readUInt32LE(end + 16) + 4) + 42),
    'local header',
  ],
])('a zip %s is refused', async (_, change, problem) => {
  const zip = zipEntries([
    { path: 'a.js', content: '1' },
    { path: 'b.js', content: '2' },
  ]);
  expect(await unzip(zip)).toMatchObject({ ok: true });
  change(zip, zip.length - 22);
  expect(await unzip(zip)).toEqual({ ok: false, problem: expect.stringContaining(problem) });
});

test('entries that lie in each other are refused', async () => {
  const inner = zipEntries([{ path: 'c.js', content: '12345678', method: 0 }]);
  const zip = zipEntries([
    { path: 'a.js', content: inner.subarray(0, inner.readUInt32LE(inner.length - 6)), method: 0 },
    { path: 'b.js', content: '1', method: 0 },
  ]);
  const second = zip.indexOf('PK\x01\x02', zip.readUInt32LE(zip.length - 6) + 4);
  expect(await unzip(zip)).toMatchObject({ ok: true });
  // The entry of the name within takes the place of the second one.
  zip.write('c.js', second + 46);
  zip.writeUInt32LE(30 + 4, second + 42);
  expect(await unzip(zip)).toEqual({ ok: false, problem: expect.stringContaining('overlaps') });
});

test('names as long as Linux takes them are taken', async () => {
  const path = `${'a'.repeat(255)}/b.js`;
  const unzipped = await unzip(zipEntries([{ path }, { path: 'empty/' }]));
  expect(unzipped.ok && [...unzipped.files.keys()]).toEqual([path]);
});

test('a comment at the end is none of the files, however long it is', async () => {
  const withComment = (length: number, said = length): Buffer => {
    const zip = Buffer.concat([good, Buffer.alloc(length, 'c')]);
    zip.writeUInt16LE(said, good.length - 2);
    return zip;
  };
  const plain = await unzip(good);
  for (const length of [1, 0xffff]) expect(await unzip(withComment(length))).toEqual(plain);
  expect(await unzip(withComment(9, 8))).toMatchObject({ ok: false });
});

test('the bits of a file count where the packer has such bits: Unix and macOS', async () => {
  const executables = async (madeBy: number): Promise<readonly string[]> => {
    const modes = [0o100666, 0o100645, 0o100654, 0o100744, 0];
    const zip = zipEntries(modes.map((mode) => ({ path: mode.toString(8), mode })));
    for (let at = zip.indexOf('PK\x01\x02'); at !== -1; at = zip.indexOf('PK\x01\x02', at + 4))
      zip[at + 5] = madeBy;
    const unzipped = await unzip(zip);
    return unzipped.ok
      ? [...unzipped.files].filter(([, one]) => one.executable).map(([path]) => path)
      : ['?'];
  };
  const some = ['100645', '100654', '100744'];
  expect(await Promise.all([0, 3, 10, 19].map(executables))).toEqual([[], some, [], some]);
});

test('a zip cut anywhere, or with bytes before or after it, is refused', async () => {
  expect(await unzip(good)).toMatchObject({ ok: true });
  for (let length = 0; length < good.length; length += 1) {
    expect(await unzip(good.subarray(0, length)), `cut at ${length}`).toMatchObject({ ok: false });
  }
  expect(await unzip(Buffer.concat([Buffer.from('x'), good]))).toMatchObject({ ok: false });
  expect(await unzip(Buffer.concat([good, Buffer.from('x')]))).toMatchObject({ ok: false });
});

test('a zip with any one byte changed never makes the reader throw', async () => {
  for (let at = 0; at < good.length; at += 1) {
    const damaged = Buffer.from(good);
    damaged[at] = (damaged[at] ?? 0) ^ 0xff;
    expect(typeof (await unzip(damaged)).ok).toBe('boolean');
  }
});

/** A zip in whose base64 both characters stand that addresses cannot hold. */
const WITH_BOTH = zipEntries([
  { path: 'index.js', content: Buffer.alloc(60, 'fbefbefbffff', 'hex'), method: 0 },
]);

test.each([
  ['text that is no base64', 'not base64!!'],
  [
    'base64 without its padding',
    zipOf({ 'index.js': '1' }).toString('base64').replace(/=+$/, '').slice(0, -1),
  ],
  ['base64 for addresses', WITH_BOTH.toString('base64').replaceAll('+', '-').replaceAll('/', '_')],
  ['base64 with a line break', `${DOCUMENTED.slice(0, 76)}\n${DOCUMENTED.slice(76)}   `],
  ['base64 of no zip', Buffer.from('hello').toString('base64')],
])('%s is refused by every environment that exists', async (_, zipfile) => {
  const emulator = await start();
  const envs = ['dev', 'test', 'nowhere'];
  const answer = await call(emulator, CREATE, { functionname: 'pay', envs, zipfile });
  const failures = failuresOf(answer, 'fail_env_list');
  expect(failures.map(({ env }) => env)).toEqual(envs);
  expect(failures.pop()?.['errmsg']).toContain("can't find the env");
  for (const { errmsg } of failures) expect(errmsg).toMatch(/^InvalidParameterValue\.Code: ZipFile/);
});

test('20,971,520 base64 characters are taken, four more are not', async () => {
  const emulator = await start();
  const overhead = zipEntries([{ ...fine }, { path: 'data', content: '', method: 0 }]).length;
  const noise = randomBytes(15_728_640 - overhead);
  const send = async (content: Buffer): Promise<unknown> => {
    const zip = zipEntries([fine, { path: 'data', content, method: 0 }]).toString('base64');
    const answer = await call(emulator, CREATE, { functionname: 'big', envs: ['dev'], zipfile: zip });
    return failuresOf(answer, 'fail_env_list')[0]?.['errmsg'];
  };
  expect(await send(Buffer.concat([noise, Buffer.alloc(1)]))).toContain('20971524 base64 characters');
  expect(await send(noise)).toBeUndefined();
  await emulator.finishDeployments();
  expect((await emulator.files('dev', 'big')).get('data')?.equals(noise)).toBe(true);
});

const padAt = (text: string, at: number): string => `${text.slice(0, at)}=${text.slice(at + 1)}`;

/** Large bodies are read another way than small ones; both must say the same of the same text. */
test.each<[string, (json: string) => string, boolean]>([
  ['as it is', (json) => json, true],
  ['with white space', (json) => json.replace('"zipfile":"', '"zipfile" :\n "'), true],
  ['with escaped slashes', (json) => json.replace(/(?<=[A-Za-z0-9+])\/(?=[A-Za-z0-9+])/g, '\\/'), true],
  ['with the zip nested', (json) => json.replace(/"zipfile":"([^"]*)"/, '"more":{"zipfile":"$1"}'), false],
  ['with a blank in the middle', (json) => `${json.slice(0, 5e5)} ${json.slice(5e5 + 1)}`, false],
  ['with padding in the middle', (json) => `${json.slice(0, 5e5)}=${json.slice(5e5 + 1)}`, false],
  ['with padding at the end of a slice', (json) => padAt(json, json.indexOf('UEsD') + 512 * 1024 - 1), false],
  ['cut', (json) => json.slice(0, -100), false],
  ['with a second zip, the last one counting', (json) => json.replace(/\}$/, ',"zipfile":"AAAA"}'), false],
])('a body of 1 MB %s', async (_, change, accepted) => {
  const emulator = await start();
  const zip = zipEntries([fine, { path: '数据', content: randomBytes(800_000), method: 0 }]);
  const body = JSON.stringify({ functionname: 'big', envs: ['dev'], zipfile: zip.toString('base64') });
  const answer = await call(emulator, CREATE, change(body));
  expect(answer['errcode'] === 0 && answer['fail_env_list'] === undefined).toBe(accepted);
  expect(emulator.functions('dev')).toHaveLength(accepted ? 1 : 0);
});
