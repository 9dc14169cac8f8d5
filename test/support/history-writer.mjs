/**
 * Keeps one version after the other in the history of a folder, until it is killed: for tests. Argument: the `.tcb-watch` folder,
 * and a number for the contents to begin with. Prints a line when the first one is kept.
 */
import { importSource } from '../../scripts/bundle.mjs';

const { createHistory, fingerprintOf, createSlices, packContent } = await importSource(
  'history/history.ts',
  'content/fingerprint.ts',
  'content/slices.ts',
  'zip/deflate.ts',
);
const { createHash } = await import('node:crypto');

const [, , folder = '', start = '0'] = process.argv;
const history = createHistory({
  folder,
  endpoint: () => 'emulator',
  bounds: () => ({ versions: 5, bytes: 600_000 }),
  onTrouble(error) {
    process.stderr.write(`${error.message}\n`);
  },
});

/** Contents that do not shrink, so that the bound is met soon; most are new each time. */
const noise = (seed) => createHash('shake256', { outputLength: 6000 }).update(seed).digest();

for (let seed = Number(start); ; seed += 1) {
  const texts = Array.from({ length: 16 }, (_, at) => noise(`${at < 4 ? seed % 7 : seed} ${at}`));
  const files = [];
  for (const [at, text] of texts.entries()) {
    const sha256 = createHash('sha256').update(text).digest('hex');
    files.push({ path: `${at}.js`, executable: false, sha256, packed: await packContent(text) });
  }
  const fingerprint = await fingerprintOf(files, createSlices());
  history.sent({
    ...{ function: 'pay', fingerprint, files, zipBytes: 1, at: seed },
    ...{ dir: folder, repository: null },
  });
  history.stands('pay', [{ env: 'dev', live: { fingerprint, since: seed, undo: false }, ended: null }], seed);
  await history.written();
  if (seed === Number(start)) process.stdout.write('kept\n');
}
