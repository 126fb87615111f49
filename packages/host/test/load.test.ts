// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { QUIET } from '@uptide/base';
import { liveUpdates, loadUpdate, unloadUpdate } from '@uptide/host';
import { FakeMachine, HEALTHY, type Kernel, live, NAME, sampleUpdate } from './support/fake-machine.ts';

const OPTIONS = { wait: 3, unmatched: false, reporter: QUIET, signal: new AbortController().signal };
const ENABLED = `sys/kernel/livepatch/${NAME}/enabled`;

/** A kernel that takes modules; `after` milliseconds later every task has switched, to and fro. */
function kernel(after: { to: number; fro: number }, more: Partial<Kernel> = {}): Kernel {
  let begun = 0;
  let clock = 0;
  let state = '';
  return {
    run: (machine, program, args) => {
      if (program === 'insmod') {
        assert.deepEqual(readFileSync(args[0] ?? '').length, 3);
        machine.put({ ...live(NAME, 1, 1), 'proc/12/task/12/patch_state': '0\n' });
        begun = clock;
        state = '1';
      } else if (program === 'rmmod') {
        if (existsSync(join(machine.root, `sys/kernel/livepatch/${args[0]}`))) return 'rmmod: in use';
        machine.drop(`sys/module/${args[0]}`);
      }
      return '';
    },
    tick: (machine, now) => {
      clock = now;
      const file = join(machine.root, ENABLED);
      if (!existsSync(file)) return;
      const enabled = readFileSync(file, 'utf8').trim();
      if (enabled !== state) {
        state = enabled;
        begun = now;
        machine.put({ [`sys/kernel/livepatch/${NAME}/transition`]: '1\n' });
      }
      if (enabled === '1' && now - begun >= after.to) machine.put(live(NAME, 1, 0));
      if (enabled === '0' && now - begun >= after.fro) machine.drop(`sys/kernel/livepatch/${NAME}`);
    },
    ...more,
  };
}

const filesOf = (machine: FakeMachine): string[] =>
  readdirSync(join(machine.root, 'run/uptide')).filter((name) => name !== 'lock');

describe('loadUpdate', () => {
  it('loads, waits, and keeps a record', async () => {
    const machine = new FakeMachine(HEALTHY, kernel({ to: 1000, fro: 0 }));
    const outcome = await loadUpdate(machine, sampleUpdate(), OPTIONS);
    assert.deepEqual(outcome, { state: 'live', name: NAME, findings: [], replaced: [], milliseconds: 1000 });
    assert.deepEqual(filesOf(machine), [`${NAME}.json`]);
    const [update] = await liveUpdates(machine);
    assert.deepEqual(update?.objects, [{ name: 'vmlinux', functions: [{ name: 'victim', position: 1 }] }]);
    assert.equal(update?.record?.matched, true);
    assert.deepEqual(update?.record?.cves, ['CVE-2024-0001']);
  });

  it('touches nothing when something speaks against it', async () => {
    const machine = new FakeMachine({ ...HEALTHY, 'proc/sys/kernel/modules_disabled': '1' });
    const { state, findings } = await loadUpdate(machine, sampleUpdate(), OPTIONS);
    assert.equal(state, 'refused');
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['HOST_MODULES_DISABLED'],
    );
    assert.deepEqual(machine.calls, []);
    assert.deepEqual(filesOf(machine), []);
  });
  it('says who it wants to be', async () => {
    const machine = new FakeMachine(HEALTHY, { isRoot: false });
    const { state, findings } = await loadUpdate(machine, sampleUpdate(), OPTIONS);
    assert.equal(state, 'refused');
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['HOST_NOT_ROOT'],
    );
  });

  it('loads what it cannot compare only when told so, and remembers it', async () => {
    const files = { ...HEALTHY, 'proc/kcore': 'no core' };
    const machine = new FakeMachine(files, kernel({ to: 0, fro: 0 }));
    assert.equal((await loadUpdate(machine, sampleUpdate(), OPTIONS)).state, 'refused');
    const { state, findings } = await loadUpdate(machine, sampleUpdate(), { ...OPTIONS, unmatched: true });
    assert.equal(state, 'live');
    assert.deepEqual(
      findings.map(({ code, verdict }) => [code, verdict]),
      [['HOST_CODE_UNREADABLE', 'review']],
    );
    assert.equal((await liveUpdates(machine))[0]?.record?.matched, false);
  });
  it('remembers the states that the next one has to know', async () => {
    const machine = new FakeMachine(HEALTHY, kernel({ to: 0, fro: 0 }));
    const states = [{ id: '0x1', version: 2 }];
    await loadUpdate(machine, sampleUpdate({ states }), OPTIONS);
    assert.deepEqual((await liveUpdates(machine))[0]?.record?.states, states);
  });
  it('never loads over code that differs', async () => {
    const update = sampleUpdate();
    for (const { functions } of update.description.objects) {
      for (const { match } of functions) match.sha256 = '00'.repeat(32);
    }
    const machine = new FakeMachine(HEALTHY, kernel({ to: 0, fro: 0 }));
    const { state, findings } = await loadUpdate(machine, update, { ...OPTIONS, unmatched: true });
    assert.equal(state, 'refused');
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['HOST_CODE_DIFFERS'],
    );
    assert.deepEqual(machine.calls, []);
  });

  it('leaves nothing when the kernel refuses', async () => {
    const machine = new FakeMachine(HEALTHY, {
      run: (_, program) => (program === 'insmod' ? 'insmod: Device or resource busy' : ''),
    });
    await assert.rejects(loadUpdate(machine, sampleUpdate(), OPTIONS), { code: 'HOST_LOAD_REFUSED' });
    assert.deepEqual(filesOf(machine), []);
  });
  it('says when a module is no live update', async () => {
    const machine = new FakeMachine(HEALTHY);
    await assert.rejects(loadUpdate(machine, sampleUpdate(), OPTIONS), { code: 'HOST_NOT_LIVE' });
    assert.deepEqual(filesOf(machine), []);
  });

  it('names the task that holds up the transition, and goes back', async () => {
    const files = {
      ...HEALTHY,
      'proc/12/task/12/comm': 'sleeper\n',
      'proc/12/task/12/stack': '[<0>] schedule+0x1/0x2\n[<0>] victim+0x3/0x40\n',
    };
    const machine = new FakeMachine(files, kernel({ to: 1e9, fro: 1000 }));
    const { state, findings } = await loadUpdate(machine, sampleUpdate(), OPTIONS);
    assert.equal(state, 'reverted');
    assert.deepEqual(
      findings.map(({ code, place }) => [code, place]),
      [['HOST_TASK_BLOCKS', { symbol: 'victim' }]],
    );
    assert.match(findings[0]?.reason ?? '', /task 12 \(sleeper\) is in victim/);
    assert.ok(machine.calls.includes(`rmmod ${NAME}`));
    assert.deepEqual(filesOf(machine), []);
    assert.deepEqual(await liveUpdates(machine), []);
  });
  it('waits on when told so', async () => {
    const machine = new FakeMachine(HEALTHY, kernel({ to: 500_000, fro: 0 }));
    const { state } = await loadUpdate(machine, sampleUpdate(), { ...OPTIONS, wait: 'forever' });
    assert.equal(state, 'live');
  });
  it('goes back when it is interrupted', async () => {
    const controller = new AbortController();
    const play = kernel({ to: 1e9, fro: 400 });
    const tick: Kernel['tick'] = (machine, now) => {
      if (now > 1000) controller.abort();
      play.tick?.(machine, now);
    };
    const machine = new FakeMachine(HEALTHY, { ...play, tick });
    const options = { ...OPTIONS, signal: controller.signal };
    await assert.rejects(loadUpdate(machine, sampleUpdate(), options), { code: 'INTERRUPTED' });
    assert.deepEqual(await liveUpdates(machine), []);
    assert.deepEqual(filesOf(machine), []);
  });
  it('says when even going back does not end', async () => {
    const machine = new FakeMachine(HEALTHY, kernel({ to: 1e9, fro: 1e9 }));
    await assert.rejects(loadUpdate(machine, sampleUpdate(), OPTIONS), { code: 'HOST_NOT_REVERTED' });
  });

  it('removes the module of the update before it', async () => {
    const play = kernel({ to: 0, fro: 0 });
    const run: Kernel['run'] = (machine, program, args) => {
      if (program === 'insmod') machine.drop('sys/kernel/livepatch/uptide_old');
      return play.run?.(machine, program, args) ?? '';
    };
    const machine = new FakeMachine({ ...HEALTHY, ...live('uptide_old', 1, 0) }, { ...play, run });
    assert.deepEqual((await loadUpdate(machine, sampleUpdate(), OPTIONS)).replaced, ['uptide_old']);
    assert.ok(machine.calls.includes('rmmod uptide_old'));
  });
});

describe('unloadUpdate', () => {
  it('takes out the only update', async () => {
    const machine = new FakeMachine({ ...HEALTHY, ...live(NAME, 1, 0) }, kernel({ to: 0, fro: 600 }));
    const outcome = await unloadUpdate(machine, undefined, OPTIONS);
    assert.deepEqual(outcome, { state: 'unloaded', name: NAME, findings: [], milliseconds: 800 });
    assert.deepEqual(machine.calls, [`rmmod ${NAME}`]);
  });
  it('keeps it live when a task stays in it', async () => {
    const files = { ...HEALTHY, ...live(NAME, 1, 0), 'proc/12/task/12/patch_state': '1\n' };
    const machine = new FakeMachine(files, kernel({ to: 0, fro: 1e9 }));
    const { state, findings } = await unloadUpdate(machine, NAME, OPTIONS);
    assert.equal(state, 'kept');
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['HOST_TASK_BLOCKS'],
    );
    assert.equal(readFileSync(join(machine.root, ENABLED), 'utf8').trim(), '1');
  });
  it('says when the module stays', async () => {
    const run: Kernel['run'] = (_, program) => (program === 'rmmod' ? 'rmmod: in use' : '');
    const machine = new FakeMachine(
      { ...HEALTHY, ...live(NAME, 1, 0) },
      { ...kernel({ to: 0, fro: 0 }), run },
    );
    await assert.rejects(unloadUpdate(machine, NAME, OPTIONS), { code: 'HOST_NOT_REMOVED' });
  });

  const misuse: [string, string | undefined, string[], string][] = [
    ['none is loaded', undefined, [], 'HOST_NOT_LOADED'],
    ['only one of another maker is loaded', undefined, ['kpatch_x'], 'HOST_NOT_LOADED'],
    ['the named one is not loaded', 'uptide_b', ['uptide_a'], 'HOST_NOT_LOADED'],
    ['a path is named', '../../x', ['uptide_a'], 'HOST_NOT_LOADED'],
    ['there are two', undefined, ['uptide_a', 'uptide_b'], 'HOST_WHICH_UPDATE'],
  ];
  for (const [what, name, names, code] of misuse) {
    it(`touches nothing when ${what}`, async () => {
      const machine = new FakeMachine(HEALTHY);
      for (const one of names) machine.put(live(one, 1, 0));
      await assert.rejects(unloadUpdate(machine, name, OPTIONS), { code });
      assert.deepEqual(machine.calls, []);
    });
  }
  it('is for root', async () => {
    const machine = new FakeMachine(HEALTHY, { isRoot: false });
    await assert.rejects(unloadUpdate(machine, undefined, OPTIONS), { code: 'HOST_NOT_ROOT' });
  });
});

describe('liveUpdates', () => {
  it('lists nothing where there is nothing', async () => {
    const machine = new FakeMachine({ 'proc/x': '' });
    assert.deepEqual(await liveUpdates(machine), []);
  });
  it('sorts, and tells the makers apart', async () => {
    const machine = new FakeMachine({ ...live('uptide_b', 0, 1), ...live('a_kpatch', 1, 0) });
    assert.deepEqual(
      (await liveUpdates(machine)).map(({ name, ours, enabled, inTransition }) => [
        name,
        ours,
        enabled,
        inTransition,
      ]),
      [
        ['a_kpatch', false, true, false],
        ['uptide_b', true, false, true],
      ],
    );
  });
  it('refuses a state that it does not know', async () => {
    const machine = new FakeMachine({ ...live(NAME, 1, 0), [ENABLED]: '2\n' });
    await assert.rejects(liveUpdates(machine), { code: 'HOST_UNREADABLE' });
  });
  const records: [string, string][] = [
    ['no JSON', '{'],
    ['null', 'null'],
    ['another schema', '{"schema":2}'],
    ['another module', '{"schema":1,"module":"x","id":"","level":1,"title":"","matched":true,"cves":[]}'],
    [
      'CVEs of no text',
      `{"schema":1,"module":"${NAME}","id":"","level":1,"title":"","matched":true,"cves":[1]}`,
    ],
  ];
  for (const [what, text] of records) {
    it(`passes over a record of ${what}`, async () => {
      const machine = new FakeMachine({ ...live(NAME, 1, 0), [`run/uptide/${NAME}.json`]: text });
      assert.equal((await liveUpdates(machine))[0]?.record, undefined);
    });
  }
});
