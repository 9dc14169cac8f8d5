/** `{{env.NAME}}` as the cloud's own tools fill it in: from .env, .env.local and one .env.<mode> for each mode. */
import path from 'node:path';
import { parseEnv } from 'node:util';
import { readVariables } from '../config/files.js';
import type { Variables } from '../config/text.js';
import type { ProjectNote } from '../model/project-note.js';
import { lookAt } from './look.js';
import type { FoundEnv } from './model.js';

export interface ProjectVariables {
  /** The values that a watch.config.json in this folder sees by itself. */
  readonly common: Variables;
  /** The files of modes, which it does not see. */
  readonly modes: readonly { readonly file: string; readonly mode: string; readonly values: Variables }[];
  readonly notes: readonly ProjectNote[];
}

/** Nobody works against these on every save. */
const productionMode = /prod|release|online|master|live/i;
const modeFile = /^\.env\.(?!local$)([\w-]+)(?:\.local)?$/;
const patternFile = /example|sample|template|dist/i;

export async function readProjectVariables(
  folder: string,
  environment: Variables,
): Promise<ProjectVariables> {
  const { variables } = await readVariables(folder, environment);
  const look = lookAt(folder);
  const names = (await look.entries(folder)).map(({ name }) => name);
  const files = names.filter((name) => modeFile.test(name) && !patternFile.test(name)).sort();
  const modes = await Promise.all(
    files.map(async (file) => {
      const values: Variables = parseEnv((await look.text(path.join(folder, file))) ?? '');
      return { file, mode: modeFile.exec(file)?.[1] ?? '', values };
    }),
  );
  return { common: variables, modes, notes: look.notes() };
}

export interface ResolvedEnvs {
  readonly envs: readonly FoundEnv[];
  readonly notes: readonly ProjectNote[];
}

const template = /^\{\{\s*env\.([A-Za-z_]\w*)\s*\}\}$/;
const plainId = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

const placeholder =
  /^(?:x{2,}|.*x{3,}|(?:your|my|the|test|some)[-_]?(?:cloud[-_]?)?env(?:ironment)?(?:[-_]?id)?|env(?:ironment)?[-_]?(?:id|name)?|your[-_].*|todo|example|placeholder|change[-_]?me|replace[-_]?.*|undefined|null)$/i;

/** The placeholders that templates write where an environment's id belongs. */
export function isPlaceholder(id: string): boolean {
  return placeholder.test(id);
}

/**
 * The environments that an `envId` stands for. A value that only a mode's file has is written out, because watch.config.json
 * reads .env and .env.local alone; an id is no secret, every mini program that uses it carries it.
 */
export function resolveEnvId(
  written: string,
  file: string,
  { common, modes, notes: unread }: ProjectVariables,
): ResolvedEnvs {
  const name = template.exec(written)?.[1];
  if (name === undefined) {
    if (plainId.test(written) && !isPlaceholder(written))
      return { envs: [{ written, id: written, file }], notes: [] };
    return { envs: [], notes: [{ kind: 'placeholder', file, value: written }] };
  }
  const id = common[name];
  const own = id !== undefined && plainId.test(id) ? [{ written: `\${${name}}`, id, file }] : [];
  const holding = modes.filter(({ values }) => plainId.test(values[name] ?? ''));
  const left = holding.filter(({ mode }) => productionMode.test(mode));
  const others = holding
    .filter(({ mode }) => !productionMode.test(mode))
    .map((mode) => ({ written: mode.values[name] ?? '', id: mode.values[name] ?? '', file: mode.file }));
  const envs = [...own, ...others.filter((env) => env.id !== id)];
  const notes: ProjectNote[] = [
    ...unread,
    ...left.map((mode): ProjectNote => ({ kind: 'production-left', file: mode.file })),
  ];
  if (envs.length === 0 && left.length === 0) notes.push({ kind: 'variable-unset', file, name });
  return { envs, notes };
}
