// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isReferenceStep, REFERENCES } from '../src/examine/rules/references.ts';
import { asked, seen } from './support/examined.ts';

const FOUND = 'review EXAMINE_REFERENCES_CHANGED drivers/x/file.c f';
const f = (body: string): string => `int f(u64 x) { ${body} return 0; }`;

test('a reference that is dropped on one more path is for review', async () => {
  const body = (path: string): string =>
    f(`kobject_get(&r); if (sink(x)) { ${path} return 1; } other(x); kobject_put(&r);`);
  const found = await asked(REFERENCES, body(''), body('kobject_put(&r);'));
  assert.deepEqual(seen(found), [FOUND]);
  assert.match(found[0]?.reason ?? '', /kobject_put \(1 before, 2 after\)$/);
});

test('a reference that is taken is for review, and one that is no longer dropped', async () => {
  assert.deepEqual(seen(await asked(REFERENCES, f('sink(x);'), f('kobject_get(&r); sink(x);'))), [FOUND]);
  assert.deepEqual(seen(await asked(REFERENCES, f('fput(&r);'), f('sink(x);'))), [FOUND]);
});

test('another change beside the same references says nothing', async () => {
  const body = (n: number): string => f(`kobject_get(&r); sink(x + ${n}); kobject_put(&r);`);
  assert.deepEqual(await asked(REFERENCES, body(1), body(2)), []);
});

test('names of references', () => {
  for (const name of [
    'kobject_get',
    'put_device',
    'fput',
    'dev_put',
    '__put_task_struct',
    'kref_put_mutex',
  ]) {
    assert.equal(isReferenceStep(name), true, name);
  }
  for (const name of ['skb_put', 'nla_put', '__get_user_4', 'get_random_u32', 'target', 'widget_input']) {
    assert.equal(isReferenceStep(name), false, name);
  }
});
