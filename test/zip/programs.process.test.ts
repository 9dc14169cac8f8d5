/** A zip in the hands of other programs. */
import { execFileSync, spawnSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packContent, writeZip } from '../../src/zip/zip.js';
import { freshProject } from '../support/snapshot-project.js';
import { sample, zipOf } from '../support/zip-sample.js';

function has(command: string): boolean {
  return spawnSync(command, ['--help'], { stdio: 'ignore' }).error === undefined;
}

describe('other programs', () => {
  it.skipIf(!has('unzip'))('unzip -t accepts it', async () => {
    const project = freshProject();
    writeFileSync(project.path('a.zip'), await zipOf(sample));
    expect(execFileSync('unzip', ['-t', project.path('a.zip')], { encoding: 'utf8' })).toContain('No errors');
  });

  it.skipIf(!has('unzip'))('unzip restores the modes', async () => {
    const project = freshProject();
    writeFileSync(project.path('a.zip'), await zipOf(sample));
    execFileSync('unzip', ['-q', project.path('a.zip'), '-d', project.path('out')]);
    expect(statSync(project.path('out/run.sh')).mode & 0o777).toBe(0o755);
    expect(statSync(project.path('out/index.js')).mode & 0o777).toBe(0o644);
  });

  it.skipIf(!has('python3'))('Python reads names, contents, modes and dates', async () => {
    const project = freshProject();
    writeFileSync(project.path('a.zip'), await zipOf(sample));
    const script = `
import json, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps([[i.filename, z.read(i).hex(), i.external_attr >> 16, list(i.date_time)] for i in z.infolist()]))`;
    const printed = execFileSync('python3', ['-c', script, project.path('a.zip')], {
      encoding: 'utf8',
      env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
    });
    const expected = [...sample]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([path, content, executable]) => [
        path,
        Buffer.from(content).toString('hex'),
        executable ? 0o100755 : 0o100644,
        [1980, 1, 1, 0, 0, 0],
      ]);
    expect(JSON.parse(printed)).toEqual(expected);
  });

  it.skipIf(!has('python3'))('Python counts more than 65,535 files', async () => {
    const project = freshProject();
    const packed = await packContent(Buffer.from(''));
    const entries = Array.from({ length: 65_600 }, (_, n) => ({ path: `f${n}`, executable: false, packed }));
    writeFileSync(project.path('a.zip'), await writeZip(entries));
    const script = 'import sys, zipfile; print(len(zipfile.ZipFile(sys.argv[1]).infolist()))';
    const printed = execFileSync('python3', ['-c', script, project.path('a.zip')], { encoding: 'utf8' });
    expect(printed.trim()).toBe('65600');
  });
});
