/** Runs doctor on real folders against real sockets, and reads its lines as another program would. */
import { createServer, type Server } from 'node:http';
import { expect, onTestFinished } from 'vitest';
import { runDoctor } from '../../src/cli/doctor.js';
import type { DoctorOptions } from '../../src/cli/options.js';
import type { Emulator } from '../../src/emulator/index.js';
import type { Finding } from '../../src/model/finding.js';
import { type Desk, type DeskOptions, deskIn } from './init-rig.js';
import { configFor, entry, type Files, makeProject, type Project, runEmulator } from './rig.js';

const unset: DoctorOptions = { envId: [], json: true, yes: false, trust: true };

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly level: string;
  readonly function: string | null;
  readonly env: string | null;
  readonly detail: string;
  readonly hint: string | null;
}

export interface Result {
  readonly code: number;
  readonly checks: readonly Check[];
  readonly desk: Desk;
  /** Of one name, as `level function-or-env`. */
  of(name: string): string[];
  detail(name: string): string;
}

export async function doctor(
  project: Pick<Project, 'folder'>,
  options: Partial<DoctorOptions> = {},
  desk: DeskOptions = {},
): Promise<Result> {
  const made = deskIn(project.folder, desk);
  const all = { ...unset, ...options };
  const code = await runDoctor(all, made.context);
  // Programs read every line.
  const lines = all.json
    ? made
        .out()
        .split('\n')
        .filter((line) => line !== '')
    : [];
  const checks: Check[] = lines.map((line) => JSON.parse(line));
  const named = (name: string): Check[] => checks.filter((check) => check.name === name);
  return {
    code,
    checks,
    desk: made,
    of: (name) => named(name).map((check) => `${check.level} ${check.function ?? check.env ?? ''}`.trim()),
    detail: (name) =>
      named(name)
        .map((check) => `${check.detail} ${check.hint ?? ''}`)
        .join('\n'),
  };
}

export async function deployed(
  functions: Readonly<Record<string, Files>>,
): Promise<{ emulator: Emulator; project: Project }> {
  const emulator = await runEmulator({ envs: ['dev', 'test'] });
  for (const env of emulator.envs) {
    for (const [name, files] of Object.entries(functions)) await emulator.deploy(env, name, files);
  }
  return { emulator, project: await makeProject(functions, configFor(emulator)) };
}

export const withToken = (emulator: Emulator): DeskOptions => ({
  environment: { TEST_TOKEN: emulator.token },
});

/** One function in a project of its own, before an emulator that has it. */
export async function examine(files: Files, config: Readonly<Record<string, unknown>> = {}): Promise<Result> {
  const { emulator, project } = await deployed({ fn: { ...entry('1'), ...files } });
  await project.configure({ ...configFor(emulator), ...config });
  return doctor(project, {}, withToken(emulator));
}

/** Every finding says whom it concerns: what does not apply is null, never absent. */
export function expectWhole(findings: readonly Finding[]): void {
  for (const finding of findings)
    expect(Object.keys(finding)).toEqual(expect.arrayContaining(['kind', 'function', 'env']));
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no port'));
      else resolve(address.port);
    });
  });
}

/**
 * A cloud that gives these answers, by the last part of the path.
 * @param date its clock; null: it does not say
 */
export async function serve(
  answers: Readonly<Record<string, object>>,
  date: string | null = 'Mon, 01 Jan 2001 00:00:00 GMT',
): Promise<string> {
  const server = createServer((request, response) => {
    const call = /(\w+)(?:\?|$)/.exec(request.url ?? '')?.[1] ?? '';
    response.sendDate = false;
    if (date !== null) response.setHeader('date', date);
    response.end(JSON.stringify({ errcode: 0, errmsg: 'ok', ...answers[call] }));
  });
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${port}`;
}
