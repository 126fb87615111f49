// SPDX-License-Identifier: GPL-2.0-or-later
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

/** What `run-tests.ts` reads back when the runner has ended. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** Skipped or marked to do: in this project a test that could not run has failed. */
  readonly notRun: number;
}

/** Tests slower than this are named with their time, so that a slow suite can be seen growing. */
const SLOW_MILLISECONDS = 1000;

/**
 * A reporter of node:test that prints failures in full and slow tests by name, and leaves the counts in
 * the file that UPTIDE_COUNTS names. Thousands of passing unit tests print nothing.
 */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const file = process.env.UPTIDE_COUNTS;
  if (file === undefined) throw new Error('UPTIDE_COUNTS names the file for the counts');
  let passed = 0;
  let failed = 0;
  let notRun = 0;
  for await (const event of events) {
    if (event.type === 'test:stdout' || event.type === 'test:stderr') yield event.data.message;
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { data } = event;
    const place = `${data.name}  ${data.file === undefined ? '' : `${relative('.', data.file)}:${data.line}`}`;
    if (event.type === 'test:fail') {
      // A suite fails because a test in it did, which has been counted; only its own faults are news.
      if (isFailureOfChild(event.data.details.error)) continue;
      failed++;
      yield `FAILED ${place}\n${inspect(event.data.details.error.cause ?? event.data.details.error)}\n\n`;
    } else if (data.details.type === 'suite') {
    } else if (data.skip !== undefined || data.todo !== undefined) {
      notRun++;
      yield `NOT RUN ${place}\n`;
    } else {
      passed++;
      if (data.details.duration_ms > SLOW_MILLISECONDS) {
        yield `${(data.details.duration_ms / 1000).toFixed(1).padStart(6)} s  ${place}\n`;
      }
    }
  }
  writeFileSync(file, JSON.stringify({ passed, failed, notRun } satisfies Counts));
}

function isFailureOfChild(error: object): boolean {
  return 'failureType' in error && error.failureType === 'subtestsFailed';
}
