// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Finding } from '@uptide/base';
import type { LiveUpdate } from '@uptide/host';
import { describeLive, describeLoad, describeUnload, endingOfFindings } from '../src/glue/host.ts';

const NAME = 'uptide_0123456789ab';
const BLOCKED: Finding = {
  code: 'HOST_TASK_BLOCKS',
  verdict: 'refuse',
  place: { symbol: 'pipe_read' },
  reason: 'task 7 (ca\x1b[31mt) is in pipe_read',
  remedy: 'end it',
};
const UPDATE: LiveUpdate = {
  name: NAME,
  ours: true,
  enabled: true,
  inTransition: false,
  objects: [{ name: 'vmlinux', functions: [{ name: 'pipe_read', position: 1 }] }],
  record: {
    schema: 1,
    module: NAME,
    id: 'ab',
    level: 1,
    title: 'pipe: fix',
    cves: ['CVE-2024-0001'],
    matched: false,
  },
};

describe('what load, unload and list print', () => {
  it('ends as the first refusal says', () => {
    assert.equal(endingOfFindings([{ ...BLOCKED, code: 'HOST_CODE_DIFFERS' }, BLOCKED]), 'noMatch');
    assert.equal(
      endingOfFindings([{ ...BLOCKED, verdict: 'review', code: 'HOST_CODE_DIFFERS' }, BLOCKED]),
      'machine',
    );
  });
  it('shows what was found, then how it ended, and obeys no name of a task', () => {
    assert.equal(
      describeLoad({ state: 'reverted', name: NAME, findings: [BLOCKED], replaced: [] }),
      `refuse: HOST_TASK_BLOCKS: pipe_read: task 7 (cat) is in pipe_read\n  next: end it\n${NAME} did not become live in time and was taken out again`,
    );
    assert.equal(
      describeLoad({ state: 'live', name: NAME, findings: [], replaced: ['uptide_old'] }),
      `uptide_old was replaced and removed\n${NAME} is live`,
    );
    assert.equal(describeUnload({ state: 'unloaded', name: NAME, findings: [] }), `${NAME} is unloaded`);
  });
  it('lists each update with its state and what it replaces', () => {
    assert.equal(describeLive([]), 'no live update is loaded');
    assert.equal(
      describeLive([UPDATE, { name: 'x', ours: false, enabled: false, inTransition: true, objects: [] }]),
      `${NAME}: live, level 1, loaded without comparing the running code
  pipe: fix CVE-2024-0001
  vmlinux: pipe_read
x: being taken out, not made by Uptide`,
    );
  });
});
