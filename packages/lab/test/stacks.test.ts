// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { QUIET, UptideError } from '@uptide/base';
import type { RestingFunction } from '@uptide/kernel';
import { type BootOptions, type BootResult, stacksAtRest } from '../src/index.ts';
import { COMMANDS, DUMPS } from '../src/stacks/plan.ts';
import { restingFunctions } from '../src/stacks/resting.ts';
import { readTaskDumps } from '../src/stacks/task-dump.ts';
import { rejectsCode, throwsCode } from './support/codes.ts';
import { withFolder } from './support/temporary.ts';

/** A task as the kernel prints it; a parent of 2 makes it a kernel thread. */
function task(name: string, pid: number, parent: number, ...frames: string[]): string[] {
  const head = `task:${name.padEnd(15)} state:S stack:0     pid:${pid}     ppid:${parent}      flags:0x00004000`;
  return [head, 'Call Trace:', ' <TASK>', ...frames.map((frame) => ` ${frame}`), ' </TASK>'];
}

const KTHREADD = task('kthreadd', 2, 0, '__schedule+0x34d/0xa00', 'kthreadd+0x2bc/0x2d0');
const dump = (...tasks: string[][]): string[] => ['sysrq: Show State', ...KTHREADD, ...tasks.flat()];
const names = (found: readonly RestingFunction[]): string[] => found.map(({ name }) => name);
const atRest = (...dumps: string[][]): readonly RestingFunction[] =>
  restingFunctions(readTaskDumps(dumps.flat()));

describe('a dump of all stacks', () => {
  it('has tasks with their frames, without those that the unwinder only came across', () => {
    const thread = task(
      'my thread',
      7,
      2,
      '__schedule+0x1/0x2',
      '? other+0x1/0x2',
      'own.cold+0x3/0x4 [dm_mod]',
    );
    const [tasks, ...others] = readTaskDumps(dump(thread));
    assert.deepEqual(others, []);
    assert.deepEqual(tasks?.[1], {
      name: 'my thread',
      pid: 7,
      parent: 2,
      frames: [
        { name: '__schedule', object: 'vmlinux' },
        { name: 'own.cold', object: 'dm_mod' },
      ],
      complete: true,
    });
  });

  it('is read as 6.12 prints it, and that of a task that is running', () => {
    const lines = [
      'sysrq: Show State',
      'task:kswapd0         state:S stack:0     pid:49    tgid:49    ppid:2      task_flags:0x20840 flags:0x00004000',
      'Call Trace:',
      ' <TASK>',
      ' kswapd+0x1/0x2',
      ' </TASK>',
      'task:sh              state:R  running task     stack:0     pid:95    ppid:1      flags:0x00000008',
      'Call Trace:',
      ' <TASK>',
      ' do_syscall_64+0x1/0x2',
      ' </TASK>',
    ];
    assert.deepEqual(
      readTaskDumps(lines)[0]?.map(({ name, pid, parent, complete }) => [name, pid, parent, complete]),
      [
        ['kswapd0', 49, 2, true],
        ['sh', 95, 1, true],
      ],
    );
  });

  it('says of a task whose end is missing that it is not complete', () => {
    const [tasks] = readTaskDumps([...dump(), ...task('a', 3, 2, 'f+0x1/0x2').slice(0, -1), ...KTHREADD]);
    assert.deepEqual(
      tasks?.map(({ complete }) => complete),
      [true, false, true],
    );
  });

  it('has no task before its first line', () => {
    assert.deepEqual(readTaskDumps(KTHREADD), []);
  });
});

describe('a function in which tasks rest', () => {
  it('lies on the stack of the same task each time', () => {
    const one = dump(task('kswapd0', 38, 2, 'schedule+0x1/0x2', 'kswapd+0x1/0x2'));
    const other = dump(task('kswapd0', 38, 2, 'at_work+0x1/0x2', 'kswapd+0x1/0x2'));
    assert.deepEqual(atRest(one, other), [
      { name: '__schedule', object: 'vmlinux', threads: ['kthreadd'], programs: [] },
      { name: 'kswapd', object: 'vmlinux', threads: ['kswapd'], programs: [] },
      { name: 'kthreadd', object: 'vmlinux', threads: ['kthreadd'], programs: [] },
    ]);
  });

  it('is not one that different tasks pass through', () => {
    const one = dump(task('a', 3, 2, 'f+0x1/0x2'), task('b', 4, 2));
    const other = dump(task('a', 3, 2), task('b', 4, 2, 'f+0x1/0x2'));
    assert.deepEqual(names(atRest(one, other)), ['__schedule', 'kthreadd']);
  });

  it('is not one of a task that came or went', () => {
    const thread = task('a', 3, 2, 'f+0x1/0x2');
    assert.deepEqual(names(atRest(dump(thread), dump())), ['__schedule', 'kthreadd']);
    assert.deepEqual(names(atRest(dump(), dump(thread))), ['__schedule', 'kthreadd']);
  });

  it('tells threads from programs, each once, whatever processor they serve', () => {
    const tasks = [
      task('kworker/0:1H', 3, 2, 'wait+0x1/0x2'),
      task('kworker/u4:2', 4, 2, 'wait+0x1/0x2'),
      task('ipv6_addrconf', 5, 2, 'wait+0x1/0x2'),
      task('cat', 100, 1, 'wait+0x1/0x2 [fuse]'),
    ];
    assert.deepEqual(
      atRest(dump(...tasks)).filter(({ name }) => name === 'wait'),
      [
        { name: 'wait', object: 'fuse', threads: [], programs: ['cat'] },
        { name: 'wait', object: 'vmlinux', threads: ['ipv6_addrconf', 'kworker'], programs: [] },
      ],
    );
  });

  it('leaves out the program that limits the time of a command', () => {
    const timer = task('timeout', 99, 1, 'hrtimer_nanosleep+0x1/0x2');
    assert.deepEqual(names(atRest(...Array.from({ length: DUMPS }, () => dump(timer)))), [
      '__schedule',
      'kthreadd',
    ]);
  });

  it('is none of the shell that asks for the stacks', () => {
    const shell = task('sh', 99, 1, 'show_state_filter+0x1/0x2', 'write_sysrq_trigger+0x1/0x2');
    assert.deepEqual(names(atRest(dump(shell))), ['__schedule', 'kthreadd']);
  });

  it('is not guessed from a dump that is not whole', () => {
    const cut = dump(task('a', 3, 2, 'f+0x1/0x2').slice(0, -1));
    throwsCode('LAB_STACKS_UNREAD', () => atRest(dump(), cut));
    throwsCode('LAB_STACKS_UNREAD', () => atRest(dump(), ['sysrq: Show State']));
  });
});

/** A boot that prints the given lines in the place of its stacks. */
function booted(lines: readonly string[], differences: Partial<BootResult> = {}) {
  const asked: BootOptions[] = [];
  const boot = async (options: BootOptions): Promise<BootResult> => {
    asked.push(options);
    const at = COMMANDS.findIndex(({ id }) => id === 'look');
    const log = [`uptide-lab: begin ${at}`, ...lines, `uptide-lab: end ${at}`]
      .map((line) => `[    1.0] ${line}\n`)
      .join('');
    const none = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), truncated: false, began: 0, ended: 0 };
    const results = new Map(COMMANDS.map(({ id }) => [id, { ...none, status: 0 }]));
    return { outcome: 'completed', reason: '', results, during: undefined, log, autopsy: '', ...differences };
  };
  return { asked, boot };
}

const WHOLE = Array.from({ length: DUMPS }, () => dump()).flat();

describe('the stacks of a kernel at rest', () => {
  const kernelIn = (cache: string) => ({ vmlinuz: '/vmlinuz', buildId: 'a', cache });

  it('are looked at once, and again when what was kept is damaged or of another image', async () => {
    await withFolder(async (cache) => {
      const { asked, boot } = booted(WHOLE);
      const tools = { reporter: QUIET, boot };
      const found = await stacksAtRest(kernelIn(cache), tools);
      assert.deepEqual(names(found), ['__schedule', 'kthreadd']);
      assert.deepEqual(await stacksAtRest(kernelIn(cache), tools), found);
      assert.equal(asked.length, 1);
      const [kept, ...others] = await readdir(join(cache, 'stacks'));
      assert.ok(kept !== undefined && others.length === 0);
      const path = join(cache, 'stacks', kept);
      const text = await readFile(path, 'utf8');
      await writeFile(path, text.replace('kthreadd', 'kthreade'));
      assert.deepEqual(await stacksAtRest(kernelIn(cache), tools), found);
      assert.equal(asked.length, 2);
      assert.equal(await readFile(path, 'utf8'), text);
      await stacksAtRest({ ...kernelIn(cache), buildId: 'b' }, tools);
      assert.equal(asked.length, 3);
    });
  });

  it('are not known, and nothing is kept, when the kernel did not show them each time', async () => {
    const status = { stdout: Buffer.alloc(0), truncated: false, began: 0, ended: 0, status: 1 };
    const failed = new Map(COMMANDS.map(({ id }) => [id, { ...status, stderr: Buffer.from('no') }]));
    const cases: [string, readonly string[], Partial<BootResult>][] = [
      ['a look is missing', dump(), {}],
      ['none is there', [], {}],
      ['a step failed', WHOLE, { results: failed }],
      ['a step is missing', WHOLE, { results: new Map() }],
      ['the kernel hung', WHOLE, { outcome: 'hang', reason: 'nothing happened' }],
    ];
    await withFolder(async (cache) => {
      for (const [, lines, differences] of cases) {
        const { boot } = booted(lines, differences);
        await rejectsCode('LAB_STACKS_UNREAD', stacksAtRest(kernelIn(cache), { reporter: QUIET, boot }));
      }
      assert.deepEqual(await readdir(cache), []);
    });
  });

  it('say nothing when the boot is ended', async () => {
    await withFolder(async (cache) => {
      const boot = () => Promise.reject(new UptideError('INTERRUPTED', 'the virtual machine was ended'));
      await rejectsCode('INTERRUPTED', stacksAtRest(kernelIn(cache), { reporter: QUIET, boot }));
    });
  });
});
