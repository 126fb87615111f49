// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Finding } from '@uptide/base';
import { compareLayouts } from '../src/layout/compare-layouts.ts';
import { typesOf } from './support/types.ts';

/** Findings for a struct that is `before` and then `after`; `s` keeps both in the debug information. */
async function compare(before: string, after: string): Promise<Finding[]> {
  const use = '\nvoid use(struct s *s) { }\nstruct s object;\n';
  return compareLayouts(await typesOf(before + use), await typesOf(after + use), 'a.c');
}

const codes = (findings: readonly Finding[]): string[] => findings.map(({ code }) => code);

describe('the layout of a struct', () => {
  it('that stays is no finding, whatever stands around it', async () => {
    const same = 'struct s { int a; struct { long b; }; char c[4]; int (*f)(int); };';
    assert.deepEqual(await compare(same, `struct other { int x; };\nstruct other o;\n${same}`), []);
  });

  it('that grew is said with its sizes and members', async () => {
    const [found, ...more] = await compare(
      'struct s { int a; int b; };',
      'struct s { int a; long n; int b; };',
    );
    assert.deepEqual(more, []);
    assert.equal(found?.code, 'COMPARE_STRUCT_CHANGED');
    assert.equal(found.verdict, 'review');
    assert.equal(found.place.symbol, 'struct s');
    assert.match(found.reason, /the size 8 became 24, b moved from 4 to 16, n is new at 8/);
  });

  it('in which a hole was filled moves nothing', async () => {
    const found = await compare('struct s { char a; int b; };', 'struct s { char a; char n; int b; };');
    assert.deepEqual(codes(found), ['COMPARE_STRUCT_HOLE_USED']);
  });

  for (const [what, before, after] of [
    ['lost a member', 'int a; int b;', 'int a; int pad;'],
    ['has a member of another type of the same size', 'int a; long b;', 'int a; char *b;'],
    ['has a bit-field elsewhere', 'int a : 3; int b : 4;', 'int a : 4; int b : 4;'],
    ['has a larger array', 'int a[2]; int b;', 'int a[3]; int b;'],
    [
      'changed inside an anonymous union',
      'union { int a; long b; }; int c;',
      'union { int a; char b[16]; }; int c;',
    ],
  ] as const) {
    it(`that ${what} is a finding`, async () => {
      const found = await compare(`struct s { ${before} };`, `struct s { ${after} };`);
      assert.deepEqual(codes(found), ['COMPARE_STRUCT_CHANGED']);
    });
  }

  it('that holds another which grew is a finding of its own', async () => {
    const outer = 'struct s { struct inner i; int after; };';
    const found = await compare(
      `struct inner { int a; };\n${outer}`,
      `struct inner { int a, b; };\n${outer}`,
    );
    assert.deepEqual(new Set(found.map(({ place }) => place.symbol)), new Set(['struct inner', 'struct s']));
  });

  it('with many members names some and counts the rest', async () => {
    const members = Array.from({ length: 30 }, (_, i) => `int m${i};`).join(' ');
    const [found] = await compare(`struct s { ${members} };`, `struct s { long first; ${members} };`);
    assert.match(found?.reason ?? '', /and 24 more$/);
  });
});

describe('the constants of an enum', () => {
  const use = 'struct s { enum e value; };';
  it('may get company', async () => {
    assert.deepEqual(await compare(`enum e { A, B };\n${use}`, `enum e { A, B, C };\n${use}`), []);
  });

  it('may not change their value or go', async () => {
    const [found] = await compare(`enum e { A, B, C };\n${use}`, `enum e { A, X, B };\n${use}`);
    assert.equal(found?.code, 'COMPARE_ENUM_CHANGED');
    assert.match(found.reason, /B was 1 and became 2, C is gone/);
  });
});
