// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changes, codes, diffed } from './support/pairs.ts';

/** Compares two declarations beside one function that uses nothing of them. */
async function declared(original: string, patched: string): Promise<string[]> {
  const f = 'int f(u64 a){return sink(a);}';
  const diff = await diffed(original + f, patched + f);
  assert.deepEqual(changes(diff), { changed: [], new: [], removed: [] });
  return codes(diff);
}

test('an initial value that changed is refused', async () => {
  assert.deepEqual(await declared('int x=1;', 'int x=2;'), ['COMPARE_DATA_CHANGED']);
  assert.deepEqual(await declared('int x;', 'int x=1;'), ['COMPARE_DATA_CHANGED']);
  assert.deepEqual(await declared('int x[2]={1};', 'int x[3]={1};'), ['COMPARE_DATA_SIZE']);
  assert.deepEqual(await declared('const char *n[]={"a","b"};', 'const char *n[]={"a","c"};'), [
    'COMPARE_DATA_CHANGED',
  ]);
  assert.deepEqual(
    await declared(
      'extern int p(void),q(void); int (*o[])(void)={p,q};',
      'extern int p(void),q(void); int (*o[])(void)={p,p};',
    ),
    ['COMPARE_DATA_CHANGED'],
  );
});

test('data that moves to another kind of section is refused', async () => {
  assert.deepEqual(await declared('int x=3;', 'int x __section(".data..ro_after_init")=3;'), [
    'COMPARE_DATA_MOVED',
  ]);
  assert.deepEqual(await declared('int x[2]={3};', 'const int x[2]={3};'), ['COMPARE_DATA_MOVED']);
});

test('data that nobody uses and that is gone is no change', async () => {
  assert.deepEqual(await declared('int x=3;', ''), ['COMPARE_NO_CHANGE']);
});

test('what the kernel looks for by itself is refused when it is new, and asked about when it is gone', async () => {
  const parameter = 'static __section("__param") __attribute__((used)) int p=5;';
  assert.deepEqual(await declared('', parameter), ['COMPARE_NEW_DATA_UNREACHED']);
  assert.deepEqual(await declared(parameter, ''), ['COMPARE_DATA_REMOVED']);
});

test('a new export is told, and refuses nothing', async () => {
  const exported = (section: string, label: string): string =>
    `asm(".section \\"${section}\\",\\"a\\"\\n${label}: .long f - .\\n.long 0\\n.previous");`;
  for (const [section, label] of [
    ['___ksymtab+f', '__ksymtab_f'],
    ['___ksymtab_gpl+f', '__ksymtab_f'],
    ['.export_symbol', '__export_symbol_f'],
  ] as const) {
    assert.deepEqual(await declared('', exported(section, label)), ['COMPARE_EXPORT_ADDED']);
    // The section of exports with something else in it.
    assert.deepEqual(await declared('', exported(section, 'other_f')), ['COMPARE_NEW_DATA_UNREACHED']);
  }
});

test('pointers without a name, whose bytes are zero, are not taken for padding', async () => {
  const table = (...names: string[]): string =>
    `int one=1,two=2;asm(".section __tracepoints_ptrs,\\"a\\"\\n${names.map((name) => `.long ${name} - .\\n`).join('')}.previous");`;
  assert.deepEqual(await declared(table('one'), table('one', 'two')), ['COMPARE_SECTION_CHANGED']);
  assert.deepEqual(await declared(table('one'), table('two')), ['COMPARE_SECTION_CHANGED']);
  assert.deepEqual(await declared(table('one', 'two'), table('one', 'two')), ['COMPARE_NO_CHANGE']);
});

test('a constant table of one file goes along with all functions that read it', async () => {
  const source = (n: number): string =>
    `static const int t[]={1,2,3,4,9,4,7,${n}}; int f(u64 a){return sink(t[a]);} int g(u64 a){return sink(t[a+1]);} int h(u64 a){return sink(a);}`;
  const diff = await diffed(source(1), source(2));
  assert.deepEqual(
    [diff.changed, codes(diff), diff.refused],
    [['f', 'g'], ['COMPARE_TABLE_REPLACED'], false],
  );
});

test('a constant table that functions of the kernel stand in is refused', async () => {
  const source = (name: string): string =>
    `struct o{int(*f)(u64);}; extern void keep(const struct o*); extern int a(u64),b(u64); void f(void){static const struct o ops={${name}};keep(&ops);}`;
  const diff = await diffed(source('a'), source('b'));
  assert.deepEqual([diff.changed, codes(diff)], [[], ['COMPARE_DATA_CHANGED']]);
});

test('a constant table inside a function goes with it', async () => {
  const source = (n: number): string =>
    `int f(u64 a){static const int t[]={1,2,3,4,9,4,7,${n}};return sink(t[a]);} int g(void){return sink(1);}`;
  const diff = await diffed(source(1), source(2));
  assert.deepEqual([diff.changed, codes(diff)], [['f'], []]);
});

test('new data that no module can have is refused', async () => {
  const f = 'int f(u64 a){return sink(a);}';
  const diff = await diffed(
    f,
    `static __section(".data..percpu") int p; ${f.replace('sink(a)', 'sink((u64)&p+a)')}`,
  );
  assert.deepEqual([diff.changed, codes(diff)], [['f'], ['CUT_PERCPU']]);
});

test('descriptions of UBSAN and of pr_debug may drift in the line alone', async () => {
  const checked = 'int t[8]; int f(u64 a){return t[a];}';
  assert.equal((await diffed(checked, `\n\n${checked}`, ['-fsanitize=bounds'])).nochange, true);
  const resized = await diffed(checked, checked.replaceAll('[8]', '[9]'), ['-fsanitize=bounds']);
  assert.equal(resized.refused, true);
  const described = (flags: number): string =>
    `struct d{const char*m,*f,*n,*t;unsigned line:18,flags:14;};\nint f(u64 a){static struct d descriptor __section("__dyndbg")={"m","f",__FILE__,"x",__LINE__,${flags}};return sink((u64)&descriptor);}`;
  assert.equal((await diffed(described(0), `\n${described(0)}`)).nochange, true);
  assert.deepEqual((await diffed(described(0), described(1))).changed, ['f']);
});

test('what the index of formats says of lines is no change', async () => {
  const source =
    'struct p{const char*f,*g,*h;int line;};int f(u64 a){static const struct p _entry={"x",__func__,__FILE__,__LINE__};static const struct p *_entry_ptr __section(".printk_index") __attribute__((used))=&_entry;return printk("x");}';
  assert.equal((await diffed(source, `\n${source}`)).nochange, true);
});
