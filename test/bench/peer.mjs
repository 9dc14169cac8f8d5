/**
 * Packs a folder with another tool's own packer, in a process of its own: `node peer.mjs PACKAGES PEER FOLDER ROUNDS`, where
 * PACKAGES is the folder that the peers are installed in. Prints the milliseconds of each round as JSON.
 */
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

const [packages, peer, folder, rounds] = process.argv.slice(2);
const require = createRequire(join(packages, 'package.json'));

const packers = {
  /** tcb's: zips into the temporary folder, reads that, and gives base64. */
  '@cloudbase/manager-node': async () => {
    const { CodeType, FunctionPacker } = require('@cloudbase/manager-node/lib/function/packer.js');
    const options = { root: dirname(folder), name: basename(folder), codeType: CodeType.File, ignore: [] };
    const packer = new FunctionPacker(options);
    await packer.build();
    return (await packer.getBase64Code()).length;
  },
  /** The work that `cloud.uploadFunction` does before it sends. */
  'miniprogram-ci': async () => {
    const { zipFile, zipToBuffer } = require('miniprogram-ci/dist/ci/cloud/utils.js');
    return (await zipToBuffer(zipFile(folder))).toString('base64').length;
  },
};

const times = [];
for (let round = 0; round <= Number(rounds); round += 1) {
  const startedAt = performance.now();
  if (!((await packers[peer]()) > 0)) throw new Error(`${peer} packed nothing`);
  // The first round loads what is needed.
  if (round > 0) times.push(performance.now() - startedAt);
}
process.stdout.write(`${JSON.stringify(times)}\n`);
process.exit(0);
