import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import type { Reporter, TestModule } from 'vitest/node';
import type { Row } from './rows.js';

/** Where the figures go as JSON; the folder is ignored by git. */
const folder = '.tcb-watch/bench';

/** Prints every row with its reference and ratio, and writes them as JSON with the machine named. */
export default class BenchTable implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    const rows: Row[] = [];
    for (const module of modules)
      for (const test of module.children.allTests()) rows.push(...(test.meta().rows ?? []));
    const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${process.platform} ${release()}, Node ${process.version}`;
    process.stdout.write(`\n${machine}\n\n${table(rows)}\n`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/result.json`, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
    process.stdout.write(`written to ${folder}/result.json\n`);
  }
}

function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    row.what,
    `${figure(row.median)} ${row.unit}`,
    row.p99 === null ? '' : `${figure(row.p99)} ${row.unit}`,
    row.reference === null ? '' : `${row.reference.name}: ${figure(row.reference.median)} ${row.unit}`,
    row.reference === null ? '' : (row.median / row.reference.median).toFixed(2),
    row.reach,
  ]);
  const head = ['what', 'median', 'p99', 'reference', 'ratio', 'to reach'];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
