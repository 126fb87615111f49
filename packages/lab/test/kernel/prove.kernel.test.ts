// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fixtureModule } from '../support/fixture-modules.ts';
import { CMDLINE, codesOf, proveFixture } from '../support/prove-fixture.ts';
import { stockKernel } from '../support/stock-kernel.ts';

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

  it('goes from the level before to a level, under load, and shows that the kernel does not go back', async () => {
    const baseline = await stockKernel();
    const functions = ['cmdline_proc_show', 'version_proc_show'].map((name) => ({ name, sympos: 1 }));
    const level1 = { name: 'live_level1', bytes: await fixtureModule(baseline, 'live_level1') };
    const { proof } = await proveFixture('live_level2', {
      objects: [{ name: 'vmlinux', functions }],
      level: { level: 2, previous: { level: 1, update: level1, objects: [CMDLINE], back: false } },
      fixProbes: [
        { fix: 'one', level: 1, script: 'grep -q "^level" /proc/cmdline\n' },
        { fix: 'two', level: 2, script: 'grep -qx "level 2" /proc/version\n' },
      ],
      loads: [{ name: 'read', script: 'cat /proc/cmdline /proc/version && usleep 10000\n' }],
    });
    assert.deepEqual(proof.findings, []);
    assert.equal(proof.verdict, 'proven');
    assert.equal(proof.levels?.back, false);
    assert.deepEqual(
      proof.levels.steps.map(({ step, from, to, shown }) => [step, from, to, shown]),
      [
        ['update', 0, 2, true],
        ['off', 2, 0, true],
        ['previous', 0, 1, true],
        ['replace', 1, 2, true],
        ['back', 2, 2, true],
        ['end', 2, 0, true],
      ],
    );
    let rounds = 0;
    for (const run of proof.runs) {
      assert.ok(run.step === 'back' || (run.transition ?? 0) > 0, `${run.step} has no time`);
      const [read] = run.rounds;
      assert.ok(read !== undefined && read.rounds >= rounds + 4, `the load stood still during ${run.step}`);
      rounds = read.rounds;
    }
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
