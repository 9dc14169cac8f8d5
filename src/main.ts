#!/usr/bin/env node
/** From the process to a command and back: arguments, signals, streams, and the only process.exit. */
import { readFileSync } from 'node:fs';
import module from 'node:module';

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return /"version": *"([^"]+)"/.exec(text)?.[1] ?? '0.0.0';
}

/** Compiled once for all starts: Node 22 and later keep it in the system's temporary folder. */
function keepCompiled(): void {
  const keep: unknown = Reflect.get(module, 'enableCompileCache');
  if (typeof keep === 'function') Reflect.apply(keep, module, []);
}

/**
 * A shell that allows too few open files lets not even the program's own parts be read. Said here, in both languages, since
 * nothing more can be loaded then; exit code 6, as for other files that cannot be read.
 */
const tooFewFiles = `tcb-watch: too few files may be open at once. Raise the limit: ulimit -n 1024
tcb-watch：允许同时打开的文件太少。请提高上限：ulimit -n 1024
`;

function exitCodeOf(error: unknown): number {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : null;
  const isMissing = code === 'ERR_MODULE_NOT_FOUND' && fileLimit() < fewFiles;
  if (code !== 'EMFILE' && code !== 'ENFILE' && !isMissing) throw error;
  process.stderr.write(tooFewFiles);
  return 6;
}

/** Loading the program opens some 40 files at once. Where one cannot be opened, Node may say that the package is not there. */
const fewFiles = 128;

/** How many files this process may have open; Infinity where that is not limited or not known. */
function fileLimit(): number {
  const report: unknown = process.report.getReport();
  const soft = ['userLimits', 'open_files', 'soft'].reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    report,
  );
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY;
}

/** Nothing is imported for the quickest question. */
const args = process.argv.slice(2);
const version = readVersion();
if (args.length === 1 && (args[0] === '--version' || args[0] === '-v')) {
  process.stdout.write(`${version}\n`);
} else {
  keepCompiled();
  const run = async (): Promise<number> => (await import('./cli/process.js')).runProcess(args, version);
  process.exit(await run().catch(exitCodeOf));
}
