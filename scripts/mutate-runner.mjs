// Keeps vitest warm for scripts/mutate.mjs, in a process that it can end when a mutant never does. Takes {file, changed} and
// answers {failed, reasons, passed}; runs in the copy. Argument: vitest's configuration.
import { createVitest } from 'vitest/node';

const vitest = await createVitest('test', {
  config: process.argv[2],
  watch: false,
  bail: 1,
  // Processes: threads cannot change their time zone, folder or umask, as some tests do.
  pool: 'forks',
  reporters: [{}],
});
await vitest.standalone();

process.on('message', async ({ file, changed }) => {
  for (const each of changed) vitest.invalidateFile(each);
  // `bail` counts what failed in earlier runs too.
  vitest.state.clearErrors();
  vitest.state.filesMap.clear();
  const { testModules, unhandledErrors } = await vitest.runTestFiles([file]);
  process.send({
    failed:
      unhandledErrors.length > 0 || testModules.some((module) => module.state() === 'failed') ? file : null,
    reasons: [...unhandledErrors, ...testModules.flatMap(reasonsOf)].map(shownError),
    passed: testModules.flatMap((module) => [...module.children.allTests('passed')]).length,
  });
});
process.on('disconnect', () => process.exit());
process.send({ ready: true });

/** Each as an error, after the name of its test. */
function reasonsOf(module) {
  const failed = [...module.children.allTests('failed')];
  return [
    ...module.errors(),
    ...failed.flatMap((test) => test.result().errors.map((error) => ({ ...error, test: test.fullName }))),
  ];
}

function shownError({ test = '', message, diff, stacks = [] }) {
  const [place] = stacks;
  const where = place === undefined ? '' : ` (${place.file}:${place.line})`;
  return `${test}: ${message}${where}${diff ? `\n${diff}` : ''}`;
}
