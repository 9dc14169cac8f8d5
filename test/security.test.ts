/** SECURITY.md: each promise and each attack names tests that are there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(join(root, 'SECURITY.md'), 'utf8');
const part = (title: string): string => page.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
const testsIn = (text: string): readonly string[] =>
  [...text.matchAll(/`(test\/[\w./-]+\.test\.ts)`/g)].map(([, path = '']) => path);

describe('SECURITY.md', () => {
  const promises = part('What is promised today').split('\n- **').slice(1);
  const attacks = part('Attacks that were tried')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| attack'));

  it('names a test for every promise', () => {
    expect(promises.length).toBeGreaterThan(12);
    expect(promises.filter((text) => testsIn(text).length === 0)).toEqual([]);
  });

  it('names a test for every attack, and twenty of them', () => {
    expect(attacks.length).toBeGreaterThanOrEqual(20);
    const groups = [
      ...readFileSync(join(root, 'test/e2e/attacks.test.ts'), 'utf8').matchAll(/^describe\('([^']+)'/gm),
    ].map(([, name = '']) => name);
    const named = (row: string): boolean => {
      const last = row.split('|').at(-2) ?? '';
      return testsIn(last).length > 0 || groups.some((group) => last.includes(group));
    };
    expect(attacks.filter((row) => !named(row))).toEqual([]);
  });

  it('names only tests that are there', () => {
    expect(testsIn(page).filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

it('the program knows no call that deletes something in the cloud', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts') && !name.startsWith('emulator/'));
  expect(sources.length).toBeGreaterThan(200);
  const deleting = /\/(?:tcb|componenttcb|wxa|cgi-bin)\/\w*(?:delete|remove|destroy|unset)/i;
  expect(sources.filter((name) => deleting.test(readFileSync(join(root, 'src', name), 'utf8')))).toEqual([]);
});
