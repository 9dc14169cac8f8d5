/** watch.config.schema.json: the schema as editors read it, with the words that they show while the file is written. */
import { z } from 'zod';
import { configSchema, DEFAULT_ROOT, DEFAULT_TOKEN_VARIABLE } from './schema.js';

const SHELL = 'Run by the shell, which replaces its own variables.';
const HOME = 'Relative to this file; ~ is the home folder.';
const GITIGNORE = "gitignore syntax, relative to the function's folder";

/**
 * By the way to each key; `*` stands for any name. Of a value that may take several forms each has words of its own: behind its way its
 * first key, or the value itself. The program never reads them, so they are no part of the schema that it loads.
 */
const words: Readonly<Record<string, string>> = {
  $schema: 'Where an editor finds this description.',
  functionsRoot: `The folder, or folders, whose subfolders are functions (${DEFAULT_ROOT}). ${HOME}`,
  envs: 'The environments that every function is uploaded to.',
  protectedEnvs: 'Environments that need --yes or a confirmation; * and ? match any characters.',
  endpoint: 'The base address of the API, or "emulator" for the local one. https, or http to this machine.',
  token: `Where the component_access_token comes from ({"env": "${DEFAULT_TOKEN_VARIABLE}"}).`,
  'token (env)': 'The token is in an environment variable, or in .env or .env.local next to this file.',
  'token.env': "The variable's name.",
  'token (file)': 'The token is in a file, which is watched for changes.',
  'token.file': `The file that contains only the token. ${HOME}`,
  'token (command)': 'A command prints the token, such as one that asks your Redis.',
  'token.command': `The command that prints the token. ${SHELL}`,
  'token.timeoutSeconds': 'How long the command may take.',
  'token (url)': "The token comes from your team's token server.",
  'token.url': 'An https address, or http to this machine. Requested with GET.',
  'token.headers': 'Headers of the request: {"x-key": "${TOKEN_KEY}"}',
  'token.pointer':
    'JSON pointer to the token in the answer, such as /data/token. Without it the whole answer is the token.',
  'token (wxcomponent)': "The token comes from the vendor's own platform manager (wxcloudrun-wxcomponent).",
  'token.wxcomponent': 'Your login at the platform manager.',
  'token.wxcomponent.url': 'Its address: https, or http to this machine.',
  'token.wxcomponent.username': 'The name that you log in with there.',
  'token.wxcomponent.password': 'Its password: write ${NAME} and keep the value in .env.local.',
  'token (cloudbase)': "The token is a cloudbase_access_token, as services on the vendor's cloud have it.",
  'token.cloudbase': 'Where the cloudbase_access_token comes from: env, file, command or url.',
  'token (component)':
    'Issues a new token, which invalidates the one that your platform uses. Prefer the other forms.',
  'token.component': 'The credentials with which a third-party platform issues its token.',
  'token.component.appId': "The third-party platform's app id.",
  'token.component.appSecret': 'Its secret: write ${NAME} and keep the value in .env.local.',
  'token.component.verifyTicket': 'The component_verify_ticket, or the file that holds it.',
  'token.component.verifyTicket.file': `The file that holds the newest ticket. ${HOME}`,
  debounceMs: 'Quiet time after the last change before an upload, in milliseconds.',
  debounceMaxMs: 'Time after which a change is uploaded even without quiet, in milliseconds.',
  sweepSeconds: 'How often all files are rescanned in addition to file events; a tenth as often while idle.',
  concurrency: 'Requests in progress at the same time.',
  requestsPerSecond: 'Requests started per second, at most.',
  envsPerRequest: 'Environments per request, at most.',
  connectTimeoutSeconds: 'How long connecting may take.',
  requestTimeoutSeconds: 'How long a request may take, and 1 s more for each 256 KiB of it.',
  createMissing: 'Create a function in an environment that does not have it.',
  verify: 'Follow each upload until the cloud says Active.',
  onForeignChange:
    'Somebody else deployed a function: report it and let your next change replace it, or hold your next change.',
  onCannotRun: 'Code that would not run in the cloud: report it and upload it, or hold it until it is fixed.',
  maxZipBase64: 'Largest zip, in base64 characters. The documentation of the cloud says "at most 20 M".',
  ignore: `Left out of every function: ${GITIGNORE}. .tcbignore files do the same.`,
  shared:
    'Folders in a functions root, and the functions that they are packed into; * and ? match any characters: {"common": ["*"]}.',
  functions: 'Settings of single functions, by name.',
  'functions.*.dir': `The folder of the function, if it is not in a functions root. ${HOME}`,
  'functions.*.envs': 'Only these of the environments above.',
  'functions.*.ignore': `Left out of this function: ${GITIGNORE}.`,
  'functions.*.enabled': 'false: not watched and not uploaded.',
  'functions.*.build': 'How to build the code. Without it, the folder is uploaded as it is.',
  'functions.*.build (esbuild)': 'Bundles TypeScript or ES modules. Needs the package esbuild.',
  'functions.*.build.command': `${SHELL} It runs in the function's folder.`,
  'functions.*.build.output':
    "The folder that the command writes to and that is uploaded, relative to the function's folder.",
  'functions.*.answers':
    'The saved events that it is called with when new code is live: true for all, or their names.',
  'functions.*.proof':
    'Whether its upload includes the helper that proves which code answers (`answers.proof`).',
  answers: 'How functions that have `answers` are called with their saved events when new code is live.',
  'answers.envs':
    'The environments where functions may be called; * and ? match any characters. Never a protected one.',
  'answers.events': `The folder of the saved events, NAME.json each. ${HOME}`,
  'answers.proof':
    'Uploads of functions with `answers` include a small helper that says which code answered, its console lines and its stack.',
  'answers.atOnce': 'Calls in progress at the same time.',
  hooks: 'Commands that run after an event.',
  'hooks.afterLive': `Runs when new code is live, with the event as JSON on stdin. ${SHELL}`,
  'hooks.onFailure': `Runs when an upload or a build has failed, with the event as JSON on stdin. ${SHELL}`,
  notify:
    'Desktop notifications when uploads fail and when all is live again. Needs the package toasted-notifier.',
  history: 'What is kept of earlier uploads, for history, diff and undo.',
  'history (false)': 'Nothing that was sent is kept.',
  'history.versions': 'Versions of one function that are kept, at most.',
  'history.megabytes': 'Megabytes of all versions together, at most.',
  triggers: "Upload the timers in the functions' config.json too.",
};

/** The whole page, in one line: programs alone read it. Draft 7, which editors know best; the two extra words are VS Code's. */
export function schemaText(): string {
  const unused = new Set(Object.keys(words));
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    target: 'draft-7',
    override({ jsonSchema, path }) {
      const place = placeOf(jsonSchema, path);
      const description = words[place];
      if (description !== undefined) jsonSchema.description = description;
      unused.delete(place);
    },
  });
  if (unused.size > 0) throw new Error(`no such place in the schema: ${[...unused].join(', ')}`);
  const page = {
    ...schema,
    title: 'watch.config.json of tcb-watch',
    allowComments: true,
    allowTrailingCommas: true,
  };
  return `${JSON.stringify(page)}\n`;
}

/** The key of `words` for a place in the page; forms without a key and without a value have none. */
function placeOf(schema: z.core.JSONSchema.BaseSchema, path: readonly (string | number)[]): string {
  const isPart = (step: string | number, index: number): boolean =>
    path[index - 1] === 'properties' ||
    (typeof step === 'string' && step !== 'properties' && step !== 'anyOf');
  const way = path.filter(isPart).join('.').replaceAll('additionalProperties', '*');
  if (path.at(-2) !== 'anyOf') return way;
  const form = schema.const ?? Object.keys(schema.properties ?? {})[0];
  return form === undefined ? '' : `${way} (${form})`;
}
