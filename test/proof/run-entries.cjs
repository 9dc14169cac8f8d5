/**
 * Loads entries and calls each of them, in whatever Node runs this: [{entry, module, event}] as a file of JSON. Prints one line of JSON for
 * each: what it exports, and what came of the call. Written for Node 12.
 */
'use strict';
const { readFileSync } = require('fs');
const { dirname } = require('path');
const { pathToFileURL } = require('url');

const cases = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const write = process.stdout.write.bind(process.stdout);
let printed = [];
process.stdout.write = (text) => {
  printed.push(String(text));
  return true;
};
process.stderr.write = (text) => {
  printed.push(String(text));
  return true;
};
process.on('unhandledRejection', () => undefined);

const answerOf = (loaded, event) =>
  new Promise((resolve, reject) => {
    const main = loaded.main;
    const callback = (error, value) =>
      error === null || error === undefined ? resolve(value) : reject(error);
    const returned = loaded.main(event, { request_id: 'r1', a: 1 }, callback);
    if (returned !== null && typeof returned === 'object' && typeof returned.then === 'function')
      returned.then(resolve, reject);
    else if (returned !== undefined || main.length < 3) resolve(returned);
  });
const thrownOf = (thrown) =>
  thrown instanceof Error ? [thrown.name, thrown.message, thrown.code] : [String(thrown)];

(async () => {
  for (const { entry, module, event } of cases) {
    const shown = (value) =>
      JSON.parse(
        JSON.stringify(value === undefined ? null : value)
          .split(JSON.stringify(dirname(entry)).slice(1, -1))
          .join(''),
      );
    printed = [];
    const outcome = {};
    try {
      const loaded = module ? await import(pathToFileURL(entry).href) : require(entry);
      // Behind those that the code asked for, in their order; a timer could end before them where the machine is busy.
      await new Promise((resolve) => setImmediate(resolve));
      outcome.keys = Object.keys(loaded).sort();
      const { main } = loaded;
      outcome.main =
        typeof main === 'function'
          ? [main.name, main.length, Object.prototype.toString.call(main), Object.keys(main)]
          : typeof main;
      outcome.result = shown(JSON.parse(JSON.stringify(await answerOf(loaded, event)) || 'null'));
    } catch (error) {
      outcome.error = shown(thrownOf(error));
    }
    outcome.printed = printed;
    write(JSON.stringify(outcome) + '\n');
  }
  process.exit(0);
})();
