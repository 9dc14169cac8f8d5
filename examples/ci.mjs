// Sends what differs, waits until it is live, and fails the build if it is not. Run it where watch.config.json is:
//   node examples/ci.mjs
import { createSync } from 'tcb-watch';

const created = await createSync({ yes: true, signal: AbortSignal.timeout(10 * 60_000) });
if (!created.ok) {
  console.error(created.message);
  process.exit(created.code);
}

const { sync } = created;
const report = (async () => {
  for await (const event of sync.events) {
    if (event.event === 'live') console.log(`${event.function} is live in ${event.env}`);
    if (event.event === 'push-failed') console.error(`${event.function}: ${event.message} ${event.hint}`);
    if (event.event === 'held') console.error(`${event.function}: ${event.detail} ${event.hint}`);
  }
})();

const { code, pending } = await sync.push();
await sync.stop();
await report;
console.log(pending.length === 0 ? 'All is live.' : `${pending.length} not live.`);
process.exitCode = code;
