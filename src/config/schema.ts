/**
 * The one definition of watch.config.json. It validates the file, fills in the defaults, and is the source of
 * watch.config.schema.json: the descriptions are what an editor shows while the file is written.
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

const SHELL = 'Run by the shell, which replaces its own variables.';
const HOME = 'Relative to this file; ~ is the home folder.';
const GITIGNORE = "gitignore syntax, relative to the function's folder";

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
  z
    .strictObject({
      env: z.string().regex(VARIABLE_NAME, format('variable-name')).describe("The variable's name."),
    })
    .describe('The token is in an environment variable, or in .env or .env.local next to this file.'),
  z
    .strictObject({ file: text().describe(`The file that contains only the token. ${HOME}`) })
    .describe('The token is in a file, which is watched for changes.'),
  z
    .strictObject({
      command: text().describe(`The command that prints the token. ${SHELL}`),
      timeoutSeconds: seconds(600, 10).describe('How long the command may take.'),
    })
    .describe('A command prints the token, such as one that asks your Redis.'),
  z
    .strictObject({
      url: checked(urlFault).describe('An https address, or http to this machine. Requested with GET.'),
      headers: z
        .record(headerName, headerValue)
        .default({})
        .describe('Headers of the request: {"x-key": "${TOKEN_KEY}"}'),
      pointer: z
        .string()
        .regex(/^(?:\/.*)?$/s, format('pointer'))
        .optional()
        .describe(
          'JSON pointer to the token in the answer, such as /data/token. Without it the whole answer is the token.',
        ),
    })
    .describe("The token comes from your team's token server."),
] as const;

const token = z.union([
  ...readTokens,
  z
    .strictObject({
      wxcomponent: z
        .strictObject({
          url: checked(urlFault).describe('Its address: https, or http to this machine.'),
          username: text().describe('The name that you log in with there.'),
          password: text().describe('Its password: write ${NAME} and keep the value in .env.local.'),
        })
        .describe('Your login at the platform manager.'),
    })
    .describe("The token comes from the vendor's own platform manager (wxcloudrun-wxcomponent)."),
  z
    .strictObject({
      cloudbase: z
        .union(readTokens)
        .describe('Where the cloudbase_access_token comes from: env, file, command or url.'),
    })
    .describe("The token is a cloudbase_access_token, as services on the vendor's cloud have it."),
  z
    .strictObject({
      component: z
        .strictObject({
          appId: text().describe("The third-party platform's app id."),
          appSecret: text().describe('Its secret: write ${NAME} and keep the value in .env.local.'),
          verifyTicket: z
            .union([
              text(),
              z.strictObject({ file: text().describe(`The file that holds the newest ticket. ${HOME}`) }),
            ])
            .describe('The component_verify_ticket, or the file that holds it.'),
        })
        .describe('The credentials with which a third-party platform issues its token.'),
    })
    .describe(
      'Issues a new token, which invalidates the one that your platform uses. Prefer the other forms.',
    ),
]);

const build = z.union([
  z.literal('esbuild').describe('Bundles TypeScript or ES modules. Needs the package esbuild.'),
  z.strictObject({
    command: text().describe(`${SHELL} It runs in the function's folder.`),
    output: text().describe(
      "The folder that the command writes to and that is uploaded, relative to the function's folder.",
    ),
  }),
]);

const functionEntry = z.strictObject({
  dir: text().optional().describe(`The folder of the function, if it is not in a functions root. ${HOME}`),
  envs: z.array(envId).min(1).optional().describe('Only these of the environments above.'),
  ignore: z.array(text()).default([]).describe(`Left out of this function: ${GITIGNORE}.`),
  enabled: flag(true).describe('false: not watched and not uploaded.'),
  build: build.optional().describe('How to build the code. Without it, the folder is uploaded as it is.'),
  answers: z
    .union([z.boolean(), z.array(z.string()).min(1)])
    .default(false)
    .describe('The saved events that it is called with when new code is live: true for all, or their names.'),
  proof: z
    .boolean()
    .optional()
    .describe('Whether its upload includes the helper that proves which code answers (`answers.proof`).'),
});

const answers = z.strictObject({
  envs: z
    .array(text())
    .min(1)
    .default(['*'])
    .describe(
      'The environments where functions may be called; * and ? match any characters. Never a protected one.',
    ),
  events: text().default('events').describe(`The folder of the saved events, NAME.json each. ${HOME}`),
  proof: flag(false).describe(
    'Uploads of functions with `answers` include a small helper that says which code answered, its console lines and its stack.',
  ),
  atOnce: count(1, 16, 2).describe('Calls in progress at the same time.'),
});

const hooks = z.strictObject({
  afterLive: text()
    .optional()
    .describe(`Runs when new code is live, with the event as JSON on stdin. ${SHELL}`),
  onFailure: text()
    .optional()
    .describe(`Runs when an upload or a build has failed, with the event as JSON on stdin. ${SHELL}`),
});

/** The file as it may be written. Its output has every default that does not depend on the disk. */
export const configSchema = z.strictObject({
  $schema: z.string().optional().describe('Where an editor finds this description.'),
  functionsRoot: z
    .union([text(), z.array(text()).min(1)])
    .optional()
    .describe(`The folder, or folders, whose subfolders are functions (${DEFAULT_ROOT}). ${HOME}`),
  envs: z.array(envId).min(1).describe('The environments that every function is uploaded to.'),
  protectedEnvs: z
    .array(text())
    .default(['*prod*', '*release*', '*online*'])
    .describe('Environments that need --yes or a confirmation; * and ? match any characters.'),
  endpoint: checked(endpointFault)
    .default('https://api.weixin.qq.com')
    .describe(
      'The base address of the API, or "emulator" for the local one. https, or http to this machine.',
    ),
  token: token
    .optional()
    .describe(`Where the component_access_token comes from ({"env": "${DEFAULT_TOKEN_VARIABLE}"}).`),
  debounceMs: count(0, 60_000, 100).describe(
    'Quiet time after the last change before an upload, in milliseconds.',
  ),
  debounceMaxMs: count(0, 600_000, 2000).describe(
    'Time after which a change is uploaded even without quiet, in milliseconds.',
  ),
  sweepSeconds: seconds(86_400, 30).describe(
    'How often all files are rescanned in addition to file events; a tenth as often while idle.',
  ),
  concurrency: count(1, 64, 4).describe('Requests in progress at the same time.'),
  requestsPerSecond: z
    .number()
    .min(0.01)
    .max(1000)
    .default(10)
    .describe('Requests started per second, at most.'),
  envsPerRequest: count(1, 1000, 50).describe('Environments per request, at most.'),
  connectTimeoutSeconds: seconds(600, 10).describe('How long connecting may take.'),
  requestTimeoutSeconds: seconds(3600, 30).describe(
    'How long a request may take, and 1 s more for each 256 KiB of it.',
  ),
  createMissing: flag(true).describe('Create a function in an environment that does not have it.'),
  verify: flag(true).describe('Follow each upload until the cloud says Active.'),
  onForeignChange: z
    .enum(['warn', 'hold'])
    .default('warn')
    .describe(
      'Somebody else deployed a function: report it and let your next change replace it, or hold your next change.',
    ),
  onCannotRun: z
    .enum(['warn', 'hold'])
    .default('warn')
    .describe('Code that would not run in the cloud: report it and upload it, or hold it until it is fixed.'),
  maxZipBase64: count(1024, LARGEST_ZIP_BASE64, DEFAULT_ZIP_BASE64).describe(
    'Largest zip, in base64 characters. The documentation of the cloud says "at most 20 M".',
  ),
  ignore: z
    .array(text())
    .default([])
    .describe(`Left out of every function: ${GITIGNORE}. .tcbignore files do the same.`),
  shared: z
    .record(folderName, z.array(text()).min(1))
    .default({})
    .describe(
      'Folders in a functions root, and the functions that they are packed into; * and ? match any characters: {"common": ["*"]}.',
    ),
  functions: z.record(text(), functionEntry).default({}).describe('Settings of single functions, by name.'),
  answers: answers
    .prefault({})
    .describe('How functions that have `answers` are called with their saved events when new code is live.'),
  hooks: hooks.default({}).describe('Commands that run after an event.'),
  notify: flag(false).describe(
    'Desktop notifications when uploads fail and when all is live again. Needs the package toasted-notifier.',
  ),
  history: z
    .union([
      z.literal(false).describe('Nothing that was sent is kept.'),
      z.strictObject({
        versions: count(2, 1000, 20).describe('Versions of one function that are kept, at most.'),
        megabytes: count(1, 100_000, 256).describe('Megabytes of all versions together, at most.'),
      }),
    ])
    .default({ versions: 20, megabytes: 256 })
    .describe('What is kept of earlier uploads, for history, diff and undo.'),
  triggers: flag(false).describe("Upload the timers in the functions' config.json too."),
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

/** watch.config.schema.json, whole, in one line: programs alone read it. Draft 7, which editors know best; the two extra words are VS Code's. */
export function schemaText(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' });
  const page = {
    ...schema,
    title: 'watch.config.json of tcb-watch',
    allowComments: true,
    allowTrailingCommas: true,
  };
  return `${JSON.stringify(page)}\n`;
}
