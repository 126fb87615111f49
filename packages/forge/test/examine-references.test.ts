// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counterpartsOf } from '../src/examine/counterparts.ts';
import { COUNTERS } from '../src/examine/rules/counters.ts';
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

const OTHERS = `int g(u64 x) { if (x) kobject_put(&r); return 1; }
int h(u64 x) { fput(&r); return 2; }
`;
const ALONE = 'kobject_get (0 before, 1 after)';

test('the other side is named where it is in another function, which stays', async () => {
  const [found] = await asked(REFERENCES, OTHERS + f('sink(x);'), OTHERS + f('kobject_get(&r); sink(x);'));
  assert.ok(
    found?.reason.endsWith(`${ALONE}; the other side stays: kobject_put in g`),
    found?.reason ?? 'nothing was said',
  );
});

test('the other side is not named where it changes too', async () => {
  const after = OTHERS.replace('if (x) kobject_put', 'kobject_put');
  const found = await asked(REFERENCES, OTHERS + f('sink(x);'), after + f('kobject_get(&r); sink(x);'));
  assert.ok(found.every(({ reason }) => reason.endsWith(ALONE)));
  assert.equal(found.length, 1);
});

test('the other side is not named where one function takes and drops', async () => {
  const [found] = await asked(
    REFERENCES,
    OTHERS + f('sink(x);'),
    OTHERS + f('kobject_get(&r); sink(x); kobject_put(&r);'),
  );
  assert.ok(found?.reason.endsWith(`${ALONE}, kobject_put (0 before, 1 after)`));
});

test('of many functions on the other side four are named', async () => {
  const many = Array.from({ length: 6 }, (_, i) => `int g${i}(u64 x) { kobject_put(&r); return ${i}; }`);
  const source = (body: string): string => `${many.join('\n')}\n${f(body)}`;
  const [found] = await asked(REFERENCES, source('sink(x);'), source('kobject_get(&r); sink(x);'));
  assert.ok(found?.reason.endsWith('stays: kobject_put in g0, g1, g2, g3 and 2 more'), found?.reason);
});

test('names of counterparts', () => {
  const cases: [string, string[]][] = [
    ['kobject_get', ['kobject_put']],
    ['put_device', ['get_device']],
    ['__put_task_struct', ['get_task_struct']],
    ['widget_hold', ['widget_put']],
    ['dput', ['dget', 'dget_parent', 'dget_dlock']],
    ['fget', ['fput', 'fput_many']],
    ['refcount_warn_saturate', []],
    ['constructor', []],
    ['', []],
  ];
  for (const [name, others] of cases) assert.deepEqual(counterpartsOf(name), others, name);
});

test('an inlined step that the text shows is a question about the counter', async () => {
  const inlined = `extern void refcount_warn_saturate(struct ref *);
    static inline void refcount_inc(struct ref *a) { refcount_warn_saturate(a); }
    static inline void hidden(struct ref *a) { refcount_warn_saturate(a); }
  `;
  const source = (step: string): string => inlined + f(`sink(x); ${step}`);
  assert.deepEqual(await asked(REFERENCES, source(''), source('refcount_inc(&r);')), []);
  assert.deepEqual(seen(await asked(COUNTERS, source(''), source('refcount_inc(&r);'))), [
    FOUND.replace('REFERENCES', 'COUNTER'),
  ]);
  assert.deepEqual(seen(await asked(REFERENCES, source(''), source('hidden(&r);'))), [FOUND]);
  assert.deepEqual(seen(await asked(REFERENCES, source(''), source('refcount_inc(&r); fput(&r);'))), [FOUND]);
});
