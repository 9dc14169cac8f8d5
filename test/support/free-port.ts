/** Ports for what takes no port 0: a debugger's, and an address at which nobody may be. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give away by themselves (from 32768 on Linux, from 49152 on others): one of those is given to the next
 * that asks for any. Linux gives servers every second one of the lower half, 7,000 in all, and a busy machine asks for many in a second.
 */
const [lowest, below] = [12_000, 32_768];

/** A port of this machine that nobody listens at, and that the system gives to nobody who does not name it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, below);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      // Somebody has it, or Windows keeps it for itself.
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}
