/** The program that a process of the emulator runs: see `separate.ts`, which starts it and speaks to it. */
import { type Emulator, startEmulator } from './emulator.js';
import { isJsonObject, type JsonObject } from './model.js';

let running: Promise<Emulator> | null = null;
let emulator: Emulator | null = null;

// Ctrl-C in a terminal reaches this process too; it ends when the program that started it has finished its work.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

// The program is gone: what it left is as after a kill, which the store outlives. Another one may open it already.
process.on('disconnect', () => {
  emulator?.killFunctions();
  process.exit(0);
});

process.on('message', (message: unknown) => {
  if (!isJsonObject(message)) return;
  if (message['type'] === 'start' && isJsonObject(message['options'])) void start(message['options']);
  if (message['type'] === 'close') void close();
});

async function start(options: JsonObject): Promise<void> {
  const { envs, store, port, token, sources } = options;
  running = startEmulator({
    envs: Array.isArray(envs) ? envs.map(String) : [],
    ...(typeof store === 'string' ? { store } : {}),
    ...(typeof port === 'number' ? { port } : {}),
    ...(typeof token === 'string' ? { token } : {}),
    ...(isJsonObject(sources) ? { sources: sourcesOf(sources) } : {}),
  });
  try {
    emulator = await running;
    process.send?.({ type: 'listening', url: emulator.url, token: emulator.token });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const { code, syscall } = isJsonObject(error) ? error : {};
    process.send?.({ type: 'failed', message, code, syscall }, () => process.exit(1));
  }
}

const sourcesOf = ({ roots, named, maps }: JsonObject) => ({
  roots: Array.isArray(roots) ? roots.map(String) : [],
  named: isJsonObject(named)
    ? Object.fromEntries(Object.entries(named).map(([name, folder]) => [name, String(folder)]))
    : {},
  ...(typeof maps === 'string' ? { maps } : {}),
});

async function close(): Promise<void> {
  try {
    await (await running)?.close();
  } finally {
    process.exit(0);
  }
}
