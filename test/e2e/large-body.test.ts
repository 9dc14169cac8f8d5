/** A zip of the largest size that is allowed, of content that does not shrink. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { configFor, entry, makeProject, runEmulator, runWith, uploads } from '../support/rig.js';

const envs = ['dev', 'test', 'stage'];
/** 20,971,520 base64 characters, less what a zip of two files has in addition to their contents. */
const contentBytes = 15_728_640 - 400;

/** A figure of /proc/PID/status, bytes. */
async function memory(pid: number, figure: 'VmRSS' | 'VmHWM'): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${figure}:\\s+(\\d+)`).exec(text)?.[1]) * 1024;
}

it.skipIf(!existsSync('/proc/self/clear_refs'))(
  'a 15 MB zip takes at most six times its size of memory, and is sent again without being built again (needs /proc)',
  async () => {
    const emulator = await runEmulator({ envs });
    const project = await makeProject({ pay: entry('1') }, configFor(emulator));
    const program = runWith(emulator, project, ['watch']);
    await program.waitFor((seen) => seen.event === 'watching');
    const targets = envs.map((env) => ['pay', env] as const);
    await program.waitForLive(targets);
    const idle = await memory(program.pid, 'VmRSS');
    /** The most that a save took, in sizes of the zip. */
    const save = async (): Promise<number> => {
      await writeFile(`/proc/${program.pid}/clear_refs`, '5');
      await writeFile(join(project.folder, 'big'), randomBytes(contentBytes));
      const before = program.events.length;
      await rename(join(project.folder, 'big'), join(project.root, 'pay', 'big.bin'));
      await program.waitForLive(targets, before);
      return ((await memory(program.pid, 'VmHWM')) - idle) / contentBytes;
    };
    emulator.faults.add({ call: 'batchuploadscfcode', times: 1, status: 502 });
    const from = program.events.length;
    const first = await save();
    const pushing = program.events.slice(from).filter((seen) => seen.event === 'pushing');
    expect(pushing.map((seen) => seen['attempt'])).toEqual([1, 2]);
    expect(Number(pushing[0]?.['zipBytes'])).toBeGreaterThan(15_728_000);
    expect(uploads(emulator)).toBe(3);
    // The content and its body of base64 are 2.3 times; what the last save left is collected before the next body is made.
    expect(first).toBeLessThan(6);
    expect([await save(), await save(), await save()].filter((size) => size >= 6)).toEqual([]);
  },
);

it('one file more than that is held, with the largest files and their sizes', async () => {
  const emulator = await runEmulator({ envs });
  const project = await makeProject({ pay: entry('1') }, configFor(emulator));
  await writeFile(join(project.root, 'pay', 'big.bin'), randomBytes(contentBytes));
  await writeFile(join(project.root, 'pay', 'more.bin'), randomBytes(1000));
  const program = runWith(emulator, project, ['push']);
  expect((await program.exit).code).toBe(6);
  const held = program.events.find((seen) => seen.event === 'held');
  expect(held).toMatchObject({ reason: 'too-big', env: null });
  expect(String(held?.['detail'])).toMatch(
    /20971520\. .*big\.bin 15\.0 MiB, more\.bin 1000 B, index\.js 32 B/,
  );
  expect(uploads(emulator)).toBe(0);
});
