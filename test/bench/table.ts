/** Prints a table for each benchmark, and writes the same as JSON; with `BENCH_DOCS=1` also into docs/performance.md. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { basename } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import type { Row } from './rows.js';

/** Where the figures go as JSON; the folder is ignored by git. */
const folder = '.tcb-watch/bench';
const page = 'docs/performance.md';

export default class BenchTable implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    const benches = modules
      .map((module) => ({
        name: basename(module.moduleId, '.bench.ts'),
        rows: [...module.children.allTests()].flatMap((test) => test.meta().rows ?? []),
      }))
      .filter(({ rows }) => rows.length > 0);
    const tables = new Map(benches.map(({ name, rows }) => [name, table(rows)]));
    for (const [name, text] of tables) process.stdout.write(`\nnpm run bench -- ${name}\n\n${text}\n`);
    process.stdout.write(`\n${machine()}\n`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/result.json`, `${JSON.stringify({ machine: machine(), benches }, null, 2)}\n`);
    if (process.env['BENCH_DOCS'] !== undefined) renew(new Map([['machine', machine()], ...tables]));
  }
}

/** With the load of the last quarter of an hour: 2 are two busy cores. */
function machine(): string {
  const load = loadavg().at(-1)?.toFixed(1);
  const model = cpus()[0]?.model ?? 'unknown';
  const day = new Date().toISOString().slice(0, 10);
  return `${day}: ${cpus().length} × ${model}, ${process.platform} ${release()}, Node ${process.version}, load ${load}`;
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ what, unit, median, p99, reference, reach }) => [
    what,
    p99 === null ? figure(median, unit) : `${figure(median, unit)}, p99 ${figure(p99, unit)}`,
    reference === null ? '–' : `${reference.name}: ${figure(reference.median, unit)}`,
    reference === null ? '–' : (median / reference.median).toFixed(2),
    reach,
  ]);
  const head = ['what', 'tcb-watch', 'reference', 'ratio', 'to reach'];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function figure(value: number, unit: Row['unit']): string {
  if (unit === 'count') return value.toLocaleString('en');
  if (unit === 'ms' && value >= 1000) return `${digits(value / 1000)} s`;
  return `${digits(value)} ${unit}`;
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toPrecision(3);
}

/** Replaces the text between `<!-- NAME -->` and `<!-- /NAME -->`; names without such a place stay as they are. */
function renew(texts: ReadonlyMap<string, string>): void {
  const renewed = [...texts].reduce(
    (whole, [name, text]) => {
      const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
      const [from, to] = [whole.indexOf(start), whole.indexOf(end)];
      return from < 0 || to < from
        ? whole
        : `${whole.slice(0, from)}${start}\n\n${text}\n\n${whole.slice(to)}`;
    },
    readFileSync(page, 'utf8'),
  );
  writeFileSync(page, renewed);
}
