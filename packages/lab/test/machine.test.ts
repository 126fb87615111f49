// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BootOptions, type BootResult, boot, HARDWARE } from '../src/index.ts';
import { qemuArguments } from '../src/qemu.ts';
import { rejectsCode } from './support/codes.ts';
import { fakeQemu, ONE_COMMAND } from './support/fake-qemu.ts';
import { withFolder } from './support/temporary.ts';

/** Short enough for a test; each is only waited out where the test is about it. */
const SHORT = { boot: 0.3, grace: 0.3, powerOff: 0.3, panic: 0.3, autopsy: 0.05 };
const GENEROUS = { boot: 20, grace: 20, powerOff: 20, panic: 20, autopsy: 0.05 };
const commands = [{ id: 'only', script: 'echo hi\n', timeoutSeconds: 1 }];

async function bootFake(body: string, options: Partial<BootOptions> = {}): Promise<BootResult> {
  return await withFolder(async (folder) => {
    const qemu = await fakeQemu(folder, body);
    return await boot({ kernel: 'vmlinuz', commands, limits: GENEROUS, hardware: { qemu }, ...options });
  });
}

describe('boot', () => {
  it('gives the results, and the log without carriage returns', async () => {
    const result = await bootFake(ONE_COMMAND);
    assert.equal(result.outcome, 'completed', result.reason);
    assert.equal(result.results.get('only')?.stdout.toString(), 'hi');
    assert.equal(result.log, '[    0.1] Linux version 6.1\n[    0.2] reboot: Power down\n');
    assert.equal(result.during, undefined);
  });

  it('gives the console a pipe, which holds a whole log while nobody reads', async () => {
    const lines = `i=0; while [ $i -lt 500 ]; do say "line $i of a log that is not read yet"; i=$((i + 1)); done`;
    const held = `[ -p /dev/fd/1 ] && say 'this is a pipe'`;
    const { log } = await bootFake(`${held}\n${lines}\n${ONE_COMMAND}`);
    assert.ok(log.startsWith('this is a pipe\nline 0 '), log.slice(0, 100));
    assert.equal(log.match(/^line \d+ of a log that is not read yet$/gm)?.length, 500);
  });

  it('tells a guest that is done that its results are here', async () => {
    const { log, outcome } = await bootFake(`${ONE_COMMAND}\nread -r taken <&3 && say "taken: <$taken>"`);
    assert.equal(outcome, 'completed');
    assert.match(log, /^taken: <>$/m);
  });

  it('calls a kernel that says nothing a hang', async () => {
    const result = await bootFake('sleep 60', { limits: SHORT });
    assert.equal(result.outcome, 'hang');
    assert.equal(result.results.size, 0);
  });

  it('does not count the time in which it read nothing', async () => {
    const limits = { ...GENEROUS, boot: 1 };
    const running = bootFake(`sleep 0.2; ${ONE_COMMAND}; read -r taken <&3`, { limits });
    // The guest says its first word in the meantime.
    setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500), 100);
    assert.equal((await running).outcome, 'completed');
  });

  it('calls a command that does not end a hang, and names it', async () => {
    const limits = { ...GENEROUS, grace: 0.3, panic: 0.3 };
    const result = await bootFake('send hello; send begin 0; sleep 60', { limits });
    assert.equal(result.outcome, 'hang');
    assert.equal(result.during, 'only');
  });

  it('calls a guest that does not power off a hang, with the results', async () => {
    const result = await bootFake(`${ONE_COMMAND}\nsleep 60`, {
      limits: { ...GENEROUS, powerOff: 0.3, panic: 0.3 },
    });
    assert.equal(result.outcome, 'hang');
    assert.equal(result.results.size, 1);
  });

  it('asks a kernel that hangs for its stacks, and keeps the answer apart from the log', async () => {
    // The monitor is descriptor 4; the keys of SysRq come in on the console.
    const body = `say before; cat <&4 | while read -r line; do say "monitor $line"; done & sleep 60`;
    const limits = { ...SHORT, autopsy: 0.3 };
    const result = await bootFake(body, { limits });
    assert.equal(result.outcome, 'hang');
    assert.equal(result.log, 'before\nmonitor {"execute":"qmp_capabilities"}\n');
    assert.equal(result.autopsy.match(/chardev-send-break/g)?.length, 2);
    assert.match(result.autopsy, /inject-nmi/);
  });

  it('does not wait for a panicked kernel that cannot reboot', async () => {
    const body = "send hello; say 'Kernel panic - not syncing: test'; sleep 60";
    const result = await bootFake(body, { limits: { ...GENEROUS, panic: 0.2 } });
    assert.equal(result.outcome, 'panic');
    assert.match(result.reason, /not syncing: test/);
  });

  it('finds a panic whose line comes in two pieces', async () => {
    const body = "send hello; printf 'Kernel panic - not'; sleep 0.2; say ' syncing: test'; sleep 60";
    const result = await bootFake(body, { limits: { ...GENEROUS, panic: 0.2 } });
    assert.equal(result.outcome, 'panic');
  });

  it('gives the words of a QEMU that does not start', async () => {
    const result = await bootFake('echo "no such machine" >&2; exit 1');
    assert.equal(result.outcome, 'ended');
    assert.match(result.reason, /no such machine/);
  });

  it('ends a guest that sends what is not of the protocol', async () => {
    const result = await bootFake('send hello; send begin 0; printf "login: \\n" >&3; sleep 60');
    assert.equal(result.outcome, 'ended');
    assert.match(result.reason, /login: /);
  });

  it('ends a kernel that fills the log', async () => {
    const result = await bootFake('send hello; yes WARNING; sleep 60');
    assert.equal(result.outcome, 'ended');
    assert.match(result.reason, /16777216 bytes/);
  });

  it('passes the initramfs as a file without a name', async () => {
    await withFolder(async (folder) => {
      const copy = join(folder, 'initramfs');
      const result = await bootFake(
        `cat /proc/self/fd/5 >${copy}\nls -l /proc/self/fd/5 >&2\n${ONE_COMMAND}; exit 1`,
      );
      assert.match(result.reason, /\(deleted\)/);
      const { stdout } = spawnSync('cpio', ['--list', '--quiet'], { input: await readFile(copy) });
      assert.match(stdout.toString(), /^init$/m);
    });
  });

  it('does not start when it was aborted before', async () => {
    const signal = AbortSignal.abort();
    await rejectsCode('INTERRUPTED', bootFake('touch started', { signal }));
  });

  it('ends QEMU and its children when it is aborted', async () => {
    await withFolder(async (folder) => {
      const pids = join(folder, 'pids');
      const abort = new AbortController();
      const booting = bootFake(`sleep 60 & echo $$ $! >${pids}; wait`, { signal: abort.signal });
      while (!existsSync(pids) || (await readFile(pids, 'utf8')) === '') await sleep(5);
      abort.abort();
      await rejectsCode('INTERRUPTED', booting);
      await assertGone(await readFile(pids, 'utf8'));
    });
  });

  it('takes QEMU along when this process is killed', async () => {
    await withFolder(async (folder) => {
      const pid = join(folder, 'pid');
      const qemu = await fakeQemu(folder, `echo $$ >${pid}; exec sleep 60`);
      const machine = join(import.meta.dirname, '../src/machine.ts');
      const script = `import { boot } from ${JSON.stringify(machine)};
        await boot({ kernel: 'x', commands: [], hardware: { qemu: ${JSON.stringify(qemu)} } });`;
      const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
        stdio: 'inherit',
      });
      while (!existsSync(pid) || (await readFile(pid, 'utf8')) === '') await sleep(5);
      child.kill('SIGKILL');
      await once(child, 'exit');
      await assertGone(await readFile(pid, 'utf8'));
    });
  });

  it('says when there is no QEMU', async () => {
    for (const qemu of ['uptide-no-such-program', '/nowhere/qemu']) {
      await rejectsCode('LAB_QEMU_MISSING', boot({ kernel: 'vmlinuz', commands, hardware: { qemu } }));
    }
  });
});

describe('qemuArguments', () => {
  const has = (args: readonly string[], name: string, value: string): boolean =>
    args.some((arg, index) => arg === name && args[index + 1] === value);

  it('emulates unless KVM is asked for', () => {
    assert.ok(has(qemuArguments('vmlinuz', HARDWARE), '-machine', 'pc,accel=tcg'));
    const kvm = qemuArguments('vmlinuz', { ...HARDWARE, accelerator: 'kvm' });
    assert.ok(has(kvm, '-machine', 'pc,accel=kvm'));
    assert.ok(has(kvm, '-cpu', 'host'));
  });

  it('has no network, no disk and no reboot', () => {
    const args = qemuArguments('vmlinuz', HARDWARE);
    for (const wanted of ['-nodefaults', '-no-user-config', '-no-reboot']) assert.ok(args.includes(wanted));
    assert.ok(!args.some((arg) => /^-(?:net|nic|netdev|drive|hda)/.test(arg)));
  });

  it('has a disk, a store for crash dumps and more parameters when told so', () => {
    const hardware = { ...HARDWARE, disk: '/a,b', crashStore: '/c', parameters: ['uptide=off'] };
    const args = qemuArguments('vmlinuz', hardware);
    assert.ok(has(args, '-drive', 'if=none,id=disk,format=raw,file=/a,,b'));
    assert.ok(args.some((arg) => arg.endsWith('mem-path=/c')));
    assert.match(args[args.indexOf('-append') + 1] ?? '', / uptide=off$/);
  });

  it('leaves the kernel its random addresses', () => {
    assert.doesNotMatch(qemuArguments('vmlinuz', HARDWARE).join(' '), /nokaslr/);
  });
});

/** Waits until none of the processes is there, or only as a zombie. */
async function assertGone(pids: string): Promise<void> {
  const alive = (): readonly string[] =>
    pids
      .trim()
      .split(' ')
      .filter((pid) => !['gone', 'Z', 'X'].includes(processState(pid)));
  for (let tries = 0; tries < 400 && alive().length > 0; tries += 1) await sleep(5);
  assert.deepEqual(alive(), []);
}

/** The state of a process as proc(5) has it in /proc/PID/stat, after the name in parentheses; `gone` without one. */
function processState(pid: string): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.charAt(stat.lastIndexOf(')') + 2);
  } catch {
    return 'gone';
  }
}
