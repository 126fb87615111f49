// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readObject } from '@uptide/elf';
import { compareObjects } from '../src/compare/compare.ts';
import { changedVariables, settleDefaults } from '../src/compare/defaults.ts';
import type { VariableType } from '../src/layout/variable-types.ts';
import { compiledFile } from './support/pairs.ts';

const NUMBER: VariableType = { kind: 'number', name: 'int', array: false };
const STRUCT: VariableType = { kind: 'struct', name: 's', array: false };
const KEY: VariableType = { kind: 'struct', name: 'static_key', array: false };
const KEY_SIZE = 16;
const KEY_SOURCE = 'struct static_key{int enabled;u64 type;};';

/** What becomes of the change of `v` in a file. */
async function settled(
  pre: string,
  post: string,
  type: VariableType | 'unknown' = NUMBER,
  keySize: number | undefined = KEY_SIZE,
): Promise<string> {
  const [before, after] = await Promise.all([compiledFile(pre), compiledFile(post)]);
  const comparison = compareObjects(readObject(before), readObject(after));
  const types = new Map(type === 'unknown' ? [] : [['v', type] as const]);
  const result = settleDefaults(comparison, types, keySize);
  const codes = result.comparison.findings.map(({ code, verdict }) => `${verdict} ${code}`);
  const keys = result.defaults.map((each) => String(each.keys));
  return [...codes, ...keys].join(' ');
}

const SET = 'review COMPARE_DEFAULT_SET 0';
const REFUSED = 'refuse COMPARE_DATA_CHANGED';

describe('a variable that gets another first value', () => {
  it('is set when it is a number', async () => {
    assert.equal(await settled('int v=1;', 'int v=2;'), SET);
    assert.equal(await settled('int v;', 'int v=2;'), SET);
    assert.equal(await settled('int v=2;', 'int v;'), SET);
    assert.equal(await settled('bool v=1;', 'bool v=0;'), SET);
  });

  it('is told with both values', async () => {
    const [pre, post] = await Promise.all([compiledFile('int v=1;'), compiledFile('int v=0x20;')]);
    const comparison = compareObjects(readObject(pre), readObject(post));
    assert.deepEqual([...changedVariables(comparison)], ['v']);
    const { comparison: after } = settleDefaults(comparison, new Map([['v', NUMBER]]), undefined);
    assert.match(after.findings[0]?.reason ?? '', /^v from 0x00000001 to 0x00000020:/);
    assert.equal(changedVariables(after).size, 0);
  });

  for (const [what, pre, post, type] of [
    ['it is one of an array', 'int v[2]={1,2};', 'int v[2]={1,3};', { ...NUMBER, array: true }],
    ['it is a member of a struct', 'struct s{int a,b;}v={1,2};', 'struct s{int a,b;}v={1,3};', STRUCT],
    ['its type is not known', 'int v=1;', 'int v=2;', 'unknown'],
    ['it is a constant', 'const int v=1;', 'const int v=2;', NUMBER],
    ['it holds an address', 'int a; int *v;', 'int a; int *v=&a;', NUMBER],
    ['it held an address', 'int a; int *v=&a;', 'int a; int *v;', NUMBER],
    [
      'it is read-only after the start',
      'int v __section(".data..ro_after_init")=1;',
      'int v __section(".data..ro_after_init")=2;',
      NUMBER,
    ],
    ['it is per CPU', 'int v __section(".data..percpu")=1;', 'int v __section(".data..percpu")=2;', NUMBER],
    ['it is gone', 'int v __section(".init.data")=1;', 'int v __section(".init.data")=2;', NUMBER],
    [
      'init code mentions it',
      'int v=1; void __init i(void){sink(v);}',
      'int v=2; void __init i(void){sink(v);}',
      NUMBER,
    ],
    [
      'exit code mentions it',
      'int v=1; void __exit x(void){sink(v);}',
      'int v=2; void __exit x(void){sink(v);}',
      NUMBER,
    ],
  ] as const) {
    it(`stays refused when ${what}`, async () => {
      assert.equal(await settled(pre, post, type), REFUSED);
    });
  }

  it('stays refused when two statics have its name', async () => {
    const twice = (n: number): string =>
      `static int v=1; asm(".data\\n.type v2,@object\\nv2: .long ${n}\\n.size v2,4"); int f(void){return sink((u64)&v);}`;
    assert.match(await settled(twice(1), twice(2)), /^refuse COMPARE_DATA_CHANGED/);
  });
});

describe('a variable that was all zeroes and gets a first value', () => {
  const type = 'struct s{void (*f)(void);int n[20];}; extern void known(void);';

  it('is set when it points to nothing but what the kernel keeps', async () => {
    assert.equal(await settled(`${type} struct s v;`, `${type} struct s v={known,{1}};`, STRUCT), SET);
    const own = 'noinline void own(void){sink(1);}';
    assert.equal(await settled(`${type}${own} struct s v;`, `${type}${own} struct s v={own};`, STRUCT), SET);
  });

  it('stays refused when it points to what the patch brings', async () => {
    const fresh = 'static noinline void fresh(void){sink(1);}';
    const result = await settled(`${type} struct s v;`, `${type}${fresh} struct s v={fresh};`, STRUCT);
    assert.equal(result, REFUSED);
    const named = 'struct s{const char *n;u64 a;};';
    assert.equal(await settled(`${named} struct s v;`, `${named} struct s v={"text",1};`, STRUCT), REFUSED);
  });

  it('stays refused when it is large', async () => {
    const large = 'struct s{int n[2000];};';
    assert.equal(await settled(`${large} struct s v;`, `${large} struct s v={{1}};`, STRUCT), REFUSED);
  });
});

describe('a static key that gets another first value', () => {
  it('is switched', async () => {
    const key = (on: number): string => `${KEY_SOURCE} struct static_key v={${on},${on}};`;
    assert.equal(await settled(key(1), key(0), KEY), 'review COMPARE_DEFAULT_SET 1');
  });

  it('is one of several', async () => {
    const keys = (on: number): string => `${KEY_SOURCE} struct static_key v[3]={{1,1},{${on},${on}},{0,0}};`;
    const result = await settled(keys(0), keys(1), { ...KEY, array: true });
    assert.equal(result, 'review COMPARE_DEFAULT_SET 3');
  });

  it('stays refused when its size is another, or not known', async () => {
    const key = (on: number): string => `${KEY_SOURCE} struct static_key v={${on},${on}};`;
    assert.equal(await settled(key(1), key(0), KEY, 24), REFUSED);
    const [pre, post] = await Promise.all([compiledFile(key(1)), compiledFile(key(0))]);
    const comparison = compareObjects(readObject(pre), readObject(post));
    const { defaults } = settleDefaults(comparison, new Map([['v', KEY]]), undefined);
    assert.deepEqual(defaults, []);
  });
});
