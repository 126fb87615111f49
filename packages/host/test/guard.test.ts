// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  clearStop,
  judgeBoot,
  markShutdown,
  promote,
  readKillSwitches,
  reapply,
  trustFacts,
} from '@uptide/host';
import { codesOf, GuardedMachine, KERNEL, level, moduleOf, PATIENCE } from './support/guarded-machine.ts';

const ids = (...numbers: number[]): string[] => numbers.map((number) => level(number).description.id);

/** Loads a level and lets it pass its probation. */
async function trusted(guarded: GuardedMachine, number: number): Promise<void> {
  assert.equal((await guarded.load(number)).state, 'live');
  guarded.wait(24);
  assert.equal((await promote(guarded.machine, guarded.journal)).state, 'trusted');
}

/** Goes down cleanly and comes up again. */
async function reboot(guarded: GuardedMachine): Promise<void> {
  await markShutdown(guarded.machine, guarded.journal);
  guarded.boot();
}

describe('a level on a host', () => {
  it('is on probation, then trusted, and comes back early in the next boot', async () => {
    const guarded = new GuardedMachine();
    const { machine, journal } = guarded;
    assert.equal((await guarded.load(1)).state, 'live');
    assert.equal((await promote(machine, journal)).state, 'probation');
    guarded.at(23.9);
    assert.equal((await promote(machine, journal)).state, 'probation');
    guarded.at(24.1);
    assert.equal((await promote(machine, journal)).state, 'trusted');
    await reboot(guarded);
    assert.deepEqual(guarded.live(), []);
    const { outcome, passedOver } = await reapply(machine, journal, PATIENCE);
    assert.equal(outcome?.state, 'live');
    assert.deepEqual(passedOver, []);
    assert.deepEqual(guarded.live(), [1]);
    assert.equal((await trustFacts(journal, KERNEL)).live?.phase, 'trusted');
  });

  it('does not come back when a clean boot was too short to trust it', async () => {
    const guarded = new GuardedMachine();
    await guarded.load(1);
    guarded.at(0.2);
    await reboot(guarded);
    assert.equal((await reapply(guarded.machine, guarded.journal, PATIENCE)).outcome, undefined);
    assert.equal((await guarded.load(1)).state, 'live');
  });
  it('comes back after a clean shutdown when it ran a quarter of an hour', async () => {
    const guarded = new GuardedMachine();
    await guarded.load(1);
    guarded.at(0.3);
    await reboot(guarded);
    assert.equal((await reapply(guarded.machine, guarded.journal, PATIENCE)).outcome?.state, 'live');
  });

  it('that was new when the machine crashed is not loaded again, and the one before comes back', async () => {
    const guarded = new GuardedMachine();
    const { machine, journal } = guarded;
    await trusted(guarded, 1);
    assert.equal((await guarded.load(2)).state, 'live');
    guarded.boot();
    const { previous, quarantined, stopped } = await judgeBoot(machine, journal);
    assert.equal(previous, 'unclean');
    assert.deepEqual(
      quarantined.map((one) => [one.update.level, one.strikes]),
      [[2, 1]],
    );
    assert.equal(stopped, undefined);
    assert.equal((await reapply(machine, journal, PATIENCE)).outcome?.state, 'live');
    assert.deepEqual(guarded.live(), [1]);
    assert.deepEqual(codesOf(await guarded.load(2)), ['HOST_QUARANTINED']);
    assert.deepEqual((await trustFacts(journal, KERNEL)).quarantined, ids(2));
    await reboot(guarded);
    assert.deepEqual(codesOf(await guarded.load(2)), ['HOST_QUARANTINED']);
  });
  it('that crashes the machine while it is being loaded is quarantined, trusted or not', async () => {
    const guarded = new GuardedMachine();
    await trusted(guarded, 1);
    await reboot(guarded);
    guarded.moods.beforeInsert = () => {
      throw new Error('panic');
    };
    await assert.rejects(reapply(guarded.machine, guarded.journal, PATIENCE));
    delete guarded.moods.beforeInsert;
  });

  it('stays live when the kernel complains, and is not loaded in the next boot', async () => {
    const guarded = new GuardedMachine();
    const { machine, journal } = guarded;
    await trusted(guarded, 1);
    await guarded.load(2);
    guarded.log(['x', 'BUG: kernel NULL pointer dereference, address: 0000000000000000']);
    const { state } = await promote(machine, journal);
    assert.equal(state, 'quarantined');
    assert.deepEqual(guarded.live(), [2]);
    await reboot(guarded);
    assert.equal((await reapply(machine, journal, PATIENCE)).outcome?.name, moduleOf(1));
    assert.deepEqual(codesOf(await guarded.load(2)), ['HOST_QUARANTINED']);
  });
  it('of which the kernel complains at once is reported with the load', async () => {
    const guarded = new GuardedMachine();
    guarded.moods.beforeInsert = () => guarded.log(['WARNING: CPU: 0 PID: 1 at kernel/x.c:1 f+0x1/0x2']);
    const outcome = await guarded.load(1);
    assert.equal(outcome.state, 'live');
    assert.deepEqual(codesOf(outcome), ['HOST_KERNEL_COMPLAINS']);
  });

  it('that was taken back does not come back by itself', async () => {
    const guarded = new GuardedMachine();
    await trusted(guarded, 1);
    await trusted(guarded, 2);
    assert.equal((await guarded.load(1)).state, 'live');
    await reboot(guarded);
    assert.equal((await reapply(guarded.machine, guarded.journal, PATIENCE)).outcome?.name, moduleOf(1));
    assert.equal((await guarded.unload()).state, 'unloaded');
    await reboot(guarded);
    assert.equal((await reapply(guarded.machine, guarded.journal, PATIENCE)).outcome, undefined);
  });
});

describe('two unclean boots in a row', () => {
  it('stop everything until an administrator clears it', async () => {
    const guarded = new GuardedMachine();
    const { machine, journal } = guarded;
    await trusted(guarded, 1);
    for (let crashes = 0; crashes < 2; crashes += 1) {
      guarded.boot();
      await judgeBoot(machine, journal);
    }
    assert.notEqual((await trustFacts(journal, KERNEL)).stopped, undefined);
    const { outcome } = await reapply(machine, journal, PATIENCE);
    assert.deepEqual(
      outcome?.findings.map(({ code }) => code),
      ['HOST_STOPPED'],
    );
    assert.deepEqual(codesOf(await guarded.load(2, { by: 'hand' })), ['HOST_STOPPED']);
    await clearStop(machine, journal);
    assert.equal((await reapply(machine, journal, PATIENCE)).outcome?.state, 'live');
  });
});

describe('kill switches', () => {
  const cases: [string, string | undefined, string[]][] = [
    ['quiet', undefined, []],
    ['quiet uptide=no-apply', undefined, ['apply']],
    ['uptide=no-refresh quiet', undefined, ['refresh']],
    ['uptide=off', undefined, ['all', 'apply', 'refresh']],
    ['"uptide=off"', undefined, ['all', 'apply', 'refresh']],
    ['uptide="off"', undefined, ['all', 'apply', 'refresh']],
    ['uptide=no-apply,no-refresh', undefined, ['apply', 'refresh']],
    ['uptide=no-apply uptide=no-refresh', undefined, ['apply', 'refresh']],
    ['uptide=', undefined, ['all', 'apply', 'refresh']],
    ['uptide=OFF', undefined, ['all', 'apply', 'refresh']],
    ['uptide=constructor', undefined, ['all', 'apply', 'refresh']],
    ['uptide.x=off notuptide=off', undefined, []],
    ['quiet', 'until the audit is over\n', ['apply']],
    ['quiet', '', ['apply']],
  ];
  for (const [line, disable, off] of cases) {
    it(`are set by ${JSON.stringify(line)}${disable === undefined ? '' : ` and a file ${JSON.stringify(disable)}`}`, async () => {
      const guarded = new GuardedMachine({ 'proc/cmdline': `${line}\n` });
      if (disable !== undefined) guarded.machine.put({ 'etc/uptide/disable': disable });
      assert.deepEqual(Object.keys(await readKillSwitches(guarded.machine)).sort(), off);
      const codes = codesOf(await guarded.load(1));
      assert.deepEqual(codes, off.includes('apply') ? ['HOST_SWITCHED_OFF'] : []);
    });
  }
  it('are all set when the command line cannot be read', async () => {
    const guarded = new GuardedMachine();
    guarded.machine.drop('proc/cmdline');
    assert.deepEqual(Object.keys(await readKillSwitches(guarded.machine)).sort(), [
      'all',
      'apply',
      'refresh',
    ]);
  });
  it('hold when the file is no file', async () => {
    const guarded = new GuardedMachine({ 'etc/uptide/disable/x': '' });
    assert.deepEqual(codesOf(await guarded.load(1)), ['HOST_SWITCHED_OFF']);
  });
  it('keep nobody from taking an update out by hand', async () => {
    const guarded = new GuardedMachine();
    await guarded.load(1);
    guarded.machine.put({ 'proc/cmdline': 'uptide=off\n' });
    await assert.rejects(guarded.unload('agent'), { code: 'HOST_SWITCHED_OFF' });
    assert.equal((await guarded.unload()).state, 'unloaded');
  });
});
