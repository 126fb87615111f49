// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffObjects } from '../src/compare/diff-objects.ts';
import { assembledFile } from './support/assembly.ts';
import { changes, codes, diffed } from './support/pairs.ts';

test('of two functions only the one that differs is named', async () => {
  const diff = await diffed(
    'int f(u64 a){return sink(a);} int g(u64 a){return sink(a+1);}',
    'int f(u64 a){return sink(a);} int g(u64 a){return sink(a+2);}',
  );
  assert.deepEqual(changes(diff), { changed: ['g'], new: [], removed: [] });
  assert.equal(diff.nochange, false);
  assert.equal(diff.refused, false);
  assert.equal(diff.differences[0]?.function, 'g');
});

test('a comment is no change', async () => {
  const diff = await diffed(
    'int f(u64 a){return sink(a);}',
    '/* that is it */ int f(u64 a){return sink(a);}',
  );
  assert.equal(diff.nochange, true);
  assert.deepEqual(codes(diff), ['COMPARE_NO_CHANGE']);
});

test('the same holds for code with ENDBR and with call padding before it', async () => {
  const flags = ['-fcf-protection=branch', '-fpatchable-function-entry=16,16', '-falign-functions=16'];
  const diff = await diffed(
    'int f(u64 a){return sink(a);} int g(u64 a){return sink(a+1);}',
    'int z(void){return sink(9);} int f(u64 a){return sink(a);} int g(u64 a){return sink(a+2);}',
    flags,
  );
  assert.deepEqual(changes(diff), { changed: ['g'], new: ['z'], removed: [] });
  assert.equal(diff.refused, false);
});

test('without -ffunction-sections too', async () => {
  const diff = await diffed(
    'int f(u64 a){return sink(a);} noinline int g(u64 a){return other(a+1);} int h(u64 a){return g(a)+f(a);}',
    'int f(u64 a){return sink(a+5000);} noinline int g(u64 a){return other(a+1);} int h(u64 a){return g(a)+sink(a+5000);}',
    ['-fno-function-sections', '-fno-data-sections'],
  );
  assert.deepEqual(changes(diff), { changed: ['f', 'h'], new: [], removed: [] });
});

test('a shared section whose branches the assembler resolved', async () => {
  const section = '__section(".sched.text") noinline int';
  const rest = `${section} b(u64 x){return a(x)+1;} ${section} c(u64 x){return b(x)+1;}`;
  const diff = await diffed(
    `${section} a(u64 x){asm volatile("");return sink(x);} ${rest}`,
    `${section} a(u64 x){asm volatile("");return sink(x+1000);} ${rest}`,
  );
  assert.deepEqual(changes(diff), { changed: ['a'], new: [], removed: [] });
});

test('a cold part belongs to its function', async () => {
  const source = (n: number): string =>
    `extern void slow(u64) __attribute__((cold)); int f(u64 a){if(a>7){slow(a+${n});other(a);return 3;}return sink(a);}`;
  const diff = await diffed(source(0), source(1));
  assert.deepEqual(changes(diff), { changed: ['f'], new: [], removed: [] });
});

test('clones are found under another number', async () => {
  const h = 'static noinline int h(u64*a){return sink(*a)+1;}';
  const diff = await diffed(
    `${h} static noinline int k(u64*a){return sink(*a)+3;} int f(u64 a){return h(&a)+k(&a);}`,
    `static noinline int n(u64*a){return sink(*a)+8;} ${h} static noinline int k(u64*a){return sink(*a)+4;} int f(u64 a){return h(&a)+k(&a);} int g(u64 a){return n(&a);}`,
  );
  assert.deepEqual(changes(diff), { changed: ['k.isra.0'], new: ['g', 'n.isra.0'], removed: [] });
});

test('a function under two names is listed once', async () => {
  const alias = 'extern int g(u64 a) __attribute__((alias("f")));';
  const diff = await diffed(
    `int f(u64 a){return sink(a);} ${alias}`,
    `int f(u64 a){return sink(a+1);} ${alias}`,
  );
  assert.deepEqual(changes(diff), { changed: ['f'], new: [], removed: [] });
});

test('a function becomes strong or global without doing anything else', async () => {
  const strong = await diffed(
    '__attribute__((weak)) int f(u64 a){return sink(a);}',
    'int f(u64 a){return sink(a);}',
  );
  assert.equal(strong.nochange, true);
  const f = 'noinline int f(u64 a){asm volatile("");return sink(a);} int g(u64 a){return f(a)+1;}';
  const global = await diffed(`static ${f}`, f);
  assert.equal(global.nochange, true);
});

test('a function that nothing called any more is only gone', async () => {
  const diff = await diffed(
    'int f(u64 a){return sink(a);} int g(void){return sink(1);}',
    'int f(u64 a){return sink(a);}',
  );
  assert.deepEqual(changes(diff), { changed: [], new: [], removed: ['g'] });
  assert.equal(diff.nochange, true);
});

test('a jump table of a switch is compared by what it holds', async () => {
  const f = (n: number): string =>
    `int f(u64 a){switch(a){case 0:sink(1);break;case 1:other(2);break;case 2:sink(3);sink(8);break;case 3:other(4);break;case 4:sink(9);break;case 5:sink(77);other(${n});break;}return 0;}`;
  const z = f(6).replace('int f', 'int z');
  const moved = await diffed(f(2), `${z} ${f(2)}`, ['-fjump-tables']);
  assert.deepEqual(changes(moved), { changed: [], new: ['z'], removed: [] });
  const swapped = await diffed(
    f(2),
    f(2).replace('case 0:', 'case 6:').replace('case 1:', 'case 0:').replace('case 6:', 'case 1:'),
    ['-fjump-tables'],
  );
  assert.deepEqual(changes(swapped), { changed: ['f'], new: [], removed: [] });
});

test('a string is compared by its text', async () => {
  const diff = await diffed(
    'int f(void){return printk("hello %d",1);} int g(void){return printk("bye");}',
    'int z(void){return printk("new");} int f(void){return printk("hullo %d",1);} int g(void){return printk("bye");}',
  );
  assert.deepEqual(changes(diff), { changed: ['f'], new: ['z'], removed: [] });
});

test('an absolute symbol is its value', async () => {
  const source = (n: number): string =>
    `asm("konst = ${n}"); extern char konst; int f(void){return sink((u64)&konst);}`;
  assert.deepEqual((await diffed(source(5), source(6))).changed, ['f']);
});

test('code without an ftrace site is refused', async () => {
  const source = (n: number): string =>
    `__attribute__((no_instrument_function)) int f(u64 a){return sink(a+${n});}`;
  const diff = await diffed(source(1), source(2));
  assert.deepEqual([diff.changed, codes(diff)], [['f'], ['COMPARE_NO_FTRACE_SITE']]);
  assert.equal(diff.refused, true);
});

test('code of the start and of the end is refused', async () => {
  const init = await diffed('int __init f(void){return sink(1);}', 'int __init f(void){return sink(2);}');
  assert.deepEqual([init.changed, codes(init)], [['f'], ['COMPARE_INIT_CHANGED']]);
  const exit = await diffed('void __exit f(void){sink(1);}', 'void __exit f(void){sink(2);}');
  assert.deepEqual([exit.changed, codes(exit)], [['f'], ['COMPARE_EXIT_CHANGED']]);
});

test('code that is no longer freed after the start is a change', async () => {
  const diff = await diffed('int __init f(void){return sink(1);}', 'int f(void){return sink(1);}');
  assert.deepEqual([diff.changed, codes(diff)], [['f'], ['COMPARE_INIT_CHANGED']]);
});

test('hand-written functions without type and size', async () => {
  const source = (n: number): string =>
    `asm(".section .text.a,\\"ax\\"\\n.globl one\\none: mov $1,%eax\\nret\\ntwo: mov $${n},%eax\\nret\\n.previous");`;
  assert.deepEqual((await diffed(source(2), source(3))).changed, ['two']);
});

test('the first difference is not a jump over what was added', async () => {
  const source = (more: string): string =>
    `int f(u64 a){ if (a) { sink(a); ${more} } sink(7); return sink(8); }`;
  const { differences } = await diffed(source(''), source('other(3);'));
  assert.match(differences[0]?.patched ?? '', /\$3,/);
});

test('a jump that leads elsewhere is the difference when there is no other', async () => {
  const object = (target: string): string =>
    `.section .text.f,"ax"\n.type f, @function\nf: call __fentry__\njmp ${target}\n1: nop\n2: ret\n.size f, . - f`;
  const [pre, post] = await Promise.all([assembledFile(object('1f')), assembledFile(object('2f'))]);
  const { changed, differences } = diffObjects(pre, post);
  assert.deepEqual(changed, ['f']);
  assert.equal(differences[0]?.offset, 5);
});

test('another condition is another jump', async () => {
  const object = (jump: string): string =>
    `.section .text.f,"ax"\n.type f, @function\nf: call __fentry__\n${jump} 1f\nnop\n1: ret\n.size f, . - f`;
  const [pre, post] = await Promise.all([assembledFile(object('je')), assembledFile(object('jne'))]);
  assert.match(diffObjects(pre, post).differences[0]?.patched ?? '', /^jne/);
});
