/** Which tests share a process: one that sets a clock would set it for the others. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { clocks } from './projects.js';

const folder = fileURLToPath(new URL('.', import.meta.url));
const setsClock = /useFakeTimers\(\)|setSystemTime\(|spyOn\((?:performance|Date),/;

it('tests that set the clock share no process with others', () => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => `test/${file.replaceAll('\\', '/')}`)
    .filter(
      (file) => file.endsWith('.test.ts') && !/^test\/(?:e2e|bench|soak)\/|\.process\.test\.ts$/.test(file),
    )
    .filter((file) => file !== 'test/projects.test.ts');
  const setting = files.filter((file) => setsClock.test(readFileSync(`${folder}${file.slice(5)}`, 'utf8')));
  expect(setting.length).toBeGreaterThan(5);
  const isolated = (file: string): boolean =>
    clocks.some((each) => file === each || file.startsWith(each.replace('**/*.test.ts', '')));
  expect(setting.filter((file) => !isolated(file))).toEqual([]);
});
