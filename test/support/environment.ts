/** The environment variables of the programs that tests start, in addition to those that a test gives them. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const testEnvironment: Readonly<Record<string, string>> = {
  // Most tests are not about trust: they agree for each run, and leave the agreements of whoever runs them alone.
  TCB_WATCH_TRUST: '1',
  XDG_STATE_HOME: join(tmpdir(), `tcb-watch-test-state-${process.pid}`),
};
