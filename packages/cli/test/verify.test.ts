// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Finding, UptideError } from '@uptide/base';
import type { CreateOutcome } from '@uptide/forge';
import type { Update } from '@uptide/stream';
import { sampleDescription } from '../../stream/test/support/sample.ts';
import { carriedKernelSide, type Origin, requireSameOrigin } from '../src/glue/origin.ts';
import {
  compareUpdates,
  describeVerification,
  notRebuilt,
  verifyProof,
  worstExit,
} from '../src/glue/verify.ts';
import { KERNEL_SIDE, madeUpdate, module, proofOf } from './support/made-update.ts';

const MADE: CreateOutcome = { verdict: 'made', findings: [], notes: [], update: undefined };

function codes(findings: readonly Finding[]): string[] {
  return findings.map(({ code }) => code);
}

function described(changes: Record<string, unknown>): Update {
  const update = madeUpdate();
  return { ...update, description: { ...update.description, ...changes } };
}

describe('a rebuild that is the same', () => {
  it('differs nowhere', () => {
    assert.deepEqual(compareUpdates(madeUpdate(), MADE, madeUpdate()), []);
  });
  it('is not asked for sign-offs, which come afterwards', () => {
    const { findings } = sampleDescription();
    const bare = findings.map(({ signedOff: _signedOff, ...found }) => found);
    const given = described({ findings, unreviewed: { reason: 'a test' } });
    assert.deepEqual(compareUpdates(given, MADE, described({ findings: bare })), []);
  });
});

describe('a rebuild that differs', () => {
  it('says section, function and offset', () => {
    const given = madeUpdate({ module: module(0x90, 0xcc) });
    const [found, ...more] = compareUpdates(given, MADE, madeUpdate());
    assert.equal(found?.code, 'VERIFY_DIFFERS');
    const { object, section, symbol, offset } = found.place;
    assert.deepEqual([object, section, symbol, offset], ['uptide_0123456789ab', '.text', 'fixed', 1]);
    assert.deepEqual(more, []);
  });
  it('says the offset in the file where the module is no object', () => {
    const bytes = Buffer.from(madeUpdate().module);
    bytes[0] = 0;
    const [found] = compareUpdates(madeUpdate({ module: bytes }), MADE, madeUpdate());
    assert.deepEqual(found?.place, { file: 'uptide_0123456789ab.ko', offset: 0 });
  });
  it('says the offset in the file where only what lies between the sections differs', () => {
    const given = madeUpdate();
    const longer = Buffer.concat([given.module, Buffer.alloc(8)]);
    const [found] = compareUpdates({ ...given, module: longer }, MADE, given);
    assert.deepEqual(found?.place, { file: 'uptide_0123456789ab.ko', offset: given.module.length });
  });

  const changes: [string, Record<string, unknown>][] = [
    ['title', { title: 'other' }],
    ['id', { id: 'cd'.repeat(32) }],
    ['objects[0].functions[0].size', { objects: sizeChanged() }],
    ['findings[0]', { findings: sampleDescription().findings }],
    ['later', { later: 1 }],
    ['__proto__', JSON.parse('{"__proto__":{}}')],
  ];
  for (const [path, change] of changes) {
    it(`names ${path} of the description`, () => {
      const [found] = compareUpdates(described(change), MADE, madeUpdate());
      assert.equal(found?.code, 'VERIFY_DIFFERS');
      assert.equal(found.place.file, 'update.json');
      assert.equal(found.reason.split(':')[0], path);
    });
  }

  it('sees a patch that is another', () => {
    const patches = [{ name: 'first.patch', bytes: Buffer.from('x') }];
    assert.deepEqual(codes(compareUpdates(madeUpdate({ patches }), MADE, madeUpdate())), ['VERIFY_DIFFERS']);
  });
  it('makes no update at all, and says why', () => {
    const refusal: Finding = {
      code: 'MATCH_OBJECT_UNKNOWN',
      verdict: 'refuse',
      place: {},
      reason: 'r',
      remedy: 'n',
    };
    const outcome: CreateOutcome = { ...MADE, verdict: 'refused', findings: [refusal] };
    const findings = compareUpdates(madeUpdate(), outcome, undefined);
    assert.deepEqual(codes(findings), ['MATCH_OBJECT_UNKNOWN', 'VERIFY_DIFFERS']);
    assert.equal(worstExit(findings), 'noMatch');
  });
});

function sizeChanged(): unknown {
  const [object] = sampleDescription().objects;
  return [{ ...object, functions: object?.functions.map((one) => ({ ...one, size: one.size + 1 })) }];
}

describe('a rebuild elsewhere', () => {
  const { kernel, source } = madeUpdate().description;
  const here: Origin = {
    baseline: { release: kernel.release, buildId: kernel.buildId, digest: source.baseline },
    version: '1.2.3',
    kernelSide: KERNEL_SIDE,
  };
  const refuses = (code: string, update: Update, origin: Origin): void => {
    assert.throws(
      () => requireSameOrigin(update, origin),
      (error) => error instanceof UptideError && error.code === code,
    );
  };

  it('is made where all is the same', () => {
    assert.equal(requireSameOrigin(madeUpdate(), here), undefined);
  });
  it('is refused with another kernel in the store', () => {
    for (const change of [{ buildId: 'ff'.repeat(20) }, { digest: 'ff'.repeat(32) }]) {
      const baseline = { ...here.baseline, ...change };
      refuses('VERIFY_OTHER_KERNEL', madeUpdate(), { ...here, baseline });
    }
  });
  it('is refused with another Uptide', () => {
    refuses('VERIFY_OTHER_TOOL', madeUpdate(), { ...here, version: '1.2.4' });
    refuses('VERIFY_OTHER_TOOL', described({ source: sampleDescription().source }), here);
    const other = carriedKernelSide([{ path: 'update.c', bytes: Buffer.from('int y;\n') }]);
    const more = carriedKernelSide([...KERNEL_SIDE, { path: 'more.c', bytes: Buffer.of() }]);
    for (const others of [[], other, more]) {
      refuses('VERIFY_OTHER_TOOL', madeUpdate({ others }), here);
    }
  });
});

describe('the proof in an update', () => {
  const update = madeUpdate();
  it('may be missing, or be of this module and kernel', () => {
    assert.deepEqual(verifyProof(update), []);
    assert.deepEqual(verifyProof({ ...update, proof: proofOf(update) }), []);
  });
  const wrong: [string, Uint8Array][] = [
    ['of another module', proofOf(update, { module: 'ab'.repeat(32) })],
    ['of another kernel', proofOf(update, { buildId: 'ab'.repeat(20) })],
    ['no JSON', Buffer.from('{')],
    ['no object', Buffer.from('null')],
    ['of another schema', proofOf(update, { schema: 2 })],
    ['without functions', proofOf(update, { functions: undefined })],
  ];
  for (const [what, proof] of wrong) {
    it(`is refused when it is ${what}`, () => {
      const findings = verifyProof({ ...update, proof });
      assert.deepEqual(codes(findings), ['VERIFY_OTHER_PROOF']);
      assert.equal(worstExit(findings), 'badInput');
    });
  }
});

describe('what is said of a verification', () => {
  it('names the files that no rebuild makes', () => {
    const later = { path: 'later/x', role: 'later', bytes: Buffer.of() };
    const update = madeUpdate({ others: [...carriedKernelSide(KERNEL_SIDE), later] });
    assert.deepEqual(notRebuilt(update), ['later/x']);
    assert.deepEqual(notRebuilt({ ...update, proof: proofOf(update) }), ['proof.json', 'later/x']);
    const text = describeVerification('f', { verdict: 'same', findings: [], notRebuilt: ['later/x'] });
    assert.match(text, /later\/x/);
    assert.equal(worstExit([]), 'done');
  });
  it('obeys no escape sequence of the update', () => {
    const findings = compareUpdates(described({ title: '\u001b[2J' }), MADE, madeUpdate());
    const text = describeVerification('f', { verdict: 'differs', findings, notRebuilt: [] });
    assert.ok(!text.includes('\u001b'));
  });
});
