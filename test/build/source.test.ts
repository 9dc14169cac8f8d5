/** Which functions are built, and which of their files are sources. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildOf, isBuildWithheld, outputOf, sourceRules } from '../../src/build/source.js';
import type { BuildConfig, FunctionConfig } from '../../src/config/model.js';
import { createIgnoreRules } from '../../src/content/ignore.js';

const esbuild = { kind: 'esbuild' } as const;
const command = (output: string) => ({ kind: 'command', command: 'make', output }) as const;

describe('the build of a function', () => {
  const withBuild = (build: BuildConfig | null): FunctionConfig => ({
    ...{ dir: null, envs: null, ignore: [], enabled: true, build, answers: null, proof: null },
  });
  const config = {
    functions: {
      bundled: withBuild(esbuild),
      made: withBuild(command('dist')),
      withheld: withBuild({ kind: 'withheld' }),
      plain: withBuild(null),
    },
  };

  it.each([
    ['bundled', esbuild, false],
    ['made', command('dist'), false],
    ['withheld', null, true],
    ['plain', null, false],
    ['none', null, false],
    // An object has these without any function of that name.
    ['constructor', null, false],
    ['toString', null, false],
  ] as const)('%s', (name, build, isWithheld) => {
    expect(buildOf(config, name)).toEqual(build);
    expect(isBuildWithheld(config, name)).toBe(isWithheld);
  });

  it('leaves its result in the function, or outside of what is watched', () => {
    const dir = join('/project', 'functions', 'pay');
    expect(outputOf(command('out/js'), 'pay', dir, '/builds')).toBe(join(dir, 'out', 'js'));
    expect(outputOf(esbuild, 'pay', dir, '/builds')).toBe(join('/builds', 'pay'));
  });
});

describe('the sources', () => {
  const problem = { reason: 'unreadable', path: '.tcbignore', code: 'EACCES' } as const;
  const rules = createIgnoreRules([{ source: 'test', patterns: ['*.tmp', '!kept.key'] }], problem);

  it('have the same rules, object for object, as long as what makes them is the same: so nothing is looked at for it', () => {
    const of = sourceRules(rules, command('dist'));
    expect(sourceRules(rules, command('./dist/'))).toBe(of);
    expect(sourceRules(rules, command('out'))).not.toBe(of);
    expect(sourceRules(createIgnoreRules([]), command('dist'))).not.toBe(of);
  });

  it.each(['dist', './dist', 'dist/', '.\\dist'])(
    'are all but the output and what is ignored: %s',
    (output) => {
      const of = sourceRules(rules, command(output));
      for (const [path, isDirectory] of [
        ['dist', true],
        ['dist/index.js', false],
        ['a.tmp', false],
      ] as const) {
        expect(of.ignores(path, isDirectory)).toBe(true);
        expect(of.explain(path, isDirectory).ignored).toBe(true);
      }
      expect(of.explain('dist/index.js', false)).toEqual({
        ignored: true,
        rule: 'dist',
        source: 'build.output',
      });
      expect(of.explain('a.tmp', false)).toEqual(rules.explain('a.tmp', false));
      for (const path of ['index.ts', 'distant.ts', 'src/dist/index.ts']) {
        expect(of.ignores(path, false)).toBe(false);
        expect(of.explain(path, false).ignored).toBe(false);
      }
      expect([of.problem, of.takesIn('kept.key'), of.takesIn('other.key')]).toEqual([problem, true, false]);
    },
  );

  it('of esbuild are what is not ignored: it writes nothing among them', () => {
    expect(sourceRules(rules, esbuild)).toBe(rules);
  });
});
