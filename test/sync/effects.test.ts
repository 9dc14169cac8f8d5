/** Which cloud a job goes to while the configuration moves on. */
import { expect, it } from 'vitest';
import type { PushJob } from '../../src/model/event.js';
import type { Failure } from '../../src/model/nouns.js';
import { createEffects } from '../../src/sync/effects.js';
import { failure } from '../core/make.js';

const job: PushJob = {
  ...{ type: 'push', id: 1, function: 'pay', envs: ['dev'], fingerprint: 'f', operation: 'update' },
  ...{ attempt: 1, cause: 'change', savedAt: null },
};

/** Says its name for whatever is sent to it. */
function cloudNamed(message: string) {
  const said: Failure = failure({ message });
  return {
    push: async () => ({ type: 'failed' as const, failure: said }),
    listPage: async () => ({ ok: false as const, failure: said }),
    probe: async () => ({ reachable: false, detail: message }),
  };
}

it('an upload goes to the cloud that it was begun for', async () => {
  let cloud = cloudNamed('old');
  const perform = createEffects({
    content: { scan: async () => ({ ok: false, problem: { reason: 'gone', dir: 'pay' } }) },
    bodies: {
      bodyFor: async () => ({ ok: true, body: Buffer.from('{}'), zipBytes: 1, files: 1 }),
      done: () => undefined,
    },
    cloud: () => cloud,
    tokens: () => ({ read: async () => ({ ok: false, problem: 'none' }) }),
    ledger: {
      marked: async () => {
        cloud = cloudNamed('new');
      },
    },
    redactor: { redactError: String },
    ...{ now: () => 0, dispatch: () => undefined, dryRun: false },
    ...{ isGitBusy: () => false, stateOf: () => undefined },
    onBug: (text) => expect.fail(text),
  });
  expect(await perform(job, new AbortController().signal)).toMatchObject({
    outcome: { failure: { message: 'old' } },
  });
});
