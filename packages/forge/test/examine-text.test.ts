// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '@uptide/base';
import type { ExamineRule } from '../src/examine/model.ts';
import { CONSTANTS } from '../src/examine/rules/constants.ts';
import { USER_ABI } from '../src/examine/rules/user-abi.ts';
import { readSource } from '../src/examine/source.ts';
import { unitOf } from './support/examined.ts';

const SAME = 'int f(u64 x) { return sink(x); }';

/** What a rule says of two texts of one file. */
async function said(
  rule: ExamineRule,
  pre: string,
  post: string,
  path = 'include/x.h',
): Promise<readonly Finding[]> {
  const unit = await unitOf(SAME, SAME);
  return rule.examine({ ...unit, changes: [{ path, pre: readSource(pre), post: readSource(post) }] });
}

const constants: [string, string, string, boolean][] = [
  ['a number that becomes another', '#define LIMIT 16', '#define LIMIT 32', true],
  ['a term of numbers', '#define LIMIT (1 << 4)', '#define LIMIT (PAGE_SIZE / 8)', true],
  ['another way to write it', '#define LIMIT 16', '#define  LIMIT   16 /* as it was */', false],
  ['a macro with parameters', '#define LIMIT(x) (x + 1)', '#define LIMIT(x) (x + 2)', false],
  ['code', '#define LIMIT do_it(1); more()', '#define LIMIT do_it(2); more()', false],
  ['a name for another name', '#define f_old f_one', '#define f_old f_two', false],
  ['a macro that is new', '', '#define LIMIT 16', false],
  [
    'one of two definitions',
    '#define A 1\n#if X\n#define B 1\n#else\n#define B 2\n#endif',
    '#define A 1\n#define B 3',
    false,
  ],
];
for (const [what, pre, post, found] of constants) {
  test(`a constant: ${what} is ${found ? 'for review' : 'not'}`, async () => {
    const findings = await said(CONSTANTS, pre, post);
    assert.deepEqual(
      findings.map(({ place }) => [place.file, place.symbol]),
      found ? [['include/x.h', 'LIMIT']] : [],
    );
  });
}

const abi: [string, string, string, string | undefined][] = [
  ['an ioctl number', "#define FOO_IOC _IOR('f', 1, int)", "#define FOO_IOC _IOWR('f', 1, int)", 'FOO_IOC'],
  ['an ioctl number that is new', '', "#define FOO_IOC _IO('f', 1)", 'FOO_IOC'],
  [
    'the head of a system call',
    'SYSCALL_DEFINE1(foo, int, a) { }',
    'SYSCALL_DEFINE1(foo, long, a) { }',
    'foo',
  ],
  [
    'the body of a system call',
    'SYSCALL_DEFINE1(foo, int, a) { x(); }',
    'SYSCALL_DEFINE1(foo, int, a) { y(); }',
    undefined,
  ],
  ['a parameter of a module', 'module_param(depth, int, 0444);', 'module_param(depth, int, 0644);', 'depth'],
  ['a file in /sys', 'static DEVICE_ATTR_RO(state);', 'static DEVICE_ATTR_RW(state);', 'state'],
  [
    'a file in /proc',
    'void f(void) { proc_create("a", 0, NULL, &p); }',
    'void f(void) { proc_create("b", 0, NULL, &p); }',
    '"a"',
  ],
  [
    'the mode of a file in /proc',
    'void f(void) { proc_create("a", m, NULL, &p); }',
    'void f(void) { proc_create("a", n, NULL, &p); }',
    undefined,
  ],
  ['a sysctl', 'struct t t = { .procname = "old" };', 'struct t t = { .procname = "new" };', '"old"'],
  [
    'a field of a tracepoint',
    'TRACE_EVENT(tick, TP_STRUCT__entry(__field(int, a)));',
    'TRACE_EVENT(tick, TP_STRUCT__entry(__field(long, a)));',
    'tick',
  ],
  ['a comment', "#define FOO_IOC _IO('f', 1) /* old */", "#define FOO_IOC _IO('f', 1) /* new */", undefined],
  [
    'the definition of a maker',
    '#define _IO(a, b) _IOC(0, a, b, 0)',
    '#define _IO(a, b) _IOC(1, a, b, 0)',
    '_IO',
  ],
];
for (const [what, pre, post, name] of abi) {
  test(`what programs can name: ${what} is ${name === undefined ? 'nothing' : 'for review'}`, async () => {
    const findings = await said(USER_ABI, pre, post);
    assert.equal(findings[0]?.place.symbol, name);
    assert.ok(findings.every(({ verdict, code }) => verdict === 'review' && code === 'EXAMINE_USER_ABI'));
  });
}

test('every declaration in a header for programs counts, and its comments do not', async () => {
  const path = 'include/uapi/linux/x.h';
  const header = (member: string): string => `/* said */\nstruct x { ${member} };\n#define X_ON 1\n`;
  const [found, ...more] = await said(USER_ABI, header('int a;'), header('long a;'), path);
  assert.equal(found?.place.symbol, 'x');
  assert.deepEqual(more, []);
  assert.deepEqual(await said(USER_ABI, header('int a;'), header('int a; /* why */'), path), []);
  assert.deepEqual(await said(USER_ABI, header('int a;'), header('long a;'), 'include/linux/x.h'), []);
});

test('a statement says what it was and what it is', async () => {
  const [found] = await said(USER_ABI, 'module_param(depth, int, 0444);', 'module_param(depth, int, 0644);');
  assert.match(found?.reason ?? '', /^a parameter of a module changed: .*0444 \) became .*0644 \)$/);
});
