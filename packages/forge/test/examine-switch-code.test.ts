// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SWITCH_CODE } from '../src/examine/rules/switch-code.ts';
import { asked, seen, unitOf } from './support/examined.ts';

const f = (n: number): string => `int f(u64 x) { return sink(x + ${n}); }`;

const units: [string, RegExp | undefined][] = [
  ['kernel/livepatch/transition.c', /livepatch core/],
  ['kernel/trace/ftrace.c', /ftrace/],
  ['arch/x86/kernel/unwind_orc.c', /stacks/],
  ['kernel/module/main.c', /loads modules/],
  ['kernel/stop_machine.c', /stops processors/],
  ['arch/x86/kernel/kprobes/core.c', /stops processors/],
  ['kernel/trace/trace.c', undefined],
  ['drivers/livepatch/file.c', undefined],
];
for (const [source, words] of units) {
  test(`a change in ${source} is ${words === undefined ? 'not' : 'of the switch itself'}`, async () => {
    const found = SWITCH_CODE.examine({ ...(await unitOf(f(1), f(2))), source });
    assert.deepEqual(seen(found), words === undefined ? [] : [`review EXAMINE_SWITCH_CODE ${source} f`]);
    if (words !== undefined) assert.match(found[0]?.reason ?? '', words);
  });
}

test('what calls the livepatch core switches tasks, wherever it stands', async () => {
  const body = (n: number): string =>
    `extern void klp_update_patch_state(u64); int f(u64 x) { klp_update_patch_state(x); return sink(x + ${n}); }`;
  const found = await asked(SWITCH_CODE, body(1), body(2));
  assert.deepEqual(seen(found), ['review EXAMINE_SWITCH_CODE drivers/x/file.c f']);
  assert.match(found[0]?.reason ?? '', /klp_update_patch_state/);
});

test('a shadow variable switches nothing', async () => {
  const body = (n: number): string =>
    `extern void *klp_shadow_get(void *, u64); int f(u64 x) { klp_shadow_get(0, x); return sink(x + ${n}); }`;
  assert.deepEqual(await asked(SWITCH_CODE, body(1), body(2)), []);
});
