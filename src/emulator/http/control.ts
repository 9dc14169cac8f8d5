import type { IncomingMessage, ServerResponse } from 'node:http';
import { rowOf } from '../calls/functions.js';
import { CALL_NAMES } from '../calls/table.js';
import type { Tokens } from '../calls/tokens.js';
import type { Holding } from '../faults/holding.js';
import type { FaultPlanner } from '../faults/plan.js';
import { parseFaults } from '../faults/rules.js';
import { errorText, type FileMap, isJsonObject, type JsonObject, parseJson } from '../model.js';
import { isFunctionName } from '../names.js';
import type { Runner } from '../runner/runner.js';
import type { Cloud } from '../store/cloud.js';
import type { Journal } from './journal.js';
import { jsonAnswer, readBody, send, type Target } from './messages.js';

export interface ControlOptions {
  readonly cloud: Cloud;
  readonly runner: Runner;
  readonly tokens: Tokens;
  readonly journal: Journal;
  readonly faults: FaultPlanner;
  readonly holding: Holding;
}

export const CONTROL_PREFIX = '/__emulator/';

interface Outcome {
  readonly status: number;
  readonly value: unknown;
}

type Control = (options: ControlOptions, body: unknown) => Outcome | Promise<Outcome>;

/** The calls by method and path; docs/emulator.md lists them. */
const CONTROLS: ReadonlyMap<string, Control> = new Map<string, Control>([
  ['POST faults', addFaults],
  ['DELETE faults', clearFaults],
  ['GET state', state],
  ['POST deploy', deploy],
  ['POST inspect', inspect],
  ['POST release', release],
  ['POST token', newToken],
]);

const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** Answers a call to `/__emulator/…`: HTTP statuses say how it went, 401 for a wrong token, 404 for no such call. */
export async function answerControl(
  options: ControlOptions,
  target: Target,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, { limit: MAX_BODY_BYTES });
  if (!body.ok) {
    if (body.reason !== 'aborted') response.socket?.destroy();
    return;
  }
  const outcome = await outcomeOf(options, target, request.method ?? '', body.bytes);
  await send(response, jsonAnswer(outcome.status, outcome.value));
}

async function outcomeOf(
  options: ControlOptions,
  target: Target,
  method: string,
  bytes: Buffer,
): Promise<Outcome> {
  if (!options.tokens.mayControl(target.query.get('access_token'))) return problem(401, 'the token is wrong');
  const control = CONTROLS.get(`${method} ${target.path.slice(CONTROL_PREFIX.length)}`);
  if (control === undefined) return problem(404, `no such call; there is ${[...CONTROLS.keys()].join(', ')}`);
  const parsed = parseJson(bytes.length === 0 ? '{}' : bytes.toString('utf8'));
  return parsed.ok ? control(options, parsed.value) : problem(400, 'the body is not JSON');
}

const problem = (status: number, errmsg: string): Outcome => ({ status, value: { errcode: status, errmsg } });
const done = (fields: JsonObject): Outcome => ({
  status: 200,
  value: { errcode: 0, errmsg: 'ok', ...fields },
});

function addFaults({ faults }: ControlOptions, body: unknown): Outcome {
  const parsed = parseFaults(body);
  if (!parsed.ok)
    return { status: 400, value: { errcode: 400, errmsg: 'not rules', problems: parsed.problems } };
  faults.add(parsed.rules);
  return done({ rules: faults.list().length });
}

function clearFaults({ faults }: ControlOptions): Outcome {
  faults.clear();
  return done({});
}

function state({ cloud, journal, faults, holding, runner }: ControlOptions): Outcome {
  const envs = cloud.envs.map((env) => [env, (cloud.list(env) ?? []).map(rowOf)]);
  const held = holding
    .held()
    .map(({ id, call, functionname, envs: of }) => ({ id, call, functionname, envs: of }));
  return done({
    counts: journal.counts(),
    invocations: runner.counts(),
    envs: Object.fromEntries(envs),
    faults: faults.list(),
    held,
  });
}

async function deploy({ cloud }: ControlOptions, body: unknown): Promise<Outcome> {
  const { env, name, files } = isJsonObject(body) ? body : {};
  const content = isJsonObject(files) ? textFiles(files) : null;
  if (typeof env !== 'string' || !cloud.envs.includes(env))
    return problem(400, 'env must name an environment');
  if (typeof name !== 'string' || !isFunctionName(name)) return problem(400, 'name must be a function name');
  if (content === null) return problem(400, 'files must map relative paths to texts');
  await cloud.deployForeign(env, name, content);
  return done({});
}

function textFiles(files: JsonObject): FileMap | null {
  const pairs = Object.entries(files);
  const texts = pairs.filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  if (texts.length !== pairs.length || !texts.every(([path]) => isPlainPath(path))) return null;
  return new Map(
    texts.map(([path, text]) => [path, { content: Buffer.from(text, 'utf8'), executable: false }]),
  );
}

/** A relative path with forward slashes that stays where it starts. */
export function isPlainPath(path: string): boolean {
  const parts = path.split('/');
  const plain = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  return plain && !/[\\\0:]/.test(path);
}

/** As when the platform has fetched a new one: the token before it is refused at once, or after `graceMs`. */
function newToken({ tokens }: ControlOptions, body: unknown): Outcome {
  const { token = null, graceMs = 0 } = isJsonObject(body) ? body : {};
  if (token !== null && (typeof token !== 'string' || token === '')) {
    return problem(400, 'token must be a string');
  }
  if (typeof graceMs !== 'number' || !(graceMs >= 0))
    return problem(400, 'graceMs must be a number of milliseconds');
  return done({ token: tokens.rotate(token, graceMs, null) });
}

/** Functions wait for a debugger at `port` from now on; null ends it. */
async function inspect({ runner }: ControlOptions, body: unknown): Promise<Outcome> {
  const port = isJsonObject(body) ? body['port'] : undefined;
  const isPort = typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65536;
  if (port !== null && !isPort) return problem(400, 'port must be a port, or null');
  try {
    await runner.inspect(port);
  } catch (error) {
    return problem(409, errorText(error));
  }
  return done({ port });
}

function release({ holding }: ControlOptions, body: unknown): Outcome {
  const filter = isJsonObject(body) ? body : {};
  const { id, function: name, env } = filter;
  const released = holding.release({
    id: typeof id === 'number' ? id : undefined,
    call: CALL_NAMES.find((call) => call === filter['call']),
    function: typeof name === 'string' ? name : undefined,
    env: typeof env === 'string' ? env : undefined,
  });
  return done({ released });
}
