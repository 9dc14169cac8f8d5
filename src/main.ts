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

/** Nothing is imported for the quickest question. */
const args = process.argv.slice(2);
const version = readVersion();
if (args.length === 1 && (args[0] === '--version' || args[0] === '-v')) {
  process.stdout.write(`${version}\n`);
} else {
  keepCompiled();
  const { runProcess } = await import('./cli/process.js');
  process.exit(await runProcess(args, version));
}
