/** `tcb-watch emulator`: the local cloud on its own, until it is stopped. */

import { resolve } from 'node:path';
import type { FaultRule, EmulatorOptions as Settings } from '../emulator/index.js';
import { emulatorStoreOf, openEmulator, sourcesOf } from '../sync/connection.js';
import { readTextFile } from '../system/text-file.js';
import { jsonLine } from '../text/json-line.js';
import { labelled, listOf } from '../text/text.js';
import { cliWords } from '../text/words/cli.js';
import { initWords } from '../text/words/init.js';
import type { Context } from './context.js';
import { loadFor, loadOrTell } from './load.js';
import type { EmulatorOptions } from './options.js';
import { firstInterrupt } from './watch.js';

export async function runEmulator(options: EmulatorOptions, context: Context): Promise<number> {
  const place = await placeOf(options, context);
  if (place === null) return 3;
  const faults = await readFaults(options, context);
  if (faults === null) return 3;
  const emulator = await listen({ ...place, ...settingsOf(options), faults }, options, context);
  if (typeof emulator === 'number') return emulator;
  const interrupted = firstInterrupt(context, () => undefined);
  tellListening(emulator, options, place.store, context);
  await interrupted;
  await emulator.close();
  return 0;
}

type Opened = Awaited<ReturnType<typeof openEmulator>>;

type Place = Pick<Settings, 'envs' | 'store' | 'sources'>;

async function placeOf(options: EmulatorOptions, context: Context): Promise<Place | null> {
  const { isEnvId } = await import('../emulator/index.js');
  const bad = options.envId.find((id) => !isEnvId(id));
  if (bad !== undefined) {
    context.err(`${initWords[context.language].badEnv(bad)}\n`);
    return null;
  }
  const named = options.store === undefined ? {} : { store: resolve(context.cwd, options.store) };
  if (options.envId.length > 0 && options.config === undefined) return { envs: options.envId, ...named };
  const loaded = await loadFor(options, context);
  if (!loaded.ok) return explainMissing(options, context);
  const envs = options.envId.length > 0 ? options.envId : loaded.config.envs;
  return { envs, store: emulatorStoreOf(loaded.config), sources: sourcesOf(loaded.config), ...named };
}

async function explainMissing(options: EmulatorOptions, context: Context): Promise<null> {
  await loadOrTell(options, context);
  context.err(`${cliWords[context.language].emulatorNeedsEnvs}\n`);
  return null;
}

function settingsOf(options: EmulatorOptions): Partial<Settings> {
  return {
    port: options.port,
    latencyMs: options.latency,
    lenient: options.lenient,
    ...(options.inspect === undefined ? {} : { inspectPort: options.inspect }),
    ...(options.token === undefined ? {} : { token: options.token }),
    ...(options.deploy === undefined ? {} : { deployMs: options.deploy }),
  };
}

async function readFaults(options: EmulatorOptions, context: Context): Promise<readonly FaultRule[] | null> {
  if (options.faults === undefined) return [];
  const file = resolve(context.cwd, options.faults);
  const { parseFaults } = await import('../emulator/index.js');
  const tell = (lines: readonly string[]): null => {
    context.err(
      `${cliWords[context.language].faultsTrouble(file)}\n${lines.map((line) => `  ${line}\n`).join('')}`,
    );
    return null;
  };
  let value: unknown;
  try {
    const read = await readTextFile(file);
    if (!read.ok) return tell([read.code]);
    value = JSON.parse(read.text);
  } catch (error) {
    return tell([error instanceof Error ? error.message : String(error)]);
  }
  const parsed = parseFaults(value);
  return parsed.ok
    ? parsed.rules
    : tell(parsed.problems.map(({ path, expected }) => labelled(path, expected, context.language)));
}

/** The exit code where it cannot: 3 for the port, 6 for what it keeps its functions in. */
async function listen(
  settings: Settings,
  options: EmulatorOptions,
  context: Context,
): Promise<Opened | number> {
  const words = cliWords[context.language];
  try {
    return await openEmulator(settings);
  } catch (error) {
    const { code, syscall, message, port } = error as NodeJS.ErrnoException & { readonly port?: number };
    if (syscall === 'listen') {
      context.err(`${words.portTaken(port ?? options.port, code ?? message)}\n`);
      return 3;
    }
    context.err(`${words.storeTrouble(settings.store ?? '-', message)}\n`);
    return 6;
  }
}

/** Its own token is the one secret that is ever printed. */
function tellListening(
  { url, token, envs }: Opened,
  options: EmulatorOptions,
  store: string | undefined,
  context: Context,
): void {
  if (options.json) {
    context.out(jsonLine('listening', { url, token, envs }));
    return;
  }
  const words = cliWords[context.language];
  if (store !== undefined) context.out(`${words.emulatorStore(store)}\n`);
  context.out(`${words.emulatorListening(url, token, listOf(envs, context.language))}\n`);
}
