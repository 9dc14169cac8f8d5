/** A debugger by the Chrome DevTools Protocol, as editors speak it. */
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { generatedPositionFor, LEAST_UPPER_BOUND, TraceMap } from '@jridgewell/trace-mapping';
import { WebSocket } from 'undici';
import { onTestFinished } from 'vitest';
import { parseJson } from '../../src/system/json.js';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export interface Debugger {
  ask(method: string, params?: Json): Promise<Json>;
  /** The next time that the code is paused. */
  paused(): Promise<Json>;
}

/**
 * Sets a breakpoint in a source, as editors do: they read the maps of the files that they know as output, and set it where the line
 * went. `line` counts from 1.
 */
export async function breakAtSource(
  client: Debugger,
  place: { readonly source: string; readonly line: number; readonly output: string },
): Promise<void> {
  const code = await readFile(place.output, 'utf8');
  const url = pathToFileURL(place.output);
  const named = /\n\/\/# sourceMappingURL=(\S+)\n$/.exec(code)?.[1] ?? '';
  const map = new TraceMap(await readFile(new URL(named, url), 'utf8'));
  const source = pathToFileURL(place.source).href;
  const found = generatedPositionFor(map, { source, line: place.line, column: 0, bias: LEAST_UPPER_BOUND });
  if (found.line === null) throw new Error(`${place.source}:${place.line} is not in ${place.output}`);
  const [lineNumber, columnNumber] = [found.line - 1, found.column];
  await client.ask('Debugger.setBreakpointByUrl', { url: url.href, lineNumber, columnNumber });
}

/** Far longer than a process takes to come to where it waits, also on a busy machine. */
const patienceMs = 60_000;

/** Where the process at this port takes a debugger, as soon as one listens there. */
async function addressAt(port: number): Promise<string> {
  const given = AbortSignal.timeout(patienceMs);
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/json/list`, { signal: given }).then(
      (response) => response.text(),
      () => null,
    );
    if (answer !== null) return addressIn(answer, port);
    if (given.aborted) throw new Error(`nothing to debug came to port ${port} in ${patienceMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function addressIn(answer: string, port: number): string {
  const [target] = Object.values(Object(parseJson(answer)));
  const url: unknown = Object(target)['webSocketDebuggerUrl'];
  if (typeof url !== 'string')
    throw new Error(`no process to debug is at port ${port}, but what says ${answer}`);
  return url;
}

/** Comes to the port as soon as something listens there. */
export async function attach(port: number): Promise<Debugger> {
  const socket = new WebSocket(await addressAt(port));
  onTestFinished(() => socket.close());
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', ({ message }) => reject(new Error(message)), { once: true });
  });
  const asked = new Map<number, (answer: Json) => void>();
  const pauses: Json[] = [];
  let onPause: () => void = () => undefined;
  socket.addEventListener('message', ({ data }) => {
    const message: unknown = JSON.parse(String(data));
    if (!isObject(message)) return;
    if (typeof message['id'] === 'number') asked.get(message['id'])?.(message);
    if (message['method'] === 'Debugger.paused' && isObject(message['params']))
      pauses.push(message['params']);
    onPause();
  });
  let last = 0;
  return {
    ask: (method, params = {}) =>
      new Promise((resolve) => {
        last += 1;
        asked.set(last, resolve);
        socket.send(JSON.stringify({ id: last, method, params }));
      }),
    paused: async () => {
      while (pauses.length === 0) {
        await new Promise<void>((resolve) => {
          onPause = resolve;
        });
      }
      return pauses.shift() ?? {};
    },
  };
}
