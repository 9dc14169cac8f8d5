/** The fault that keeps the code on disk from running in the cloud is that of the last scan: shared folders count, what is ignored does not. */
import { expect, test } from 'vitest';
import { createBuiltContent } from '../../src/build/builds.js';
import { discover } from '../../src/functions/discovery.js';
import { loadConfig } from '../../src/functions/load.js';
import { makeProject } from '../support/rig.js';

/** A function that loads what is not installed, and what is ignored later. */
async function faultyContent() {
  const project = await makeProject(
    {
      pay: {
        'index.js': "require('./common/money');\nrequire('./left');\nexports.main = 1;\n",
        'left.js': '',
      },
      common: { 'money.js': "require('decimal');\n" },
    },
    { envs: ['dev'], endpoint: 'emulator', shared: { common: ['*'] } },
  );
  const loaded = await loadConfig({ from: project.folder, environment: {} });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return { project, content: createBuiltContent(loaded.config, await discover(loaded.config)) };
}

test('the fault of a function follows its scans', async () => {
  const { project, content } = await faultyContent();
  const fault = async (whole: boolean) => {
    const scan = await content.scan('pay', whole);
    return scan.ok && scan.fault != null ? `${scan.fault.kind} ${scan.fault.path}:${scan.fault.line}` : scan;
  };
  expect(await fault(false)).toBe('undeclared-package functions/common/money.js:1');
  await project.write('functions/pay/.tcbignore', 'left.js\n');
  await project.write('functions/pay/package.json', '{"dependencies": {"decimal": "1"}}');
  expect(await fault(true)).toBe('missing-file functions/pay/index.js:2');
  content.close();
});

test('a fault is looked for while the files grow quiet, so that no request waits for it', async () => {
  const { content } = await faultyContent();
  const swept = await content.sweep('pay');
  expect(swept?.ok === true && swept.fault?.path).toBe('functions/common/money.js');
  content.close();
});
