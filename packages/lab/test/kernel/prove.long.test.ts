// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readObject } from '@uptide/elf';
import { checkAgainstFile, prove, proveOnBaseline } from '../../src/index.ts';
import { fixtureModule } from '../support/fixture-modules.ts';
import { CMDLINE, codesOf, proveFixture } from '../support/prove-fixture.ts';
import { stockKernel } from '../support/stock-kernel.ts';

const READ_CMDLINE = { after: 'cat /proc/cmdline\n' };

describe('the proof of an update that is wrong', () => {
  it('finds by the file alone that a module without hardware lacks the function', async () => {
    const objects = [{ name: 'kvm_intel', functions: [{ name: 'allocate_vpid', sympos: 2 }] }];
    const { proof } = await proveFixture('live_hardware', { objects });
    assert.ok(codesOf(proof).includes('CHECK_FUNCTION_MISSING'));
    assert.equal(proof.verdict, 'failed');
  });

  it('fails for an update of a function that does not exist, with the words of the kernel', async () => {
    const objects = [{ name: 'vmlinux', functions: [{ name: 'uptide_no_such_function', sympos: 0 }] }];
    const { proof } = await proveFixture('live_absent', { objects });
    const found = proof.findings.find(({ code }) => code === 'PROOF_UPDATE_NOT_LOADED');
    assert.match(found?.reason ?? '', /symbol 'uptide_no_such_function' not found in symbol table/);
    assert.equal(proof.verdict, 'failed');
  });

  it('fails for an update of another kernel release', async () => {
    const baseline = await stockKernel();
    const other = Buffer.from(await fixtureModule(baseline, 'live_good'));
    // Without CRCs the loader compares the whole of vermagic; with them all but the release. SMP comes after it.
    const at = other.indexOf(' SMP preempt');
    assert.ok(at > 0);
    other.write(' UMP', at, 'latin1');
    const objects = [CMDLINE, { name: 'binfmt_misc', functions: [{ name: 'bm_status_read', sympos: 1 }] }];
    const update = { name: 'live_good', bytes: other };
    const { proof } = await proveOnBaseline(baseline, { update, objects });
    assert.ok(codesOf(proof).includes('PROOF_UPDATE_NOT_LOADED'));
    assert.match(proof.findings.map(({ reason }) => reason).join('\n'), /version magic/);
  });

  it('fails for an update that replaces more than its description says', async () => {
    const { proof } = await proveFixture('live_good', { objects: [CMDLINE] });
    assert.deepEqual(codesOf(proof), ['PROOF_NOT_PATCHED']);
    assert.equal(proof.verdict, 'failed');
  });

  it('names the task and the function that hold up a transition, and can still undo the update', async () => {
    const objects = [{ name: 'vmlinux', functions: [{ name: 'kthreadd', sympos: 0 }] }];
    const { proof } = await proveFixture('live_stuck', { objects, transitionSeconds: 3 });
    assert.deepEqual(codesOf(proof), ['PROOF_TRANSITION_BLOCKED']);
    assert.match(proof.findings[0]?.reason ?? '', /kthreadd:2 is sleeping on function kthreadd/);
    assert.equal(proof.steps.find(({ name }) => name === 'update:unload')?.status, 0);
  });

  it('fails for an update whose function warns', async () => {
    const { proof } = await proveFixture('live_warn', { objects: [CMDLINE], probes: READ_CMDLINE });
    assert.deepEqual(codesOf(proof), ['PROOF_KERNEL_COMPLAINS', 'PROOF_TAINTED']);
  });

  it('fails for an update whose function panics, with what was shown before', async () => {
    const { proof, boots } = await proveFixture('live_panic', { objects: [CMDLINE], probes: READ_CMDLINE });
    assert.deepEqual(codesOf(proof), ['PROOF_KERNEL_COMPLAINS', 'PROOF_PANIC']);
    assert.equal(proof.functions[0]?.shown, 'live');
    assert.match(boots[0]?.log ?? '', /replaced_cmdline_proc_show/);
  });

  it('fails for an update whose function hangs the machine, and says where it hangs', async () => {
    const { proof, boots } = await proveFixture('live_hang', {
      objects: [CMDLINE],
      probes: READ_CMDLINE,
      probeSeconds: 5,
      limits: { grace: 5 },
    });
    assert.deepEqual(codesOf(proof), ['PROOF_HANG']);
    assert.match(boots[0]?.autopsy ?? '', /RIP: 0010:replaced_cmdline_proc_show/);
  });

  it('fails for a position that means another function when the module is loaded late', async () => {
    const baseline = await stockKernel();
    const module = { name: 'shadowed', bytes: await fixtureModule(baseline, 'shadowed') };
    const update = { name: 'live_shadow', bytes: await fixtureModule(baseline, 'live_shadow') };
    const functions = [{ name: 'shadow.constprop.0', sympos: 1 }];
    const objects = [{ name: 'shadowed', functions }];
    const exports = await baseline.exports();
    const { release, buildId, vmlinuz: kernel } = baseline;
    const probes = { after: 'grep -qx 99 /proc/shadowed\n' };
    const { proof } = await prove(
      { kernel, release, buildId, update, objects, modules: [module], probes },
      {
        check: async (object) =>
          checkAgainstFile({
            release,
            update: readObject(update.bytes),
            object,
            functions,
            module: (name) => (name === module.name ? readObject(module.bytes) : undefined),
            exports,
          }),
      },
    );
    // The probe passes where the module was there first; sysfs says in both boots that it is patched.
    assert.deepEqual(
      proof.probes.map(({ state, status }) => [state, status]),
      [
        ['before', 1],
        ['after', 0],
        ['restored', 1],
        ['late', 1],
      ],
    );
    assert.equal(proof.objects[0]?.late, true);
    assert.deepEqual(codesOf(proof), [
      'PROOF_KERNEL_COMPLAINS',
      'PROOF_TAINTED',
      'PROOF_PROBE_FAILED',
      'CHECK_FUNCTION_MISSING',
    ]);
    assert.match(proof.findings.at(-1)?.reason ?? '', /another symbol while the module is being loaded/);
  });
});
