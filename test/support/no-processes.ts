/** For `npm run test:unit`: whatever starts a process or a thread fails at once, and says where it belongs. */
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'] as const) {
  Reflect.set(childProcess, name, () => {
    throw new Error(
      'A unit test starts no process. Move this test to a file whose name ends in .process.test.ts, or to test/e2e.',
    );
  });
}
syncBuiltinESMExports();
