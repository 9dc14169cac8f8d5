/**
 * The one definition of watch.config.json. It validates the file, fills in the defaults, and is the source of
 * watch.config.schema.json, whose words are in `schema-page.ts`.
 */
import { z } from 'zod';
import type { TextFormat } from '../model/config-problem.js';
import type { KeyPath } from './path.js';
import { VARIABLE_NAME } from './text.js';
import { endpointFault, urlFault } from './url.js';

/**
 * The most that `maxZipBase64` may be, in characters: the base64 of 20 MiB, the widest reading of the documented
 * "at most 20 M" (docs/cloud-api.md, "Packing").
 */
const LARGEST_ZIP_BASE64 = 27_962_028;
/** The narrow reading of the same sentence, and the default: a zip of 15,728,640 bytes. */
const DEFAULT_ZIP_BASE64 = 20_971_520;
/** Where functions lie in a project that WeChat's own tools made. */
export const DEFAULT_ROOT = 'cloudfunctions';
/** Where the token is looked for when the configuration does not say. */
export const DEFAULT_TOKEN_VARIABLE = 'TCB_COMPONENT_ACCESS_TOKEN';

/** Marks a text's pattern with its format; zod carries the message to the issue, where issues.ts reads it. */
const format = (name: TextFormat): TextFormat => name;
const text = () => z.string().min(1);
const count = (minimum: number, maximum: number, usual: number) =>
  z.number().int().min(minimum).max(maximum).default(usual);
const seconds = (maximum: number, usual: number) => z.number().min(0.1).max(maximum).default(usual);
const flag = (usual: boolean) => z.boolean().default(usual);

/** Letters, digits, `-` and `_`, as every id in the cloud's documents has them. */
const envId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, format('env-id'));
const folderName = z.string().regex(/^(?!\.)[^/\\:*?"<>|]+$/, format('folder-name'));
const headerName = z.string().regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, format('header-name'));
const headerValue = z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, format('header-value'));

const checked = (fault: (value: string) => TextFormat | null) =>
  z.string().superRefine((value, context) => {
    const found = fault(value);
    if (found !== null) context.addIssue({ code: 'custom', message: found });
  });

/** Where any text that is a token comes from. */
const readTokens = [
  z.strictObject({
    env: z.string().regex(VARIABLE_NAME, format('variable-name')),
  }),
  z.strictObject({ file: text() }),
  z.strictObject({
    command: text(),
    timeoutSeconds: seconds(600, 10),
  }),
  z.strictObject({
    url: checked(urlFault),
    headers: z.record(headerName, headerValue).default({}),
    pointer: z
      .string()
      .regex(/^(?:\/.*)?$/s, format('pointer'))
      .optional(),
  }),
] as const;

const token = z.union([
  ...readTokens,
  z.strictObject({
    wxcomponent: z.strictObject({
      url: checked(urlFault),
      username: text(),
      password: text(),
    }),
  }),
  z.strictObject({
    cloudbase: z.union(readTokens),
  }),
  z.strictObject({
    component: z.strictObject({
      appId: text(),
      appSecret: text(),
      verifyTicket: z.union([text(), z.strictObject({ file: text() })]),
    }),
  }),
]);

const build = z.union([
  z.literal('esbuild'),
  z.strictObject({
    command: text(),
    output: text(),
  }),
]);

const functionEntry = z.strictObject({
  dir: text().optional(),
  envs: z.array(envId).min(1).optional(),
  ignore: z.array(text()).default([]),
  enabled: flag(true),
  build: build.optional(),
  answers: z.union([z.boolean(), z.array(z.string()).min(1)]).default(false),
  proof: z.boolean().optional(),
});

const answers = z.strictObject({
  envs: z.array(text()).min(1).default(['*']),
  events: text().default('events'),
  proof: flag(false),
  atOnce: count(1, 16, 2),
});

const hooks = z.strictObject({
  afterLive: text().optional(),
  onFailure: text().optional(),
});

/** The file as it may be written. Its output has every default that does not depend on the disk. */
export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  functionsRoot: z.union([text(), z.array(text()).min(1)]).optional(),
  envs: z.array(envId).min(1),
  protectedEnvs: z.array(text()).default(['*prod*', '*release*', '*online*']),
  endpoint: checked(endpointFault).default('https://api.weixin.qq.com'),
  token: token.optional(),
  debounceMs: count(0, 60_000, 100),
  debounceMaxMs: count(0, 600_000, 2000),
  sweepSeconds: seconds(86_400, 30),
  concurrency: count(1, 64, 4),
  requestsPerSecond: z.number().min(0.01).max(1000).default(10),
  envsPerRequest: count(1, 1000, 50),
  connectTimeoutSeconds: seconds(600, 10),
  requestTimeoutSeconds: seconds(3600, 30),
  createMissing: flag(true),
  verify: flag(true),
  onForeignChange: z.enum(['warn', 'hold']).default('warn'),
  onCannotRun: z.enum(['warn', 'hold']).default('warn'),
  maxZipBase64: count(1024, LARGEST_ZIP_BASE64, DEFAULT_ZIP_BASE64),
  ignore: z.array(text()).default([]),
  shared: z.record(folderName, z.array(text()).min(1)).default({}),
  functions: z.record(text(), functionEntry).default({}),
  answers: answers.prefault({}),
  hooks: hooks.default({}),
  notify: flag(false),
  history: z
    .union([
      z.literal(false),
      z.strictObject({
        versions: count(2, 1000, 20),
        megabytes: count(1, 100_000, 256),
      }),
    ])
    .default({ versions: 20, megabytes: 256 }),
  triggers: flag(false),
});

/** The file once it is valid. */
export type ConfigFile = z.output<typeof configSchema>;
export type FunctionEntry = z.output<typeof functionEntry>;
export type TokenEntry = z.output<typeof token>;

/**
 * The same, satisfied by a file that names no environment: for what is left of an invalid one, and for no file at all.
 * @internal
 */
export const lenientSchema = configSchema.extend({ envs: configSchema.shape.envs.default([]) });

type Schema = z.core.$ZodType;

/**
 * The forms that a value at this path may take, in the order of the union's options: the keys of an object, null for
 * anything else. Empty where the schema has no such place.
 * @internal
 */
export function formsAt(path: KeyPath): readonly (readonly string[] | null)[] {
  const places = path.reduce<Schema[]>(
    (schemas, step) => schemas.flatMap((at) => inside(at, step)),
    [configSchema],
  );
  return places.flatMap(options).map((at) => (at instanceof z.ZodObject ? Object.keys(at.shape) : null));
}

function inside(schema: Schema, step: string | number): Schema[] {
  return options(schema).flatMap((option): Schema[] => {
    if (option instanceof z.ZodRecord) return [option.valueType];
    if (option instanceof z.ZodArray) return [option.element];
    if (!(option instanceof z.ZodObject)) return [];
    const inner: unknown = option.shape[step];
    return inner instanceof z.ZodType ? [inner] : [];
  });
}

function options(schema: Schema): Schema[] {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault)
    return options(schema.unwrap());
  return schema instanceof z.ZodUnion ? [...schema.options] : [schema];
}
