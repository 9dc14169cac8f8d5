/** The findings of `doctor` in a function whose content is built, or moves on while it is looked at. The rest is real. */
import { describe, expect, it } from 'vitest';
import { createBuiltContent } from '../../src/build/builds.js';
import type { Content } from '../../src/content/content.js';
import { examineFunction } from '../../src/doctor/functions.js';
import { discover } from '../../src/functions/discovery.js';
import { loadConfigValue } from '../../src/functions/load.js';
import type { ContentProblem } from '../../src/model/nouns.js';
import { buildsFolderOf } from '../../src/state/folder.js';
import { expectWhole } from '../support/doctor-rig.js';
import { folderWith } from '../support/init-rig.js';

const bundles = '.tcb-watch/builds';
const source = { 'functions/pay/src/index.ts': 'export const main = () => 1;' };

/** @param change what is another way than it really is */
async function look(
  files: Readonly<Record<string, string>>,
  change: Partial<Content> = {},
  build: unknown = undefined,
) {
  const folder = await folderWith({ 'functions/': '', ...files });
  const loaded = await loadConfigValue(
    {
      ...{ functionsRoot: 'functions', envs: ['dev'], endpoint: 'http://127.0.0.1:9', token: { env: 'T' } },
      functions: { pay: { build } },
    },
    { from: folder, environment: { T: 'token-of-the-test' } },
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const specs = await discover(loaded.config, { known: new Set() });
  const [spec] = specs;
  if (spec === undefined) throw new Error('no function');
  const asIs = createBuiltContent(loaded.config, specs);
  const content = { ...asIs, ...change };
  const bundles = buildsFolderOf(loaded.config);
  const examined = await examineFunction(loaded.config, spec, { asIs: content, bundled: content, bundles });
  expectWhole(examined.findings);
  return examined;
}

const failing = (problem: ContentProblem): Partial<Content> => ({
  scan: async () => ({ ok: false, problem }),
});
const tooBig: ContentProblem = { reason: 'too-big', measure: 'unzipped', size: 9, limit: 8, largest: [] };
const code = "require('./nowhere');\nexports.main = 1;\n";

describe('a function that esbuild bundles', () => {
  const bundle = {
    ...source,
    [`${bundles}/pay/index.js`]: "require('./nowhere');\nexports.main = (x) => x ?? 1;\n",
    'functions/pay/config.json': '{"permissions":{"openapi":["a"]}}',
  };

  it('is looked at in its bundle, whose paths are not the project’s, and whose syntax is never too new', async () => {
    const { findings, sources } = await look(bundle, {}, 'esbuild');
    expect(findings.map(({ kind }) => kind)).toEqual([
      ...['build-made', 'function-ok', 'code-fault', 'permissions'],
    ]);
    expect(findings[2]).toMatchObject({ fault: { kind: 'missing-file', path: 'index.js' } });
    expect(sources).toEqual([]);
  });

  it('without esbuild says that alone, and what else is known of the function', async () => {
    const absent = failing({ reason: 'build-failed', fault: 'no-esbuild', output: '' });
    const { findings } = await look(source, absent, 'esbuild');
    expect(findings).toEqual([{ kind: 'esbuild-absent', function: 'pay', env: null }]);
    const both = await look({ ...bundle, [`${bundles}/pay/index.js`]: '' }, absent, 'esbuild');
    expect(both.findings.map(({ kind }) => kind)).toEqual(['esbuild-absent', 'permissions']);
  });

  it.each<readonly [string, ContentProblem, readonly string[]]>([
    ['fails', { reason: 'build-failed', fault: 'no-source', output: '' }, ['function-problem']],
    ['is too large', tooBig, ['build-made', 'function-problem']],
  ])('and that %s is said of it, not of a build', async (_, problem, kinds) => {
    const { findings } = await look(source, failing(problem), 'esbuild');
    expect(findings.map(({ kind }) => kind)).toEqual(kinds);
    expect(findings.at(-1)).toMatchObject({ function: 'pay', problem });
  });
});

it.each<readonly [string, Readonly<Record<string, string>>, ContentProblem | null, string]>([
  ['by its package.json', { 'package.json': '{"main":"main.js"}', 'main.js': code }, null, 'function-ok'],
  ['that is too large', { 'index.js': code }, tooBig, 'function-problem'],
])('the code of a function with an entry %s is looked at, too', async (_, files, problem, kind) => {
  const placed = Object.entries(files).map(([name, text]) => [`functions/pay/${name}`, text]);
  const change = problem === null ? {} : failing(problem);
  const { findings } = await look(Object.fromEntries(placed), change);
  expect(new Set(findings.map((each) => each.kind))).toEqual(new Set([kind, 'code-fault']));
});

describe('a function that is edited while it is looked at', () => {
  const files = { 'functions/pay/index.js': 'exports.main = 1;\n' };

  it('and cannot be sent any more says why', async () => {
    const problem: ContentProblem = { reason: 'no-entry', expected: ['index.js'] };
    const { findings } = await look(files, {
      pack: async () => ({ ok: false, scan: { ok: false, problem } }),
    });
    expect(findings).toEqual([{ kind: 'function-problem', function: 'pay', env: null, problem }]);
  });

  it('and is another one now is no mistake', async () => {
    const scan = { ok: true, fingerprint: 'f'.repeat(64), files: 1, bytes: 1, changed: [] } as const;
    const { findings } = await look(files, { pack: async () => ({ ok: false, scan }) });
    expect(findings).toEqual([]);
  });
});

describe('the entry of a function', () => {
  const fine = 'exports.main = 1;\n';

  it('is one that is packed', async () => {
    const files = {
      ...{ 'functions/pay/index.js': fine, 'functions/pay/index.cjs': fine },
      'functions/.tcbignore': 'index.js\n',
    };
    const { findings } = await look(files);
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'function-ok', entry: 'index.cjs' }));
  });

  it('may name what is left out, and what is not there: each is said once', async () => {
    const files = {
      'functions/pay/index.js':
        "require('./left');\nrequire('./nowhere');\nrequire('../above');\nexports.main = 1;\n",
      'functions/pay/other.js': "require('./nowhere');\n",
      'functions/pay/left.js': fine,
      'functions/.tcbignore': 'left.js\n',
    };
    const { findings } = await look(files);
    const places = findings.flatMap((finding) => {
      if (finding.kind === 'code-fault') return [`fault ${finding.fault.path}:${finding.fault.line}`];
      return 'line' in finding ? [`${finding.kind} ${finding.path}:${finding.line}`] : [];
    });
    expect(places).toEqual([
      ...['fault functions/pay/index.js:2'],
      ...['names-ignored functions/pay/index.js:1', 'names-outside functions/pay/index.js:3'],
    ]);
  });
});
