// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CMDLINE, codesOf, proveFixture } from '../support/prove-fixture.ts';

describe('the proof of an update on its kernel', () => {
  it('is complete for code of the kernel and of a module, also when that is loaded later', async () => {
    const mount = 'mkdir -p /m; mount -t binfmt_misc none /m; trap "umount /m" EXIT\n';
    const { proof, boots } = await proveFixture('live_good', {
      objects: [CMDLINE, { name: 'binfmt_misc', functions: [{ name: 'bm_status_read', sympos: 1 }] }],
      probes: {
        before: `${mount}grep -q console= /proc/cmdline && grep enabled /m/status\n`,
        after: `${mount}grep -qx live /proc/cmdline && grep -x live /m/status\n`,
      },
    });
    assert.deepEqual(codesOf(proof), []);
    assert.equal(proof.verdict, 'proven');
    assert.deepEqual(
      proof.objects.map(({ name, shown, late }) => [name, shown, late]),
      [
        ['vmlinux', 'live', null],
        ['binfmt_misc', 'live', true],
      ],
    );
    assert.deepEqual(
      proof.probes.map(({ probe, state, status }) => [probe, state, status]),
      [
        ['before', 'before', 0],
        ['after', 'before', 1],
        ['before', 'after', 1],
        ['after', 'after', 0],
        ['before', 'restored', 0],
        ['after', 'restored', 1],
        ['before', 'late', 1],
        ['after', 'late', 0],
      ],
    );
    assert.deepEqual(
      boots.map(({ boot, outcome }) => [boot, outcome]),
      [
        ['live', 'completed'],
        ['late', 'completed'],
      ],
    );
  });

  it('checks against its file a module that has no hardware', async () => {
    const objects = [{ name: 'kvm_intel', functions: [{ name: 'allocate_vpid', sympos: 0 }] }];
    const { proof } = await proveFixture('live_hardware', { objects });
    assert.deepEqual(codesOf(proof), ['PROOF_MODULE_NOT_LOADED']);
    assert.equal(proof.verdict, 'partly');
    assert.equal(proof.objects[0]?.shown, 'static');
    assert.match(proof.objects[0]?.reason ?? '', /Operation not supported\n.*kvm_intel/);
  });
});
