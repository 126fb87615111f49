// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Evidence, judgeEnd } from '../src/outcome.ts';

const PANIC = '[    1.0] Kernel panic - not syncing: Attempted to kill init!\n';
const good: Evidence = {
  progress: { kind: 'done' },
  log: '[    1.0] reboot: Power down\n',
  end: { status: 0, stderr: '' },
  killed: undefined,
};

describe('judgeEnd', () => {
  const cases: readonly (readonly [string, Partial<Evidence>, string, RegExp])[] = [
    ['a guest that powered off', {}, 'completed', /^$/],
    ['a panic', { progress: { kind: 'running', command: 3 }, log: PANIC }, 'panic', /Attempted to kill init/],
    ['a panic while it powers off', { log: PANIC }, 'panic', /Attempted/],
    [
      'a panic that QEMU did not survive either',
      { log: PANIC, killed: { outcome: 'ended', reason: 'x' } },
      'panic',
      /Attempted/,
    ],
    ['a hang', { killed: { outcome: 'hang', reason: 'nothing happened' } }, 'hang', /nothing happened/],
    ['what cannot be understood', { killed: { outcome: 'ended', reason: 'noise' } }, 'ended', /noise/],
    [
      'a reset without a word',
      { progress: { kind: 'between', next: 2 } },
      'ended',
      /status 0 before command 2/,
    ],
    [
      'a QEMU that does not start',
      { progress: { kind: 'booting' }, log: '', end: { status: 1, stderr: 'no such kernel\n' } },
      'ended',
      /status 1 before the guest ran its first program: no such kernel$/,
    ],
    ['a QEMU that was killed', { end: { status: undefined, stderr: '' } }, 'ended', /killed by a signal/],
  ];
  for (const [what, changed, outcome, reason] of cases) {
    it(`calls ${what} ${outcome}`, () => {
      const judged = judgeEnd({ ...good, ...changed });
      assert.equal(judged.outcome, outcome);
      assert.match(judged.reason, reason);
    });
  }
});
