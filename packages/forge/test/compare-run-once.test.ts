// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readObject } from '@uptide/elf';
import { compareObjects } from '../src/compare/compare.ts';
import type { Comparison } from '../src/compare/comparison.ts';
import { leaveRunOnce, refuseWithLayouts } from '../src/compare/run-once.ts';
import { finding } from '../src/error.ts';
import { compiledFile } from './support/pairs.ts';

/** A function that changes beside the code that runs once. */
const live = (n: number): string => `int f(u64 a){return sink(a+${n});}\n`;

/** Compares two versions of a file, of which the live function changes, as a unit of an object. */
async function left(pre: string, post: string, object = 'm', livePost = 2): Promise<Comparison> {
  const [before, after] = await Promise.all([
    compiledFile(live(1) + pre),
    compiledFile(live(livePost) + post),
  ]);
  const comparison = compareObjects(readObject(before), readObject(after));
  const [unit] = leaveRunOnce([{ object, comparison }]);
  assert.ok(unit !== undefined);
  return unit.comparison;
}

const verdicts = ({ findings }: Comparison): string[] =>
  findings.map(({ code, verdict }) => `${verdict} ${code}`).sort();
const names = ({ changed }: Comparison): string[] => changed.map(({ name }) => name).sort();

const exit = (body: string): string =>
  `static int s,t; void __exit x(void){${body};sink(s);} int *k(void){return &s+(u64)&t;}`;
const init = (body: string): string =>
  `static int s,t; void __init i(void){${body};sink(s);} int *k(void){return &s+(u64)&t;}`;

describe('exit code that changes beside other code', () => {
  it('is left out for a person to judge', async () => {
    const result = await left(exit('sink(1)'), exit('sink(2)'));
    assert.deepEqual([names(result), verdicts(result)], [['f'], ['review COMPARE_EXIT_LEFT']]);
  });

  it('is told with the calls that come and go', async () => {
    const { findings } = await left(exit('printk("a")'), exit('other(2)'));
    const reason = findings[0]?.reason ?? '';
    assert.ok(reason.includes('the patch uses other there'), reason);
    assert.ok(reason.includes('printk, which the patch no longer uses there'), reason);
  });

  it('never runs in vmlinux, whatever it does', async () => {
    const result = await left(exit('sink(1)'), `int fresh;${exit('sink((u64)&fresh)')}`, 'vmlinux');
    assert.deepEqual([names(result), verdicts(result)], [['f'], ['ok COMPARE_EXIT_LEFT']]);
  });

  for (const [what, post] of [
    [
      'a new variable',
      `static int fresh; ${exit('fresh=sink((u64)&fresh)')} int g(void){return sink((u64)&fresh);}`,
    ],
    ['a new function', `static noinline int fresh(u64 a){return sink(a)+3;} ${exit('fresh(4)')}`],
  ] as const) {
    it(`stays refused when it mentions ${what} of the patch`, async () => {
      const result = await left(exit('sink(1)'), post);
      assert.ok(verdicts(result).includes('refuse COMPARE_EXIT_CHANGED'), verdicts(result).join());
      assert.ok(names(result).includes('x'));
    });
  }

  it('stays refused when it mentions a global that another unit adds', async () => {
    const [pre, post, other] = await Promise.all([
      compiledFile(live(1) + exit('sink(1)')),
      compiledFile(`extern int fresh(void);${live(2)}${exit('fresh()')}`),
      compiledFile('int fresh(void){return sink(1);}'),
    ]);
    const empty = await compiledFile('');
    const units = leaveRunOnce([
      { object: 'm', comparison: compareObjects(readObject(pre), readObject(post)) },
      { object: 'm', comparison: compareObjects(readObject(empty), readObject(other)) },
    ]);
    assert.deepEqual(
      units.map(({ comparison }) => verdicts(comparison)),
      [['refuse COMPARE_EXIT_CHANGED'], []],
    );
  });

  it('stays refused when nothing else changes', async () => {
    const result = await left(exit('sink(1)'), exit('sink(2)'), 'm', 1);
    assert.deepEqual([names(result), verdicts(result)], [['x'], ['refuse COMPARE_EXIT_CHANGED']]);
  });

  it('stays refused when it comes to be code that always runs', async () => {
    const result = await left(exit('sink(1)'), exit('sink(2)').replace('__exit', ''));
    assert.ok(verdicts(result).includes('refuse COMPARE_EXIT_CHANGED'));
  });
});

describe('init code that changes beside other code', () => {
  it('is left out for a person to judge when it works on the same variables', async () => {
    const result = await left(init('printk("a")'), init('other(2)'));
    assert.deepEqual([names(result), verdicts(result)], [['f'], ['review COMPARE_INIT_LEFT']]);
  });

  for (const [what, pre, post] of [
    ['it sets up one variable more', init('sink(1)'), init('t=sink(1)')],
    ['it sets up one variable less', init('t=sink(1)'), init('sink(1)')],
    ['it sets up something new', init('sink(1)'), `int fresh;${init('fresh=sink(1)')}`],
    ['it hands over a function that it did not before', init('sink(1)'), init('sink((u64)other)')],
    [
      'it calls a function that is new',
      init('sink(1)'),
      `noinline int fresh(u64 a){return sink(a)+3;}${init('fresh(1)')}`,
    ],
  ] as const) {
    it(`stays refused when ${what}`, async () => {
      assert.ok(verdicts(await left(pre, post)).includes('refuse COMPARE_INIT_CHANGED'));
      assert.ok(verdicts(await left(pre, post, 'vmlinux')).includes('refuse COMPARE_INIT_CHANGED'));
    });
  }

  it('is refused after all when a struct changes', async () => {
    const { findings } = await left(init('printk("a")'), init('other(2)'));
    const struct = finding('COMPARE_STRUCT_CHANGED', 'review', { symbol: 'struct s' }, 'it grows');
    const codes = refuseWithLayouts([...findings, struct]).map(({ code, verdict }) => `${verdict} ${code}`);
    assert.deepEqual(codes, ['refuse COMPARE_INIT_CHANGED', 'review COMPARE_STRUCT_CHANGED']);
    assert.deepEqual(refuseWithLayouts(findings), findings);
  });
});

it('exit code that never runs is no matter of structs', () => {
  const never = finding('COMPARE_EXIT_LEFT', 'ok', { symbol: 'x' }, 'it never runs');
  const struct = finding('COMPARE_STRUCT_CHANGED', 'review', { symbol: 'struct s' }, 'it grows');
  assert.deepEqual(refuseWithLayouts([never, struct]), [never, struct]);
});
