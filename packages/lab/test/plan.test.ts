// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { initScript } from '../src/guest.ts';
import { planProof } from '../src/prove/plan.ts';
import { throwsCode } from './support/codes.ts';
import { BUILT_IN, INPUT } from './support/simulated-boot.ts';

describe('planProof', () => {
  it('loads modules, then the update, undoes it, and probes three times', () => {
    const [live] = planProof(INPUT);
    assert.deepEqual(
      live.commands.map(({ id }) => id),
      [
        'kernel:release',
        'kernel:notes',
        'module:load:jbd2',
        'module:load:ext4',
        'taint:start',
        'probe:before:before',
        'probe:after:before',
        'update:load',
        'update:transition',
        'update:state',
        'probe:before:after',
        'probe:after:after',
        'update:disable',
        'update:unload',
        'probe:before:restored',
        'probe:after:restored',
        'taint:end',
      ],
    );
  });

  it('loads the modules after the update in a second boot, and unloads those that it touches', () => {
    const [, late] = planProof(INPUT);
    assert.deepEqual(
      late?.commands.map(({ id }) => id),
      [
        'kernel:release',
        'kernel:notes',
        'taint:start',
        'update:load',
        'update:transition',
        'module:load:jbd2',
        'module:load:ext4',
        'update:state',
        'probe:before:late',
        'probe:after:late',
        'module:unload:ext4',
        'update:disable',
        'update:unload',
        'taint:end',
      ],
    );
  });

  it('unloads modules in the opposite order', () => {
    const objects = INPUT.modules.map(({ name }) => ({ name, functions: [{ name: 'f', sympos: 0 }] }));
    const [, late] = planProof({ ...INPUT, objects });
    const unloads = late?.commands.map(({ id }) => id).filter((id) => id.startsWith('module:unload:'));
    assert.deepEqual(unloads, ['module:unload:ext4', 'module:unload:jbd2']);
  });

  it('has one boot for an update of the kernel alone', () => {
    assert.deepEqual(
      planProof(BUILT_IN).map(({ name }) => name),
      ['live'],
    );
  });

  it('puts modules and files where the scripts look for them', () => {
    const files = [{ path: 'data/x', content: Buffer.from('x') }];
    const [live] = planProof({ ...INPUT, files });
    assert.deepEqual(
      live.files.map(({ path }) => path),
      ['modules/fix_1.ko', 'modules/jbd2.ko', 'modules/ext4.ko', 'data/x'],
    );
  });

  it('gives scripts that the shell can read, and that a guest takes', () => {
    for (const { commands } of planProof({ ...INPUT, transitionSeconds: 7, probeSeconds: 9 })) {
      assert.ok(initScript(commands).includes('step 0 '));
      for (const { id, script } of commands) {
        const { status, stderr } = spawnSync('sh', ['-n'], { input: script });
        assert.equal(status, 0, `${id}: ${stderr.toString()}`);
      }
    }
  });

  it('gives the wait for a transition more time than the transition', () => {
    const [live] = planProof({ ...INPUT, transitionSeconds: 7, probeSeconds: 9 });
    const limit = (id: string) => live.commands.find((command) => command.id === id)?.timeoutSeconds;
    assert.ok((limit('update:transition') ?? 0) > 7);
    assert.ok((limit('update:disable') ?? 0) > 7);
    assert.equal(limit('probe:after:after'), 9);
  });

  it('has no probes where none are given', () => {
    const { probes: _, ...rest } = INPUT;
    assert.ok(planProof(rest).every(({ commands }) => commands.every(({ id }) => !id.startsWith('probe:'))));
  });

  for (const name of ['', 'a-b', '../x', 'a b', 'a;reboot', 'x'.repeat(56)]) {
    it(`refuses the module name ${JSON.stringify(name)}`, () => {
      throwsCode('LAB_BAD_COMMAND', () => planProof({ ...INPUT, update: { name, bytes: Buffer.alloc(0) } }));
    });
  }
});
