/** `tcb-watch status --files NAME`: what is packed, what is not, and by which rule. */

import { createBuiltContent } from '../build/builds.js';
import type { ListedFile } from '../content/snapshot.js';
import { discover } from '../functions/discovery.js';
import { unmatchedOf } from '../functions/selection.js';
import type { FunctionSpec } from '../model/nouns.js';
import { describeProblem } from '../text/describe.js';
import { jsonLine } from '../text/json-line.js';
import { columnsOf, padColumns, printable, sentences, size } from '../text/text.js';
import { type StatusWords, statusWords } from '../text/words/status.js';
import type { Context } from './context.js';
import { functionName, tellUnmatched } from './names.js';
import type { StatusOptions } from './options.js';
import { loadToLook } from './trust.js';

/** Exit codes: 0 listed, 3 configuration, 4 no such function, 6 the content cannot be sent as it is. */
export async function runStatusFiles(
  options: Pick<StatusOptions, 'config' | 'endpoint' | 'json' | 'trust'>,
  given: string,
  context: Context,
): Promise<number> {
  const loaded = await loadToLook(options, context);
  if (loaded === null) return 3;
  const { config } = loaded;
  const specs = await discover(config);
  const name = await functionName(given, config, context);
  const selection = { envIds: [], only: [], names: [name] };
  const unmatched = unmatchedOf(selection, config, specs);
  const spec = specs.find((each) => each.name === name);
  if (spec === undefined) {
    return tellUnmatched(unmatched, context);
  }
  const listing = await createBuiltContent(config, specs).files(name);
  const problem = spec.problem ?? listing.problem;
  if (options.json) tellJson(spec, listing.files, context);
  else tellTable(listing.files, context);
  if (Object.hasOwn(config.functions, name) && config.functions[name]?.build) {
    context.err(`${statusWords[context.language].built}\n`);
  }
  if (problem === null) return 0;
  const { detail, hint } = describeProblem(problem, context.language);
  context.err(`${printable(sentences(detail, hint))}\n`);
  return 6;
}

function tellJson({ name }: FunctionSpec, files: readonly ListedFile[], { out }: Context): void {
  // One look, one time.
  const at = Date.now();
  for (const file of files) out(jsonLine('file', { function: name, ...file }, at));
}

/** Longer paths push what follows them to the right. */
const widestPath = 50;

function tellTable(files: readonly ListedFile[], { out, language }: Context): void {
  const words = statusWords[language];
  const width = Math.min(widestPath, Math.max(0, ...files.map(({ path }) => columnsOf(path))));
  const row = (file: ListedFile): string =>
    `  ${padColumns(printable(file.path), width)}  ${printable(remark(file, words))}\n`;
  const packed = files.filter((file) => file.packed);
  const left = files.filter((file) => !file.packed);
  const bytes = packed.reduce((sum, file) => sum + (file.bytes ?? 0), 0);
  out(`${words.packed(packed.length, size(bytes))}\n${packed.map(row).join('')}`);
  if (left.length > 0) out(`${words.leftOut(left.length)}\n${left.map(row).join('')}`);
}

function remark(file: ListedFile, words: StatusWords): string {
  if (file.packed) return size(file.bytes ?? 0);
  if (file.rule !== null) return words.by(file.rule, file.source ?? '');
  if (file.source === 'secret') return words.secret;
  return file.source === 'shared' ? words.sharedLink : words.special;
}
