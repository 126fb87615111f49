// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProgressReporter } from '@uptide/cli';

/** A screen that keeps what was written, with a clock that the test moves. */
function fakeScreen(columns?: number) {
  const state = { text: '', time: 0 };
  const reporter = new ProgressReporter({
    write: (text) => {
      state.text += text;
    },
    columns: () => columns,
    now: () => state.time,
  });
  return { state, reporter };
}

describe('progress off a terminal', () => {
  it('is a line for each step that ended, with its time', async () => {
    const { state, reporter } = fakeScreen();
    await reporter.step('one', async () => {
      state.time += 1234;
    });
    await assert.rejects(
      reporter.step('two', async () => {
        state.time += 100;
        throw new Error('x');
      }),
    );
    assert.equal(state.text, 'one: 1.2 s\ntwo: 0.1 s, not done\n');
  });
  it('indents steps of a step, and tells which step a count belongs to', async () => {
    const { state, reporter } = fakeScreen();
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    await reporter.step('outer', async () => {
      await Promise.all([
        reporter.step('left', async () => {
          await gate;
          reporter.progress(1, 2, 'units');
        }),
        reporter
          .step('right', async () => {
            reporter.progress(5e6, 10e6, 'B');
            release();
            throw new Error('right');
          })
          .catch(() => {}),
      ]);
    });
    assert.deepEqual(state.text.split('\n').sort(), [
      '',
      '  left: 0.0 s',
      '  right, 5.0 of 10.0 MB: 0.0 s, not done',
      'outer: 0.0 s',
    ]);
  });
  it('shows from time to time that a long step is alive', async () => {
    const { state, reporter } = fakeScreen();
    await reporter.step('fetch', async () => {
      for (let second = 1; second <= 25; second++) {
        state.time = second * 1000;
        reporter.progress(second * 1e6, 0, 'B');
      }
    });
    assert.equal(state.text, 'fetch, 10.0 MB: 10.0 s so far\nfetch, 20.0 MB: 20.0 s so far\nfetch: 25.0 s\n');
  });
  it('writes nothing that a terminal would obey', async () => {
    const { state, reporter } = fakeScreen();
    reporter.note('a\x1b[2Jb\x07c\u202ed');
    reporter.progress(1, 2, 'no step');
    await reporter.step('x\r\x1b]0;t\x07y', () => Promise.resolve());
    for (const char of ['\x1b', '\x07', '\r', '\u202e']) assert.ok(!state.text.includes(char));
    assert.match(state.text, /^ab\?c\?d\n/);
  });
});

describe('progress on a terminal', () => {
  it('takes the live line away before the line that stays', async () => {
    const { state, reporter } = fakeScreen(20);
    await reporter.step('a step with a long name', async () => {
      state.time += 100;
      reporter.progress(1, 2, 'units');
      state.time += 10;
      reporter.progress(2, 2, 'units');
    });
    reporter.end();
    const clear = '\r\x1b[K';
    assert.equal(
      state.text,
      `${clear}a step with a long ${clear}a step with a long ${clear}a step with a long name: 0.1 s\n`,
    );
  });
});
