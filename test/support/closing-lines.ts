import type { Reporter, TestModule } from 'vitest/node';

/**
 * Says for the lack of what tests were skipped, and ends a run with one plain line, "N passed, N failed, N skipped", that a build server
 * can read in any language.
 */
export default class ClosingLines implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    const reasons = new Map<string, number>();
    for (const module of modules) {
      if (module.state() === 'failed' && [...module.children.allTests()].length === 0) count.failed += 1;
      for (const test of module.children.allTests()) {
        const result = test.result();
        count[result.state] += 1;
        if (result.state === 'skipped' && result.note !== undefined)
          reasons.set(result.note, (reasons.get(result.note) ?? 0) + 1);
      }
    }
    for (const [reason, times] of reasons) process.stdout.write(`\nskipped, ${reason}: ${times}`);
    process.stdout.write(
      `\n${count.passed} passed, ${count.failed} failed, ${count.skipped + count.pending} skipped\n`,
    );
  }
}
