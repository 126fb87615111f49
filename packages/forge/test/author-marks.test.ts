// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyIgnores } from '../src/author/apply.ts';
import { readMarks } from '../src/author/marks.ts';
import { compareObjects } from '../src/compare/compare.ts';
import { cutUnits } from '../src/cut/cut.ts';
import { dissect } from '../src/dissect/dissect.ts';
import { assembled, data, FENTRY, local, text } from './support/assembly.ts';
import { kernelOf, shippedFrom, unitOf } from './support/units.ts';

const FOO = local('foo', FENTRY, 'nop', 'ret');
const FIXED = local('foo', FENTRY, 'ret');
const CALLBACK = local('fill', FENTRY, 'ret');
const mark = (kind: string, name: string, ...body: readonly string[]): string =>
  data(`.uptide.${kind}`, 'a', `__UNIQUE_ID_uptide_${name}`, '.balign 8', ...body);

describe('the marks of an author', () => {
  it('are callbacks, states and ignored symbols', async () => {
    const object = await assembled(
      FOO,
      CALLBACK,
      text('why', 'set by fill'),
      mark('pre_patch', 'a', '.quad fill'),
      mark('state', 'b', '.quad 7, 2'),
      mark('ignore', 'c', '.quad foo, why'),
    );
    const { callbacks, states, ignored, findings } = readMarks(dissect(object));
    assert.deepEqual(findings, []);
    assert.deepEqual(
      callbacks.map(({ kind, piece }) => [kind, piece.name]),
      [['pre_patch', 'fill']],
    );
    assert.deepEqual(states, [{ id: 7n, version: 2 }]);
    assert.deepEqual(
      ignored.map(({ piece, reason }) => [piece.name, reason]),
      [['foo', 'set by fill']],
    );
  });

  it('give the module each state once, in the newest version that a unit says', async () => {
    const unit = async (...states: readonly string[]) => {
      const pre = await assembled(FOO);
      const marks = states.map((state, index) => mark('state', `s${index}`, `.quad ${state}`));
      return unitOf({ pre, post: await assembled(FIXED, ...marks), shipped: shippedFrom(pre) });
    };
    const units = [await unit('7, 2', '9, 0'), await unit('7, 3', '8, 1'), await unit('7, 1')];
    const shipped = units.map(({ match }) => match.shipped);
    assert.deepEqual(cutUnits(units, kernelOf(shipped.slice(0, 1))).states, [
      { id: 7n, version: 3 },
      { id: 8n, version: 1 },
      { id: 9n, version: 0 },
    ]);
  });

  for (const [what, ...broken] of [
    ['a callback that another file defines', mark('pre_patch', 'a', '.quad elsewhere')],
    ['a callback that is data', data('.data.x', 'aw', 'x', '.quad 0'), mark('post_patch', 'a', '.quad x')],
    ['a state that ends the list of klp', mark('state', 'a', '.quad 0, 1')],
    ['a state whose version klp cannot hold', mark('state', 'a', '.quad 1, 0x100000000')],
    ['a state of another size', mark('state', 'a', '.quad 1')],
    ['an ignore without a reason', FOO, mark('ignore', 'a', '.quad foo, 0')],
    ['a kind that there is not', FOO, mark('postpatch', 'a', '.quad foo')],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { findings } = readMarks(dissect(await assembled(...broken)));
      assert.deepEqual(
        findings.map(({ code, verdict }) => [code, verdict]),
        [['AUTHOR_MARK_UNKNOWN', 'refuse']],
      );
    });
  }
});

describe('a change that the author answers for', () => {
  const table = (value: number): string => data('.data.table', 'aw', 'table', `.long ${value}`);
  const users = local('bar', FENTRY, 'movl table(%rip), %eax', 'ret');
  const ignore = [text('why', 'a callback does it'), mark('ignore', 'a', '.quad table, why')];

  it('of data is a review with the reason, not a refusal', async () => {
    const pre = await assembled(users, table(1));
    const post = await assembled(users, table(2), ...ignore);
    const comparison = compareObjects(pre, post);
    assert.deepEqual(
      comparison.findings.map(({ code }) => code),
      ['COMPARE_DATA_CHANGED'],
    );
    const { findings } = applyIgnores(comparison, readMarks(comparison.post));
    assert.deepEqual(
      findings.map(({ code, verdict }) => [code, verdict]),
      [['AUTHOR_IGNORED', 'review']],
    );
    assert.match(findings[0]?.reason ?? '', /a callback does it$/);
  });

  it('of a function leaves the function out', async () => {
    const pre = await assembled(FOO);
    const post = await assembled(FIXED, text('why', 'not needed'), mark('ignore', 'a', '.quad foo, why'));
    const comparison = compareObjects(pre, post);
    const { changed, findings } = applyIgnores(comparison, readMarks(comparison.post));
    assert.deepEqual(changed, []);
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['AUTHOR_IGNORED'],
    );
  });

  it('is said to be idle where nothing changed', async () => {
    const pre = await assembled(users, table(1));
    const post = await assembled(users, table(1), ...ignore);
    const comparison = compareObjects(pre, post);
    const { findings } = applyIgnores(comparison, readMarks(comparison.post));
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['AUTHOR_IGNORE_IDLE'],
    );
  });

  it('does not answer for what has no name', async () => {
    const pre = await assembled(FOO);
    const post = await assembled(FOO, '.section .odd,"a"\n.long 5', ...ignore, table(1));
    const comparison = compareObjects(pre, post);
    const { findings } = applyIgnores(comparison, readMarks(comparison.post));
    assert.ok(findings.some(({ verdict }) => verdict === 'refuse'));
  });
});

describe('callbacks in a cut', () => {
  it('go along with their code and are refused twice for one object', async () => {
    const pre = await assembled(FOO);
    const once = await assembled(FIXED, CALLBACK, mark('pre_patch', 'a', '.quad fill'));
    const shipped = shippedFrom(pre);
    const cut = cutUnits(
      [unitOf({ pre, post: once, shipped })],
      kernelOf([shipped], { __fentry__: 'vmlinux' }),
    );
    assert.deepEqual(
      cut.callbacks.map(({ object, kind, piece }) => [object, kind, piece.name]),
      [['vmlinux', 'pre_patch', 'fill']],
    );
    assert.ok(cut.pieces.some(({ piece }) => piece.name === 'fill'));
    assert.deepEqual(cut.findings, []);

    const twice = await assembled(
      FIXED,
      CALLBACK,
      mark('pre_patch', 'a', '.quad fill'),
      mark('pre_patch', 'b', '.quad fill'),
    );
    const refused = cutUnits(
      [unitOf({ pre, post: twice, shipped })],
      kernelOf([shipped], { __fentry__: 'vmlinux' }),
    );
    assert.deepEqual(
      refused.findings.map(({ code }) => code),
      ['AUTHOR_CALLBACK_TWICE'],
    );
  });
});
