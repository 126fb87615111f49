// SPDX-License-Identifier: GPL-2.0-or-later
/* The process that loads or unloads is killed at any moment: the next one finds out what became of it. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { archivePath, judgeBoot, markShutdown, promote, reapply, trustFacts } from '@uptide/host';
import { live } from './support/fake-machine.ts';
import { record } from './support/guard-records.ts';
import { codesOf, GuardedMachine, KERNEL, level, moduleOf, PATIENCE } from './support/guarded-machine.ts';

/** A machine with an intent that nobody ended. */
async function killed(action: 'load' | 'unload', number: number): Promise<GuardedMachine> {
  const guarded = new GuardedMachine();
  if (action === 'unload') await guarded.load(number);
  await judgeBoot(guarded.machine, guarded.journal);
  const { description } = level(number);
  const { id, title, module } = description;
  const update = { id, level: number, title, module, moduleSha256: 'ab'.repeat(32) };
  const base = action === 'load' ? record.load(number) : record.unload(number);
  if (base.kind !== 'intent') throw new Error('this is no intent');
  await guarded.journal.write((entries) => entries.append({ ...base, update }));
  return guarded;
}

async function lastResult({ machine, journal }: GuardedMachine): Promise<string | undefined> {
  await judgeBoot(machine, journal);
  const { boot } = await journal.state();
  assert.equal(boot?.open, undefined);
  return boot?.actions.at(-1)?.result;
}

describe('a load whose process was killed', () => {
  it('before the kernel was touched left nothing', async () => {
    const guarded = await killed('load', 1);
    guarded.machine.put({ [`run/uptide/${moduleOf(1)}.ko`]: 'x' });
    assert.equal(await lastResult(guarded), 'interrupted');
    assert.ok(!existsSync(join(guarded.machine.root, `run/uptide/${moduleOf(1)}.ko`)));
    assert.equal((await guarded.load(1)).state, 'live');
  });
  it('when it was live is on probation', async () => {
    const guarded = await killed('load', 1);
    guarded.machine.put(live(moduleOf(1), 1, 0));
    assert.equal(await lastResult(guarded), 'live');
    assert.equal((await trustFacts(guarded.journal, KERNEL)).live?.phase, 'probation');
  });
  it('when it was live leaves no module of the level before', async () => {
    const guarded = new GuardedMachine();
    await guarded.load(1);
    await guarded.journal.write((entries) => entries.append(record.load(2)));
    guarded.machine.drop(`sys/kernel/livepatch/${moduleOf(1)}`);
    await judgeBoot(guarded.machine, guarded.journal);
    assert.ok(!existsSync(join(guarded.machine.root, `sys/module/${moduleOf(1)}`)));
    // Whoever did it: level 1 is not live any more.
    assert.equal((await trustFacts(guarded.journal, KERNEL)).live, undefined);
  });
  it('in a transition that does not end is reverted', async () => {
    const guarded = await killed('load', 1);
    guarded.machine.put(live(moduleOf(1), 1, 1));
    assert.equal(await lastResult(guarded), 'reverted');
    assert.deepEqual(guarded.live(), []);
    assert.equal((await guarded.load(1)).state, 'live');
  });
  it('while it was being reverted is waited for', async () => {
    const guarded = await killed('load', 1);
    guarded.machine.put(live(moduleOf(1), 0, 1));
    assert.equal(await lastResult(guarded), 'reverted');
  });
  it('and whose module stays there idle loses it', async () => {
    const guarded = await killed('load', 1);
    guarded.machine.put({ [`sys/module/${moduleOf(1)}/initstate`]: 'live\n' });
    assert.equal(await lastResult(guarded), 'interrupted');
    assert.ok(!existsSync(join(guarded.machine.root, `sys/module/${moduleOf(1)}`)));
  });
});

it('a machine that goes down waits for no transition, and holds it against no update', async () => {
  const guarded = await killed('load', 1);
  const { machine, journal } = guarded;
  machine.put(live(moduleOf(1), 1, 1));
  await markShutdown(machine, journal);
  guarded.boot();
  const { previous, quarantined } = await judgeBoot(machine, journal);
  assert.deepEqual([previous, quarantined], ['clean', []]);
});

describe('an unload whose process was killed', () => {
  it('before the kernel was touched keeps it live', async () => {
    const guarded = await killed('unload', 1);
    assert.equal(await lastResult(guarded), 'kept');
    assert.deepEqual(guarded.live(), [1]);
  });
  it('in its transition is finished', async () => {
    const guarded = await killed('unload', 1);
    guarded.machine.put(live(moduleOf(1), 0, 1));
    assert.equal(await lastResult(guarded), 'unloaded');
    assert.deepEqual(guarded.live(), []);
  });
  it('after it leaves no module', async () => {
    const guarded = await killed('unload', 1);
    guarded.machine.drop(`sys/kernel/livepatch/${moduleOf(1)}`);
    assert.equal(await lastResult(guarded), 'unloaded');
    assert.ok(!existsSync(join(guarded.machine.root, `sys/module/${moduleOf(1)}`)));
  });
});

describe('what the kernel refuses', () => {
  it('is an outcome with its code, and strikes nothing', async () => {
    const guarded = new GuardedMachine();
    guarded.moods.refuse = 'insmod: Device or resource busy';
    await assert.rejects(guarded.load(1), { code: 'HOST_LOAD_REFUSED' });
    const { boot } = await guarded.journal.state();
    assert.equal(boot?.actions[0]?.result, 'failed');
    assert.equal(boot?.actions[0]?.code, 'HOST_LOAD_REFUSED');
    delete guarded.moods.refuse;
    assert.equal((await guarded.load(1)).state, 'live');
  });
  it('is told by its first error, also when what became of it cannot be written down', async () => {
    const guarded = new GuardedMachine();
    guarded.moods.refuse = 'insmod: Device or resource busy';
    guarded.moods.beforeInsert = () => guarded.machine.put({ 'var/lib/uptide/journal/00000003.json/x': '' });
    await assert.rejects(guarded.load(1), { code: 'HOST_LOAD_REFUSED' });
  });
  it('and what is reverted for its time leave the level before as it was', async () => {
    const guarded = new GuardedMachine();
    await guarded.load(1);
    guarded.moods.stuck = true;
    const { state } = await guarded.load(2);
    assert.equal(state, 'reverted');
    assert.equal((await trustFacts(guarded.journal, KERNEL)).live?.update.level, 1);
  });
  it('is not written down when the check said no before', async () => {
    const guarded = new GuardedMachine({ 'proc/sys/kernel/modules_disabled': '1\n' });
    assert.deepEqual(codesOf(await guarded.load(1)), ['HOST_MODULES_DISABLED']);
    assert.deepEqual((await guarded.journal.state()).boot?.actions, []);
  });
});

describe('an intent', () => {
  it('that cannot be written keeps the kernel from being touched', async () => {
    const guarded = new GuardedMachine();
    await guarded.load(1);
    // The next record's temporary file cannot be renamed onto a folder.
    const { machine, journal } = guarded;
    const next = (await journal.state()).boot === undefined ? '' : '00000004.json';
    machine.put({ [`var/lib/uptide/journal/${next}/x`]: '' });
    const inserted = guarded.inserted();
    await assert.rejects(guarded.load(2));
    assert.equal(guarded.inserted(), inserted);
  });
});

describe('early in a boot', () => {
  /** A machine whose level 2, and 1 before it, came through their probation, after a clean reboot. */
  async function ready(): Promise<GuardedMachine> {
    const guarded = new GuardedMachine();
    for (const number of [1, 2]) {
      await guarded.load(number);
      guarded.wait(24);
      await promote(guarded.machine, guarded.journal);
    }
    await markShutdown(guarded.machine, guarded.journal);
    guarded.boot();
    return guarded;
  }
  const archiveOf = async ({ journal }: GuardedMachine, number: number): Promise<string> => {
    const { known } = await journal.state();
    return archivePath(known.find(({ update }) => update.level === number)?.update.archive ?? '');
  };

  it('a level whose file changed is passed over for the one before', async () => {
    const guarded = await ready();
    guarded.machine.put({ [await archiveOf(guarded, 2)]: 'something else' });
    const { outcome, passedOver } = await reapply(guarded.machine, guarded.journal, PATIENCE);
    assert.equal(outcome?.name, moduleOf(1));
    assert.deepEqual(
      passedOver.map(({ code }) => code),
      ['HOST_CACHE'],
    );
  });
  it('a level whose file is gone, too', async () => {
    const guarded = await ready();
    for (const number of [1, 2]) guarded.machine.drop(await archiveOf(guarded, number));
    const { outcome, passedOver } = await reapply(guarded.machine, guarded.journal, PATIENCE);
    assert.equal(outcome, undefined);
    assert.deepEqual(
      passedOver.map(({ code }) => code),
      ['HOST_CACHE', 'HOST_CACHE'],
    );
  });
  it('a level that is blocked is passed over', async () => {
    const guarded = await ready();
    const { outcome, passedOver } = await reapply(guarded.machine, guarded.journal, {
      ...PATIENCE,
      blocked: (update) => (update.level === 2 ? 'it locks up' : undefined),
    });
    assert.equal(outcome?.name, moduleOf(1));
    assert.deepEqual(
      passedOver.map(({ code }) => code),
      ['HOST_BLOCKED'],
    );
  });
  it('nothing is loaded on another build of the kernel', async () => {
    const guarded = await ready();
    guarded.machine.put({ 'proc/sys/kernel/osrelease': '6.1.0-51-amd64\n' });
    assert.deepEqual(await reapply(guarded.machine, guarded.journal, PATIENCE), { passedOver: [] });
  });
  it('nothing is loaded twice', async () => {
    const guarded = await ready();
    await reapply(guarded.machine, guarded.journal, PATIENCE);
    assert.deepEqual(await reapply(guarded.machine, guarded.journal, PATIENCE), { passedOver: [] });
    assert.equal(guarded.inserted(), 3);
  });
  it('nothing is loaded when a kill switch is set', async () => {
    const guarded = await ready();
    guarded.machine.put({ 'proc/cmdline': 'uptide=no-apply\n' });
    const { outcome } = await reapply(guarded.machine, guarded.journal, PATIENCE);
    assert.deepEqual(
      outcome?.findings.map(({ code }) => code),
      ['HOST_SWITCHED_OFF'],
    );
  });
});

describe('the word that the machine goes down', () => {
  it('holds no more when the service goes on', async () => {
    const guarded = new GuardedMachine();
    const { machine, journal } = guarded;
    await guarded.load(1);
    guarded.at(1);
    await markShutdown(machine, journal);
    await promote(machine, journal);
    guarded.boot();
    assert.equal((await judgeBoot(machine, journal)).previous, 'unclean');
  });
  it('is not believed when the firmware kept a crash of that boot', async () => {
    const guarded = new GuardedMachine({
      'sys/fs/pstore/dmesg-erst-1': 'Panic#1\n<0>[ 1.0] Kernel panic - old\n',
    });
    const { machine, journal } = guarded;
    await judgeBoot(machine, journal);
    await markShutdown(machine, journal);
    guarded.boot();
    assert.equal((await judgeBoot(machine, journal)).previous, 'clean');
    await markShutdown(machine, journal);
    machine.put({ 'sys/fs/pstore/dmesg-erst-2': 'Panic#1\n<0>[ 1.0] Kernel panic - new\n' });
    guarded.boot();
    const { previous, evidence } = await judgeBoot(machine, journal);
    assert.equal(previous, 'unclean');
    assert.deepEqual(evidence, ['dmesg-erst-2: Kernel panic - new']);
  });
});
