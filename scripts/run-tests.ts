// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Runs the named parts one after the other (all of them, also when one fails) and closes with one line,
 * `N passed, N failed`. A part that ends without a count, a failed check and a test that was skipped each
 * count as failed.
 */
import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Counts } from './reporter.ts';

interface Part {
  readonly files: readonly string[];
  /** Milliseconds after which one test counts as hung. */
  readonly timeout: number;
  /** Whether finding no test is no fault. */
  readonly mayBeEmpty?: true;
}

/** One test on the real kernel may download 220 MB, prepare a source tree and boot a machine without KVM. */
const KERNEL_TEST_TIMEOUT = 15 * 60_000;
const PARTS: Readonly<Record<string, Part>> = {
  unit: { files: ['packages/*/test/*.test.ts', 'test/*.test.ts'], timeout: 120_000 },
  kernel: { files: ['packages/*/test/kernel/*.kernel.test.ts'], timeout: KERNEL_TEST_TIMEOUT },
  long: { files: ['packages/*/test/kernel/*.long.test.ts'], timeout: KERNEL_TEST_TIMEOUT, mayBeEmpty: true },
};

const root = resolve(import.meta.dirname, '..');
process.chdir(root);
// The collection of real fixes that some tests use lies beside the checkout unless named.
process.env.UPTIDE_CORPUS ??= resolve(root, '../shared/corpus');

const total = { passed: 0, failed: 0 };
for (const name of process.argv.slice(2)) {
  const started = performance.now();
  console.log(`== ${name}`);
  const counts = name === 'check' ? await check() : await test(name);
  total.passed += counts.passed;
  total.failed += counts.failed + counts.notRun;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`== ${name}: ${counts.passed} ok, ${counts.failed + counts.notRun} not ok, ${seconds} s`);
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

async function check(): Promise<Counts> {
  const status = await end('npm', ['run', '--silent', 'check']);
  return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, notRun: 0 };
}

async function test(name: string): Promise<Counts> {
  const part = PARTS[name];
  if (part === undefined)
    throw new Error(`there is no part ${name}: check, ${Object.keys(PARTS).join(', ')}`);
  const files = globSync([...part.files]).sort();
  if (files.length === 0) {
    console.log(`there are no tests in ${part.files.join(', ')}`);
    return { passed: 0, failed: part.mayBeEmpty === true ? 0 : 1, notRun: 0 };
  }
  const folder = mkdtempSync(join(tmpdir(), 'uptide-test-'));
  try {
    process.env.UPTIDE_COUNTS = join(folder, 'counts.json');
    const status = await end(process.execPath, [
      '--test',
      '--test-isolation=none',
      `--test-timeout=${part.timeout}`,
      `--test-reporter=${join(root, 'scripts/reporter.ts')}`,
      '--test-reporter-destination=stdout',
      ...files,
    ]);
    if (!existsSync(process.env.UPTIDE_COUNTS)) return { passed: 0, failed: 1, notRun: 0 };
    const counts: Counts = JSON.parse(readFileSync(process.env.UPTIDE_COUNTS, 'utf8'));
    return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a program on our own terminal and gives its exit status, 1 when a signal ended it. */
async function end(program: string, args: readonly string[]): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit' });
  return await new Promise((settle, fail) => {
    child.once('error', fail);
    child.once('close', (status) => settle(status ?? 1));
  });
}
