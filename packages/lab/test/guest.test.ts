// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { COMMAND_SECONDS, type GuestCommand, initScript } from '../src/guest.ts';
import { buildInitramfs, readBusybox } from '../src/initramfs.ts';
import { rejectsCode, throwsCode } from './support/codes.ts';
import { withFolder } from './support/temporary.ts';

const command = (id: string, rest: Partial<GuestCommand> = {}): GuestCommand => ({
  id,
  script: 'true\n',
  ...rest,
});

describe('initScript', () => {
  it('is a script that the shell can read', () => {
    const script = initScript([command('a'), command('b', { timeoutSeconds: 7 })]);
    const { status, stderr } = spawnSync('sh', ['-n'], { input: script });
    assert.equal(stderr.toString(), '');
    assert.equal(status, 0);
  });

  it('runs each command by its number with its limit, and holds nothing of its text', () => {
    const script = initScript([
      command('x; reboot'),
      command('b', { timeoutSeconds: 7, script: 'secret\n' }),
    ]);
    assert.deepEqual(script.match(/^step \d+ \d+$/gm), [`step 0 ${COMMAND_SECONDS}`, 'step 1 7']);
    assert.doesNotMatch(script, /secret|x; reboot/);
  });

  it('keeps what stays in the background apart from what the commands leave', () => {
    const script = initScript([command('a', { background: true }), command('b')]);
    assert.deepEqual(script.match(/^(?:step|stay) \d+.*$/gm), ['stay 0', `step 1 ${COMMAND_SECONDS}`]);
    assert.match(script, /mount -t cgroup2/);
    assert.doesNotMatch(initScript([command('b')]), /cgroup/);
    const { status, stderr } = spawnSync('sh', ['-n'], { input: script });
    assert.equal(status, 0, stderr.toString());
  });

  const bad: readonly (readonly [string, readonly GuestCommand[]])[] = [
    ['a command without a name', [command('')]],
    ['a name used twice', [command('a'), command('a')]],
    ['a NUL in a script', [command('a', { script: 'true\0' })]],
    ['a limit of no time', [command('a', { timeoutSeconds: 0 })]],
    ['a limit that is no whole number', [command('a', { timeoutSeconds: 1.5 })]],
    ['a limit that is no number', [command('a', { timeoutSeconds: Number.NaN })]],
    ['a limit of more than an hour', [command('a', { timeoutSeconds: 3601 })]],
    [
      'more commands than a guest takes',
      Array.from({ length: 16_385 }, (_, index) => command(String(index))),
    ],
  ];
  for (const [what, commands] of bad) {
    it(`refuses ${what}`, () => throwsCode('LAB_BAD_COMMAND', () => initScript(commands)));
  }
});

describe('buildInitramfs', () => {
  it('holds busybox, the scripts and the files', () => {
    const files = [{ path: 'modules/x.ko', content: Buffer.from('module') }];
    const archive = buildInitramfs(Buffer.from('busybox'), files, [command('a'), command('b')]);
    const { stdout } = spawnSync('cpio', ['--list', '--quiet'], { input: archive });
    assert.deepEqual(stdout.toString().trim().split('\n'), [
      'bin',
      'bin/busybox',
      'init',
      'lab',
      'lab/0.sh',
      'lab/1.sh',
      'modules',
      'modules/x.ko',
    ]);
  });

  for (const path of ['lab', 'lab/0.sh', 'lab/other', 'init', 'bin/busybox']) {
    it(`refuses the file ${path} of a caller`, () => {
      const files = [{ path, content: Buffer.from('x') }];
      throwsCode('LAB_BAD_GUEST_FILE', () => buildInitramfs(Buffer.from('b'), files, [command('a')]));
    });
  }
});

describe('readBusybox', () => {
  it('takes the first that is there', async () => {
    const bytes = await readBusybox(['/nowhere/busybox', '/bin/busybox']);
    assert.equal(bytes.toString('latin1', 1, 4), 'ELF');
  });

  it('refuses when there is none', async () => {
    await rejectsCode('LAB_BUSYBOX_MISSING', readBusybox(['/nowhere/busybox']));
  });

  it('refuses a program that needs libraries', async () => {
    await rejectsCode('LAB_BUSYBOX_MISSING', readBusybox([process.execPath]));
  });

  it('refuses what is no program, or a part of one', async () => {
    const whole = await readBusybox();
    const pieces = [
      Buffer.from('#!/bin/sh\n'),
      Buffer.alloc(0),
      whole.subarray(0, 63),
      whole.subarray(0, 65),
    ];
    await withFolder(async (folder) => {
      const path = join(folder, 'busybox');
      for (const piece of pieces) {
        await writeFile(path, piece);
        await rejectsCode('LAB_BUSYBOX_MISSING', readBusybox([path]));
      }
    });
  });
});
