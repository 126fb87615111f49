// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findBuildId } from '@uptide/elf';
import fc from 'fast-check';
import { parseKlpState } from '../src/prove/klp-state.ts';

const STATE = `value enabled 1
value transition 0
object binfmt_misc 0
function binfmt_misc bm_status_read,1
object vmlinux 1
function vmlinux cmdline_proc_show,1
function vmlinux other,2
traced cmdline_proc_show (1)   I  	tramp: 0xffffffffc03a8000 (klp_ftrace_handler+0x0/0x110)
traced bm_status_read [binfmt_misc] (1)   I  	tramp: 0xffffffffc03aa000 (klp_ftrace_handler+0x0/0x110)
traced of_another_patch [nls_utf8] (1)   I  	->klp_ftrace_handler+0x0/0x110
`;

describe('parseKlpState', () => {
  it('reads objects, functions and what ftrace redirects', () => {
    const state = parseKlpState(STATE);
    assert.equal(state?.enabled, true);
    assert.equal(state.inTransition, false);
    assert.deepEqual([...state.objects.keys()], ['binfmt_misc', 'vmlinux']);
    assert.deepEqual(state.objects.get('vmlinux'), {
      patched: true,
      functions: new Set(['cmdline_proc_show,1', 'other,2']),
      traced: new Set(['cmdline_proc_show']),
    });
    assert.equal(state.objects.get('binfmt_misc')?.patched, false);
    assert.deepEqual(state.objects.get('binfmt_misc')?.traced, new Set(['bm_status_read']));
  });

  it('leaves open whether an object is patched on a kernel that does not say', () => {
    const state = parseKlpState('value enabled 1\nvalue transition 0\nobject vmlinux unknown\n');
    assert.equal(state?.objects.get('vmlinux')?.patched, undefined);
  });

  const bad: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['no word on the transition', 'value enabled 1\n'],
    ['a value that is no flag', 'value enabled 2\nvalue transition 0\n'],
    ['an object with another word', 'value enabled 1\nvalue transition 0\nobject vmlinux yes\n'],
    ['a line of another kind', `${STATE}cat: can't open 'enabled'\n`],
  ];
  for (const [what, text] of bad)
    it(`does not read ${what}`, () => assert.equal(parseKlpState(text), undefined));
});

describe('findBuildId', () => {
  const note = (owner: string, type: number, content: Buffer): Buffer => {
    const pad = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
    const header = Buffer.alloc(12);
    header.writeUInt32LE(owner.length + 1, 0);
    header.writeUInt32LE(content.length, 4);
    header.writeUInt32LE(type, 8);
    return Buffer.concat([header, pad(Buffer.from(`${owner}\0`)), pad(content)]);
  };
  const id = Buffer.from('06f8bde30046985060c60820f7a11515a33afb06', 'hex');

  it('finds the id among other notes', () => {
    const notes = Buffer.concat([
      note('Xen', 6, Buffer.from('linux')),
      note('Linux', 3, id),
      note('GNU', 3, id),
    ]);
    assert.equal(findBuildId(notes), id.toString('hex'));
  });

  it('finds none where there is none', () => {
    assert.equal(findBuildId(Buffer.alloc(0)), undefined);
    assert.equal(findBuildId(note('GNU', 1, id)), undefined);
  });

  it('finds none in a note that is cut off', () => {
    const whole = note('GNU', 3, id);
    for (let length = 0; length < whole.length; length += 1) {
      assert.equal(findBuildId(whole.subarray(0, length)), undefined);
    }
  });

  it('ends on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const found = findBuildId(Buffer.from(bytes));
        assert.ok(found === undefined || found.length <= 2 * bytes.length);
      }),
    );
  });
});
