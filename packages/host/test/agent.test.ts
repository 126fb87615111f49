// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { UptideError } from '@uptide/base';
import {
  checkStream,
  Machine,
  readAvailable,
  readHistory,
  readStatus,
  removeAll,
  rollback,
  runBoot,
  runCycle,
  runShutdown,
  subscribe,
  upgrade,
} from '@uptide/host';
import { placeOf } from '../src/policy/place.ts';
import { FollowedMachine } from './support/followed-machine.ts';

const YES = { confirm: async () => true };
const AUTO = '[policy]\nmode = "auto"\n';

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof UptideError) return error.code;
    throw error;
  }
  return 'none';
}

describe('a host that follows a stream', () => {
  it('subscribes, checks, and goes straight to the highest level', async () => {
    const { agent, host, ...followed } = await FollowedMachine.subscribed(3);
    const checked = await checkStream(agent);
    assert.equal(checked.plan.state, 'update-available');
    assert.deepEqual(host.live(), []);
    const { outcome } = await upgrade(agent, YES);
    assert.equal(outcome?.state, 'live');
    assert.deepEqual(host.live(), [3]);
    assert.equal(host.inserted(), 1);
    const status = await readStatus(agent);
    assert.equal(status.state, 'current');
    assert.equal(status.effectiveVersion, '6.1.0-50-amd64+uptide.3');
    assert.deepEqual(
      status.cves.map(({ id, state, since }) => [id, state, since]),
      [
        ['CVE-2026-0001', 'fixed', 1],
        ['CVE-2026-0002', 'fixed', 2],
        ['CVE-2026-0003', 'fixed', 3],
      ],
    );
    assert.deepEqual(followed.notes, []);
  });
  it('does nothing without a yes, and nothing on a dry run', async () => {
    const { agent, host } = await FollowedMachine.subscribed(1);
    const { plan, outcome } = await upgrade(agent, { confirm: async () => false });
    assert.equal(plan.step?.do, 'load');
    assert.equal(outcome, undefined);
    assert.equal(host.inserted(), 0);
  });
  it('goes to a level by its number, and back from it', async () => {
    const { agent, host } = await FollowedMachine.subscribed(3);
    await upgrade(agent, { ...YES, to: 2 });
    assert.deepEqual(host.live(), [2]);
    await upgrade(agent, YES);
    assert.deepEqual(host.live(), [3]);
    await rollback(agent, YES);
    assert.deepEqual(host.live(), [2]);
    await upgrade(agent, YES);
    await rollback(agent, { ...YES, to: 1 });
    assert.deepEqual(host.live(), [1]);
  });
  it('refuses levels that are not there, or not up, or not down', async () => {
    const { agent } = await FollowedMachine.subscribed(2);
    assert.equal(await codeOf(rollback(agent, YES)), 'HOST_NOT_LOADED');
    assert.equal(await codeOf(removeAll(agent, YES.confirm)), 'HOST_NOT_LOADED');
    assert.equal(await codeOf(upgrade(agent, { ...YES, to: 9 })), 'HOST_NO_LEVEL');
    await upgrade(agent, { ...YES, to: 1 });
    assert.equal(await codeOf(upgrade(agent, { ...YES, to: 1 })), 'HOST_NO_LEVEL');
    assert.equal(await codeOf(rollback(agent, YES)), 'HOST_NO_LEVEL');
  });
  it('does not bring again by itself what a keeper took back', async () => {
    const followed = await FollowedMachine.subscribed(2, AUTO);
    const { agent, host } = followed;
    await runCycle(agent);
    assert.deepEqual(host.live(), [2]);
    await rollback(agent, YES);
    const { plan } = await runCycle(agent);
    assert.equal(plan.state, 'held-by-policy');
    assert.deepEqual(host.live(), [1]);
    await removeAll(agent, YES.confirm);
    await runCycle(agent);
    assert.deepEqual(host.live(), []);
    await upgrade(agent, YES);
    assert.deepEqual(host.live(), [2]);
  });
  it('tells its history, boot by boot', async () => {
    const { agent, host } = await FollowedMachine.subscribed(2);
    await upgrade(agent, { ...YES, to: 1 });
    host.wait(1);
    await runShutdown(agent);
    host.boot();
    await upgrade(agent, YES);
    const history = await readHistory(agent);
    assert.deepEqual(
      history.map(({ actions }) =>
        actions.map(({ action, update, result }) => [action, update.level, result]),
      ),
      [[['load', 1, 'live']], [['load', 2, 'live']]],
    );
  });
  it('lists the levels with what stands against them', async () => {
    const { agent } = await FollowedMachine.subscribed(2, '[policy]\nhold = 2\n');
    await upgrade(agent, YES);
    const { levels } = await readAvailable(agent);
    assert.deepEqual(
      levels.map(({ level, live, above, obstacles }) => [
        level.level,
        live,
        above,
        obstacles.map(({ rule }) => rule),
      ]),
      [
        [1, true, false, []],
        [2, false, true, ['hold']],
      ],
    );
  });
});

describe('a subscription', () => {
  it('is refused while another one is there, and replaced when that is wanted', async () => {
    const followed = await FollowedMachine.subscribed(1);
    await followed.subscribe();
    const other = await FollowedMachine.make(1);
    const {
      served: url,
      stream: { root },
    } = other;
    assert.equal(await codeOf(subscribe(followed.agent, { url, root, replace: false })), 'HOST_SUBSCRIBED');
    await subscribe(followed.agent, { url, root, replace: true });
    assert.match(followed.read('etc/uptide/uptide.toml'), new RegExp(`url = "${url}"`));
    assert.equal((await checkStream(followed.agent)).plan.state, 'update-available');
  });
  it('leaves nothing behind when the root is not that of the stream', async () => {
    const followed = await FollowedMachine.make(1);
    const other = await FollowedMachine.make(2);
    const options = { url: followed.served, root: other.stream.root, replace: false };
    assert.equal(await codeOf(subscribe(followed.agent, options)), 'STREAM_WRONG_KEY');
    assert.equal((await readStatus(followed.agent)).state, 'no-stream');
    assert.equal(await codeOf(checkStream(followed.agent)), 'HOST_NOT_SUBSCRIBED');
  });
  it('keeps the configuration that is there, comments included', async () => {
    const followed = await FollowedMachine.make(1);
    followed.configure('# mine\n[policy]\nmode = "auto" # yes\n[stream]\n#url = "https://x"\nmirrors = []\n');
    await followed.subscribe();
    assert.equal(
      followed.read('etc/uptide/uptide.toml'),
      `# mine\n[policy]\nmode = "auto" # yes\n[stream]\nurl = "${followed.served}"\nmirrors = []\n`,
    );
  });
  it('needs a configuration that is understood', async () => {
    const followed = await FollowedMachine.make(1);
    followed.configure('[policy]\nmood = "auto"\n');
    assert.equal(await codeOf(followed.subscribe()), 'HOST_CONFIG_INVALID');
  });
});

describe('a round of the service', () => {
  it('loads in the mode auto, and only tells in the mode ask', async () => {
    const ask = await FollowedMachine.subscribed(1);
    assert.equal((await runCycle(ask.agent)).plan.state, 'update-available');
    assert.equal(ask.host.inserted(), 0);
    const auto = await FollowedMachine.subscribed(1, AUTO);
    assert.equal((await runCycle(auto.agent)).outcome?.state, 'live');
    assert.equal(auto.written().state, 'current');
    assert.equal((await runCycle(auto.agent)).outcome, undefined);
    assert.equal(auto.host.inserted(), 1);
  });
  it('reads kill switches anew each time', async () => {
    const { agent, host } = await FollowedMachine.subscribed(1, AUTO);
    host.machine.put({ 'etc/uptide/disable': 'a migration\n' });
    assert.equal((await runCycle(agent)).plan.state, 'disabled');
    assert.equal(await codeOf(upgrade(agent, { ...YES, to: 1 })), 'HOST_HELD');
    host.machine.drop('etc/uptide/disable');
    await runCycle(agent);
    assert.deepEqual(host.live(), [1]);
  });
  it('keeps what is live when the stream is gone, and says so', async () => {
    const followed = await FollowedMachine.subscribed(1, AUTO);
    const { agent, host } = followed;
    await runCycle(agent);
    followed.vanish();
    host.wait(2);
    await agent.machine.effects.sleep(2 * 3_600_000);
    const { trouble } = await runCycle(agent);
    assert.equal(trouble?.code, 'STREAM_NOT_FOUND');
    assert.deepEqual(host.live(), [1]);
    assert.equal(followed.written().stream?.error?.code, 'STREAM_NOT_FOUND');
    assert.equal(followed.written().state, 'current');
    await agent.machine.effects.sleep(60 * 24 * 3_600_000);
    await runCycle(agent);
    assert.notEqual(followed.written().stream?.staleSince, undefined);
    assert.deepEqual(host.live(), [1]);
  });
  it('comes back early after a reboot with what it trusts, without the stream', async () => {
    const followed = await FollowedMachine.subscribed(1, AUTO);
    const { agent, host } = followed;
    await runCycle(agent);
    host.wait(25);
    await runCycle(agent);
    assert.equal(followed.written().live?.trust, 'trusted');
    await runShutdown(agent);
    host.boot();
    followed.vanish();
    assert.deepEqual(host.live(), []);
    const { outcome } = await runBoot(agent);
    assert.equal(outcome?.state, 'live');
    assert.deepEqual(host.live(), [1]);
  });
  it('comes back early although the configuration has a slip, and not in the mode off', async () => {
    const followed = await FollowedMachine.subscribed(1, AUTO);
    const { agent, host } = followed;
    await runCycle(agent);
    host.wait(25);
    await runCycle(agent);
    const toml = followed.read('etc/uptide/uptide.toml');
    const again = async (text: string): Promise<number[]> => {
      followed.configure(text);
      await runShutdown(agent);
      host.boot();
      await runBoot(agent);
      return host.live();
    };
    assert.deepEqual(await again(toml.replace('mode', 'mood')), [1]);
    assert.equal(await codeOf(runCycle(agent)), 'HOST_CONFIG_INVALID');
    assert.deepEqual(await again(toml.replace('auto', 'off')), []);
    assert.deepEqual(await again(toml), [1]);
  });
  it('does not bring back what its maker has blocked meanwhile', async () => {
    const followed = await FollowedMachine.subscribed(1, AUTO);
    const { agent, host } = followed;
    await runCycle(agent);
    host.wait(25);
    await runCycle(agent);
    const known = JSON.parse(followed.read('var/lib/uptide/known.json'));
    known.rollout.content.blocks.push({ reason: 'it hangs', since: '2026-01-01T00:00:00Z', action: 'hold' });
    host.machine.put({ 'var/lib/uptide/known.json': JSON.stringify(known) });
    await runShutdown(agent);
    host.boot();
    const { passedOver } = await runBoot(agent);
    assert.deepEqual(
      passedOver.map(({ code }) => code),
      ['HOST_BLOCKED'],
    );
    assert.deepEqual(host.live(), []);
  });
  it('takes out what its maker says must go, and nothing else', async () => {
    const followed = await FollowedMachine.subscribed(1, AUTO);
    const { agent, host } = followed;
    await runCycle(agent);
    const known = JSON.parse(followed.read('var/lib/uptide/known.json'));
    const block = { reason: 'it hangs', since: '2026-01-01T00:00:00Z', action: 'unload' };
    const tell = (levels: { first: number; last: number }): void => {
      known.rollout.content.blocks = [{ ...block, levels }];
      host.machine.put({ 'var/lib/uptide/known.json': JSON.stringify(known) });
    };
    tell({ first: 2, last: 3 });
    await runCycle(agent);
    assert.deepEqual(host.live(), [1]);
    tell({ first: 1, last: 1 });
    const { outcome } = await runCycle(agent);
    assert.equal(outcome?.state, 'unloaded');
    assert.deepEqual(host.live(), []);
    assert.equal((await runCycle(agent)).plan.state, 'blocked');
  });
  it('waits for the wave of this host, whose place its secret gives', async () => {
    const followed = await FollowedMachine.subscribed(1, AUTO);
    const { agent, host } = followed;
    const known = JSON.parse(followed.read('var/lib/uptide/known.json'));
    const secret = readFileSync(join(host.machine.root, 'var/lib/uptide/host.secret'));
    const place = placeOf(secret, known.index.content.levels[0].id);
    const percent = Math.floor(place / 100);
    const open = async (reached: number): Promise<string> => {
      const wave = { percent: reached, from: '2025-12-31T00:00:00Z' };
      known.rollout.content.levels[0].waves =
        reached === 0 ? [{ ...wave, percent: 1, from: '2026-01-02T00:00:00Z' }] : [wave];
      host.machine.put({ 'var/lib/uptide/known.json': JSON.stringify(known) });
      return (await runCycle(agent)).plan.state;
    };
    assert.equal(await open(percent), 'waiting-wave');
    assert.deepEqual(host.live(), []);
    assert.equal(await open(percent + 1), 'update-available');
    assert.deepEqual(host.live(), [1]);
  });
  it('is made once at a time', async () => {
    const { agent, host } = await FollowedMachine.subscribed(1, AUTO);
    const cycles = await Promise.all([runCycle(agent), runCycle(agent), runCycle(agent)]);
    assert.equal(cycles.filter(({ outcome }) => outcome !== undefined).length, 1);
    assert.equal(host.inserted(), 1);
  });
  it('goes on although a report cannot be written', async () => {
    const followed = await FollowedMachine.subscribed(
      1,
      `${AUTO}[report]\nprometheus = "/proc/kallsyms/x.prom"\n`,
    );
    assert.equal((await runCycle(followed.agent)).outcome?.state, 'live');
    assert.ok(followed.notes.some((text) => text.includes('x.prom')));
  });
  it('quarantines the level that a crash followed, and takes the one below', async () => {
    const followed = await FollowedMachine.subscribed(1, AUTO);
    const { agent, host } = followed;
    await runCycle(agent);
    host.wait(25);
    await runCycle(agent);
    await followed.publish(2);
    await agent.machine.effects.sleep(2 * 3_600_000);
    await runCycle(agent);
    assert.deepEqual(host.live(), [2]);
    // The kernel crashes.
    host.boot();
    await runBoot(agent);
    assert.deepEqual(host.live(), [1]);
    const { plan } = await runCycle(agent);
    assert.equal(plan.state, 'quarantined');
    assert.equal(followed.written().strikes[0]?.level, 2);
    assert.deepEqual(host.live(), [1]);
  });
  it('tells in the status why a level was not loaded', async () => {
    const followed = await FollowedMachine.subscribed(1, AUTO);
    followed.host.moods.refuse = 'insmod: Invalid argument';
    assert.equal(await codeOf(runCycle(followed.agent)), 'HOST_LOAD_REFUSED');
    const { state, reasons } = followed.written();
    assert.equal(state, 'update-available');
    assert.ok(reasons.some(({ code }) => code === 'HOST_LOAD_REFUSED'));
  });
  it('writes the reports that are asked for', async () => {
    const followed = await FollowedMachine.subscribed(
      1,
      `${AUTO}[report]\nprometheus = "/run/uptide/x.prom"\nopenvex = "/run/uptide/vex.json"\n`,
    );
    await runCycle(followed.agent);
    assert.match(followed.read('run/uptide/x.prom'), /^# HELP /);
    assert.equal(JSON.parse(followed.read('run/uptide/vex.json')).statements.length, 1);
    await removeAll(followed.agent, YES.confirm);
    assert.throws(() => followed.read('run/uptide/vex.json'));
  });
  it('keeps in the cache what a boot can need, and nothing else', async () => {
    const followed = await FollowedMachine.subscribed(2, AUTO);
    const { agent, host } = followed;
    host.machine.put({ [`var/lib/uptide/updates/${'00'.repeat(32)}.uptide`]: 'old' });
    await runCycle(agent);
    const names = readdirSync(join(host.machine.root, 'var/lib/uptide/updates'));
    assert.equal(names.length, 1);
    assert.notEqual(names[0], `${'00'.repeat(32)}.uptide`);
  });
});

describe('a process that is killed', () => {
  /** Runs an act whose every write may be the last; after each the host must still know what it follows. */
  it('leaves a host that goes on, wherever it was while it subscribed', async () => {
    const files = ['known.json', 'stream', 'host.secret', 'root.json'];
    for (const gone of files) {
      const followed = await FollowedMachine.subscribed(1);
      // What was written after this point is not there.
      for (const late of files.slice(files.indexOf(gone)))
        followed.host.machine.drop(`var/lib/uptide/${late}`);
      const { state } = await readStatus(followed.agent);
      assert.ok(state === 'no-stream' || state === 'update-available', gone);
      await followed.subscribe();
      await upgrade(followed.agent, YES);
      assert.deepEqual(followed.host.live(), [1]);
    }
  });
  it('leaves no half of an update in the cache, and no file of the agent that stops it', async () => {
    const followed = await FollowedMachine.subscribed(1);
    for (const path of ['known.json', 'taken-back.json']) {
      followed.host.machine.put({ [`var/lib/uptide/${path}`]: '{"schema":1,' });
    }
    followed.host.machine.put({ 'run/uptide/last-failure.json': '' });
    assert.equal((await readStatus(followed.agent)).state, 'no-stream');
    await upgrade(followed.agent, YES);
    assert.deepEqual(followed.host.live(), [1]);
  });
  it('has not touched the kernel when it was interrupted before', async () => {
    const controller = new AbortController();
    const followed = await FollowedMachine.make(1, { signal: controller.signal });
    await followed.subscribe();
    const confirm = async (): Promise<boolean> => {
      controller.abort();
      return true;
    };
    const code = await codeOf(upgrade(followed.agent, { confirm }));
    assert.ok(code === 'INTERRUPTED' || code === 'none', code);
    assert.deepEqual(followed.host.live(), []);
  });
});

describe('an update that is not the one of the index', () => {
  it('is not loaded when the mirror swapped it', async () => {
    const followed = await FollowedMachine.subscribed(2);
    const folder = 'targets/debian-12/6.1.0-50-amd64/c0ffeec0ffeec0ffeec0ffeec0ffeec0ffee';
    const names = readdirSync(join(followed.served, folder)).filter((name) => /level-\d\.uptide$/.test(name));
    const [one, two] = ['level-1.uptide', 'level-2.uptide'].map(
      (end) => names.find((name) => name.endsWith(end)) ?? '',
    );
    followed.forge(`${folder}/${two}`, readFileSync(join(followed.served, folder, one ?? '')));
    assert.match(await codeOf(upgrade(followed.agent, YES)), /^STREAM_/);
    assert.equal(followed.host.inserted(), 0);
  });
  it('is brought anew when it was damaged in the cache', async () => {
    const followed = await FollowedMachine.subscribed(1);
    const { agent, host } = followed;
    await upgrade(agent, YES);
    const [name = ''] = readdirSync(join(host.machine.root, 'var/lib/uptide/updates'));
    host.machine.put({ [`var/lib/uptide/updates/${name}`]: 'rot' });
    await removeAll(agent, YES.confirm);
    await upgrade(agent, YES);
    assert.deepEqual(host.live(), [1]);
  });
});

describe('a user who is not root', () => {
  it('is told what the agent wrote last, and changes nothing', async () => {
    const followed = await FollowedMachine.subscribed(1);
    await checkStream(followed.agent);
    const effects = { ...followed.agent.machine.effects, isRoot: () => false };
    const machine = new Machine(followed.host.machine.root, effects);
    const user = { ...followed.agent, machine };
    assert.equal((await readStatus(user)).state, 'update-available');
    for (const act of [checkStream(user), runCycle(user), upgrade(user, YES), rollback(user, YES)]) {
      assert.equal(await codeOf(act), 'HOST_NOT_ROOT');
    }
  });
});
