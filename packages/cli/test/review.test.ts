// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CATALOGUE, type Code, type Finding, type Place, UptideError } from '@uptide/base';
import type { CompiledFrom } from '@uptide/forge';
import fc from 'fast-check';
import { hunksAt } from '../src/glue/hunks.ts';
import type { Made } from '../src/glue/make.ts';
import { admit, UNJUDGED } from '../src/review/admit.ts';
import { describeLists, listsToJson } from '../src/review/describe.ts';
import {
  MAX_ANSWERS,
  MAX_REVIEW_BYTES,
  parseReview,
  printReview,
  requireWords,
  reviewFileOf,
} from '../src/review/file.ts';
import { findingDigest, nameFindings, patchesDigests } from '../src/review/identity.ts';
import { judge, openFindings } from '../src/review/judge.ts';
import { type ExaminedList, judgeList } from '../src/review/lists.ts';
import type { Answer, NamedFinding, ReviewedPatch } from '../src/review/model.ts';
import { describeHunks, hunksIn, MAX_SHOWN_LINES } from '../src/review/origins.ts';
import { accept, type ReviewTools, walk } from '../src/review/walk.ts';
import { madeUpdate } from './support/made-update.ts';

const KERNEL = { release: '6.1.0-50-amd64', buildId: 'c0ffee'.repeat(6) };

function found(changes: Partial<Finding> = {}): Finding {
  return {
    code: 'EXAMINE_LOCKS_CHANGED',
    verdict: 'review',
    place: { file: 'fs/a.c', symbol: 'f' },
    reason: 'mutex_lock (1 before, 2 after)',
    remedy: 'look',
    ...changes,
  };
}

function one(changes: Partial<Finding> = {}): NamedFinding {
  const [named] = nameFindings([found(changes)]);
  assert.ok(named);
  return named;
}

async function code(work: () => unknown): Promise<Code | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof UptideError) return error.code;
    throw error;
  }
}

describe('the id of a finding', () => {
  it('stays when lines and offsets move', () => {
    const at = (line: number) =>
      one({
        place: { file: 'fs/a.c', symbol: 'f', line, offset: line },
        reason: `at fs/a.c:${line} f+0x${line}`,
      });
    assert.equal(at(10).id, at(99).id);
    assert.match(at(10).id, /^[0-9a-f]{12}$/);
  });
  it('does not depend on the words of the remedy', () => {
    assert.equal(one().id, one({ remedy: 'another' }).id);
  });
  const others: [string, Partial<Finding>][] = [
    ['code', { code: 'EXAMINE_MAY_SLEEP' }],
    ['file', { place: { file: 'fs/b.c', symbol: 'f' } }],
    ['function', { place: { file: 'fs/a.c', symbol: 'g' } }],
    ['evidence', { reason: 'mutex_lock (1 before, 3 after)' }],
  ];
  for (const [what, changes] of others) {
    it(`is another when the ${what} is another`, () => {
      assert.notEqual(one(changes).id, one().id);
    });
  }
  it('tells findings apart that say the same', () => {
    const [a, b] = nameFindings([found(), found({ verdict: 'ok' })]);
    assert.notEqual(a?.id, b?.id);
    assert.equal(a?.id, one().id);
  });
});

describe('what an answer is bound to', () => {
  it('is all that the finding says of the patch', () => {
    const digests = [
      found(),
      found({ place: { file: 'fs/a.c', symbol: 'f', line: 1 } }),
      found({ verdict: 'ok' }),
      found({ reason: 'x' }),
    ].map(findingDigest);
    assert.equal(new Set(digests).size, digests.length);
    assert.equal(findingDigest(found({ remedy: 'another' })), findingDigest(found()));
  });
  it('is the kernel, and the patches up to the last', () => {
    const [a, b] = [Buffer.from('a'), Buffer.from('b')];
    const [first, second] = patchesDigests(KERNEL, [a, b]);
    assert.equal(patchesDigests(KERNEL, [a])[0], first);
    const others = [
      second,
      patchesDigests(KERNEL, [b, a])[1],
      patchesDigests(KERNEL, [Buffer.from('ab')])[0],
      patchesDigests({ ...KERNEL, buildId: 'ab'.repeat(20) }, [a])[0],
      patchesDigests({ ...KERNEL, release: '6.1.0-51-amd64' }, [a])[0],
    ];
    assert.equal(new Set([first, ...others]).size, 6);
  });
});

const ANSWER: Answer = {
  id: one().id,
  code: 'EXAMINE_LOCKS_CHANGED',
  kernel: KERNEL.release,
  patches: 'ab'.repeat(32),
  finding: 'cd'.repeat(32),
  name: 'A Maker',
  reason: 'the lock is taken last',
  date: '2026-11-23',
};
const print = (answers: readonly object[]): string => JSON.stringify({ schema: 1, answers });

describe('a file with answers', () => {
  it('lies beside the patch', () => {
    assert.equal(reviewFileOf('fixes/a.patch'), 'fixes/a.patch.review.json');
  });
  it('reads back as what was written, in one order', () => {
    const other = { ...ANSWER, id: '0'.repeat(12) };
    const [ab, ba] = [printReview([ANSWER], other, 'f'), printReview([other], ANSWER, 'f')];
    assert.equal(ab, ba);
    assert.deepEqual(
      parseReview(Buffer.from(ab), 'f'),
      [ANSWER, other].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    );
  });
  it('has one answer to a finding for a kernel', () => {
    const elsewhere = { ...ANSWER, kernel: '6.12.1-amd64' };
    const again = { ...ANSWER, reason: 'looked again' };
    const read = parseReview(Buffer.from(printReview([ANSWER, elsewhere], again, 'f')), 'f');
    assert.deepEqual(read, [again, elsewhere]);
  });

  const wrong: [string, string | Uint8Array][] = [
    ['no JSON', '{'],
    ['no UTF-8', Buffer.from([0xff])],
    ['another schema', print([]).replace('1', '2')],
    ['a key that is not known', print([{ ...ANSWER, revoked: true }])],
    ['a key that is missing', print([{ ...ANSWER, patches: undefined }])],
    ['an id that is none', print([{ ...ANSWER, id: 'first' }])],
    ['a code that is none', print([{ ...ANSWER, code: 'everything' }])],
    ['a digest that is none', print([{ ...ANSWER, patches: '*' }])],
    ['a day that is none', print([{ ...ANSWER, date: '2026-02-30' }])],
    ['no reason', print([{ ...ANSWER, reason: ' ' }])],
    ['a reason of several lines', print([{ ...ANSWER, reason: 'a\nb' }])],
    ['a reason that turns the line around', print([{ ...ANSWER, reason: 'a\u202eb' }])],
    ['a reason that is a book', print([{ ...ANSWER, reason: 'x'.repeat(4097) }])],
    ['a name that is a story', print([{ ...ANSWER, name: 'x'.repeat(201) }])],
    ['an escape in a name', print([{ ...ANSWER, name: 'a\u001b[2J' }])],
    ['two answers to one finding', print([ANSWER, { ...ANSWER, reason: 'other' }])],
    [
      'too many answers',
      print(
        Array.from({ length: MAX_ANSWERS + 1 }, (_, n) => ({
          ...ANSWER,
          id: n.toString(16).padStart(12, '0'),
        })),
      ),
    ],
    ['too many bytes', Buffer.alloc(MAX_REVIEW_BYTES + 1, ' ')],
  ];
  for (const [what, text] of wrong) {
    it(`with ${what} is refused`, async () => {
      const bytes = typeof text === 'string' ? Buffer.from(text) : text;
      assert.equal(await code(() => parseReview(bytes, 'f')), 'REVIEW_FILE_INVALID');
    });
  }
  it('of any bytes is read or refused, never more', async () => {
    const words = fc.array(fc.constantFrom(...print([ANSWER]).split(/\b/), '{', '[', '\u0000'));
    await fc.assert(
      fc.asyncProperty(words, async (parts) => {
        const given = await code(() => parseReview(Buffer.from(parts.join('')), 'f'));
        assert.ok(given === undefined || given === 'REVIEW_FILE_INVALID');
      }),
      { numRuns: 200 },
    );
  });
  it('takes no more answers than it may have', async () => {
    const full = Array.from({ length: MAX_ANSWERS }, (_, n) => ({
      ...ANSWER,
      id: n.toString(16).padStart(12, '0'),
    }));
    assert.equal(
      await code(() => printReview(full, { ...ANSWER, id: 'f'.repeat(12) }, 'f')),
      'REVIEW_FILE_INVALID',
    );
  });
});

describe('words of a person', () => {
  for (const words of ['', '  ', 'a\nb', 'a\u0000', 'x'.repeat(5000)]) {
    it(`are refused when they are ${JSON.stringify(words.slice(0, 10))}`, async () => {
      assert.equal(await code(() => requireWords('reason', words)), 'REVIEW_BAD_WORDS');
    });
  }
  it('are kept as they are, in any script', () => {
    assert.equal(requireWords('name', ' Ünal 李 \u200cمی '), 'Ünal 李 \u200cمی');
  });
});

/** The patches of a list; each changes the file of its name. */
function patchesOf(names: readonly string[], answers: Readonly<Record<string, readonly Answer[]>> = {}) {
  const digests = patchesDigests(
    KERNEL,
    names.map((name) => Buffer.from(name)),
  );
  return names.map(
    (name, index): ReviewedPatch => ({
      file: `${name}.review.json`,
      answers: answers[name] ?? [],
      digest: digests[index] ?? '',
      changes: () => new Set([`fs/${name}.c`]),
    }),
  );
}

/** An answer to a finding of the first patches of a list. */
function answerTo(finding: NamedFinding, names: readonly string[]): Answer {
  const patches = patchesOf(names).at(-1)?.digest ?? '';
  return { ...ANSWER, id: finding.id, code: finding.code, patches, finding: findingDigest(finding) };
}

function compiledFrom(
  changed: readonly string[],
  units: Readonly<Record<string, readonly string[]>>,
): CompiledFrom {
  return {
    changed: new Set(changed),
    units: new Map(Object.entries(units).map(([source, read]) => [source, new Set(read)])),
  };
}

describe('an answer', () => {
  const finding = one();
  const judged = (
    names: readonly string[],
    answers: Readonly<Record<string, readonly Answer[]>>,
    from?: CompiledFrom,
    now: readonly NamedFinding[] = [finding],
  ) =>
    judge({ kernel: KERNEL.release, patches: patchesOf(names, answers), findings: now, compiledFrom: from });

  it('counts for the patches and the finding that it was given for', () => {
    const { judged: all, gone } = judged(['a'], { a: [answerTo(finding, ['a'])] });
    const { name, reason, date } = ANSWER;
    assert.deepEqual(
      all.map(({ signedOff }) => signedOff),
      [{ name, reason, date }],
    );
    assert.deepEqual(gone, []);
  });
  it('is asked for review findings alone', () => {
    const { judged: all } = judged(['a'], {}, undefined, [one({ verdict: 'ok' }), finding]);
    assert.equal(all.length, 1);
  });

  const lapses: [string, Answer, string | undefined][] = [
    ['other patches', answerTo(finding, ['b']), 'patches'],
    ['another finding of that id', { ...answerTo(finding, ['a']), finding: '00'.repeat(32) }, 'finding'],
    ['another kernel', { ...answerTo(finding, ['a']), kernel: '6.12.1-amd64' }, undefined],
    ['another id', { ...answerTo(finding, ['a']), id: '0'.repeat(12) }, undefined],
  ];
  for (const [what, answer, why] of lapses) {
    it(`does not count for ${what}`, () => {
      const [first] = judged(['a'], { a: [answer] }).judged;
      assert.equal(first?.signedOff, undefined);
      assert.equal(first?.lapsed?.why, why);
    });
  }
  it('is told of when there is no such finding any more', () => {
    const { gone } = judged(['a'], { a: [answerTo(finding, ['a'])] }, undefined, []);
    assert.deepEqual(
      gone.map(({ why }) => why),
      ['gone'],
    );
  });

  const READS = { 'fs/a.c': ['fs/a.c'] };
  const beside = { a: [answerTo(finding, ['a'])] };
  it('beside an earlier patch counts when later ones have nothing to do with the unit', () => {
    const from = compiledFrom(['fs/a.c', 'fs/b.c'], READS);
    assert.equal(openFindings(judged(['a', 'b'], beside, from)).length, 0);
  });
  const carries: [string, CompiledFrom | undefined][] = [
    [
      'a later one changes what the unit reads',
      compiledFrom(['fs/a.c', 'fs/b.c'], { 'fs/a.c': ['fs/a.c', 'fs/b.c'] }),
    ],
    ['a later one takes a change back', compiledFrom(['fs/a.c'], READS)],
    ['the unit was not compiled', compiledFrom(['fs/a.c', 'fs/b.c'], {})],
    ['it is not known what was compiled', undefined],
  ];
  for (const [what, from] of carries) {
    it(`beside an earlier patch does not count when ${what}`, () => {
      const [first] = openFindings(judged(['a', 'b'], beside, from));
      assert.equal(first?.lapsed?.why, 'later-patch');
    });
  }
  it('beside an earlier patch does not count when that list was another', () => {
    const from = compiledFrom(['fs/a.c', 'fs/b.c', 'fs/z.c'], READS);
    const [first] = openFindings(judged(['z', 'a', 'b'], beside, from));
    assert.equal(first?.lapsed?.why, 'patches');
  });
});

/** A made update with these findings. */
function madeWith(findings: readonly Finding[]): Made {
  const named = nameFindings(findings);
  const update = madeUpdate();
  const outcome: Made['outcome'] = { verdict: 'made', findings: named, notes: [], update: undefined };
  const said = named.flatMap(({ verdict, place, ...finding }) =>
    verdict === 'refuse' ? [] : [{ ...finding, verdict, place: { ...place } }],
  );
  const description = { ...update.description, findings: said };
  return { outcome, update: { ...update, description } };
}

describe('an update', () => {
  const STRICT = { unreviewed: undefined, command: 'uptide review a.patch' };
  const signed = { name: 'A Maker', reason: 'good', date: '2026-11-23' };

  it('is refused while a finding is open, with its id and the next step', () => {
    const { outcome, update } = admit(madeWith([found(), found({ verdict: 'ok' })]), UNJUDGED, STRICT);
    assert.equal(update, undefined);
    assert.equal(outcome.verdict, 'refused');
    const refusal = outcome.findings.at(-1);
    assert.equal(refusal?.code, 'REVIEW_OPEN');
    assert.ok(refusal.reason.includes(one().id));
    assert.ok(refusal.remedy.startsWith(STRICT.command));
    assert.equal(CATALOGUE.REVIEW_OPEN.exit, 'refused');
  });
  it('carries who signed off', () => {
    const judgement = { judged: [{ finding: one(), signedOff: signed, lapsed: undefined }], gone: [] };
    const { update } = admit(madeWith([found()]), judgement, STRICT);
    assert.deepEqual(update?.description.findings[0]?.signedOff, signed);
    assert.equal(update.description.unreviewed, undefined);
  });
  it('carries the words that let findings go unjudged, and the sign-offs that are there', () => {
    const judgement = { judged: [{ finding: one(), signedOff: signed, lapsed: undefined }], gone: [] };
    const both = madeWith([found(), found({ reason: 'other' })]);
    const { update } = admit(both, judgement, { ...STRICT, unreviewed: 'in a hurry' });
    assert.deepEqual(update?.description.unreviewed, { reason: 'in a hurry' });
    assert.deepEqual(
      update.description.findings.map(({ signedOff }) => signedOff),
      [signed, undefined],
    );
  });
  it('does not carry words that it does not need', () => {
    const { update } = admit(madeWith([found({ verdict: 'ok' })]), UNJUDGED, {
      ...STRICT,
      unreviewed: 'why',
    });
    assert.equal(update?.description.unreviewed, undefined);
  });
});

/** A review in memory: the answers by file, and what was said. */
class Review implements ReviewTools {
  readonly kernel = KERNEL.release;
  readonly today = '2026-11-23';
  readonly saved: Record<string, readonly Answer[]> = {};
  readonly printed: string[] = [];
  readonly #names: readonly string[];
  readonly #replies: string[];

  constructor(names: readonly string[], replies: readonly string[] = []) {
    this.#names = names;
    this.#replies = [...replies];
  }

  readonly read = async (): Promise<readonly ReviewedPatch[]> =>
    patchesOf(
      this.#names,
      Object.fromEntries(this.#names.map((name) => [name, this.saved[`${name}.review.json`] ?? []])),
    );
  readonly save = async (file: string, answer: Answer): Promise<void> => {
    this.saved[file] = parseReview(Buffer.from(printReview(this.saved[file] ?? [], answer, file)), file);
  };
  readonly name = async (): Promise<string> => 'A Maker';
  readonly ask = async (): Promise<string | undefined> => this.#replies.shift();
  readonly print = (text: string): void => {
    this.printed.push(text);
  };
}

/** A patch that changes `f` in the file of that name. */
function patchText(name: string): string {
  return `--- a/fs/${name}.c\n+++ b/fs/${name}.c\n@@ -10,2 +10,2 @@ static int f(void)\n \ta();\n-\tb();\n+\tc${name}();\n`;
}

/** Lists of one patch, of two and so on, with the findings of the longest in all of them. */
function listsOf(names: readonly string[], findings: readonly NamedFinding[]): ExaminedList[] {
  return names.map((_, index) => ({
    level: { level: index + 1, id: names[index] ?? '' },
    patches: names.slice(0, index + 1).map((path) => ({ path, bytes: Buffer.from(patchText(path)) })),
    findings,
    compiledFrom: compiledFrom(
      names.map((name) => `fs/${name}.c`),
      { 'fs/a.c': ['fs/a.c'], 'fs/b.c': ['fs/b.c'] },
    ),
  }));
}

describe('a walk through open findings', () => {
  const findings = nameFindings([found(), found({ place: { file: 'fs/b.c', symbol: 'g' } })]);

  it('keeps each answer as it is given', async () => {
    const review = new Review(['a'], ['what?', 'a', '', 'accept', 'it is ok', 'q']);
    await walk(listsOf(['a'], findings), review, review);
    const [answer, ...more] = review.saved['a.review.json'] ?? [];
    assert.deepEqual(more, []);
    assert.deepEqual([answer?.id, answer?.reason, answer?.name], [findings[0]?.id, 'it is ok', 'A Maker']);
  });
  it('shows the lines of the patch that a finding comes from', async () => {
    const review = new Review(['a', 'b'], ['p', 's', 'patch']);
    const [, list] = listsOf(['a', 'b'], findings);
    assert.ok(list);
    await walk([list], review, review);
    const printed = review.printed.join('\n');
    assert.match(printed, /^ {2}patch: a:3$/m);
    assert.match(
      printed,
      /^a:3: fs\/a\.c\n@@ -10,2 \+10,2 @@ static int f\(void\)\n \ta\(\);\n-\tb\(\);\n\+\tca\(\);$/m,
    );
    assert.match(printed, /^b:3: fs\/b\.c$/m);
  });
  it('skips what it is told to', async () => {
    const review = new Review(['a'], ['s', 'a', 'good']);
    await walk(listsOf(['a'], findings), review, review);
    assert.deepEqual(
      review.saved['a.review.json']?.map(({ id }) => id),
      [findings[1]?.id],
    );
  });
  it('does not ask again at a higher level that has nothing to do with it', async () => {
    const review = new Review(['a', 'z'], ['a', 'one', 'a', 'two']);
    await walk(listsOf(['a', 'z'], findings), review, review);
    assert.deepEqual(Object.keys(review.saved), ['a.review.json']);
    assert.equal(await review.ask(), undefined);
  });
  it('asks again at a level that changes the file', async () => {
    const review = new Review(['a', 'b'], ['a', 'one', 'a', 'two', 'a', 'three']);
    await walk(listsOf(['a', 'b'], findings), review, review);
    assert.deepEqual(
      review.saved['b.review.json']?.map(({ id, reason }) => [id, reason]),
      [[findings[1]?.id, 'three']],
    );
  });
  it('ends when nobody answers', async () => {
    const review = new Review(['a']);
    assert.equal(await code(() => walk(listsOf(['a'], findings), review, review)), 'REVIEW_NO_TERMINAL');
    assert.deepEqual(review.saved, {});
  });
  it('says which answers lapsed, and why', async () => {
    const review = new Review(['a'], ['q']);
    const [first] = findings;
    assert.ok(first);
    review.saved['a.review.json'] = [answerTo(first, ['b'])];
    await walk(listsOf(['a'], findings), review, review);
    assert.match(review.printed.join('\n'), /patches or the kernel changed.*the lock is taken last/);
  });
});

describe('the lines of patches that a finding comes from', () => {
  const lines = (file: string, context: string, body: string): string =>
    `--- a/${file}\n+++ b/${file}\n@@ -1 +1,2 @@ ${context}\n \tx\n${body}\n`;
  const patches = [
    { path: 'one', bytes: Buffer.from(lines('fs/a.c', 'int f(void)', '+\tone')) },
    { path: 'two', bytes: Buffer.from(lines('fs/a.c', 'int g(void)', '+\ttwo')) },
    { path: 'three', bytes: Buffer.from(lines('fs/a.h', 'static inline int h(void)', '+\tthree')) },
  ];
  const cases: [string, Place, string[]][] = [
    ['those of its function', { file: 'fs/a.c', symbol: 'g' }, ['two']],
    [
      'those of its function, of which the compiler took a part out',
      { file: 'fs/a.c', symbol: 'f.part.0' },
      ['one'],
    ],
    ['all of its file when no hunk names the function', { file: 'fs/a.c', symbol: 'x' }, ['one', 'two']],
    ['those of a header that names the function', { file: 'fs/b.c', symbol: 'h' }, ['three']],
    ['none when no patch names its file', { file: 'fs/b.c', symbol: 'f2' }, []],
    ['none when it has no place', {}, []],
  ];
  for (const [what, place, paths] of cases) {
    it(`are ${what}`, () => {
      assert.deepEqual(
        hunksAt(place, hunksIn(patches)).map(({ path }) => path),
        paths,
      );
    });
  }
  it('are told to be none', () => {
    assert.match(describeHunks([]), /no patch names this place/);
  });
  it('are cut off when they are many', () => {
    const body = Array.from({ length: MAX_SHOWN_LINES }, () => '+x').join('\n');
    const patch = `--- a/fs/a.c\n+++ b/fs/a.c\n@@ -1 +1,${MAX_SHOWN_LINES + 1} @@ int f(void)\n x\n${body}\n`;
    const text = describeHunks(hunksIn([{ path: 'a', bytes: Buffer.from(patch) }]));
    assert.equal(text.split('\n').length, MAX_SHOWN_LINES + 1);
    assert.match(text, /\n3 further lines are in the patch$/);
  });
  it('cannot speak to the terminal', () => {
    const patch = lines('fs/a.c', 'int f(void)', '+\u001b[31m');
    const text = describeHunks(hunksIn([{ path: 'a', bytes: Buffer.from(patch) }]));
    assert.ok(!text.includes('\u001b'));
  });
});

describe('accepting by id', () => {
  const findings = nameFindings([found(), found({ place: { file: 'fs/b.c', symbol: 'g' } })]);
  const ids = findings.map(({ id }) => id);

  it('answers all that are named', async () => {
    const review = new Review(['a']);
    await accept(listsOf(['a'], findings), ids, 'good', review);
    assert.equal(review.saved['a.review.json']?.length, 2);
  });
  it('keeps nothing when one is not open', async () => {
    const review = new Review(['a']);
    const work = () => accept(listsOf(['a'], findings), [...ids, '0'.repeat(12)], 'good', review);
    assert.equal(await code(work), 'REVIEW_UNKNOWN_FINDING');
    assert.deepEqual(review.saved, {});
  });
  it('takes no empty reason', async () => {
    const review = new Review(['a']);
    assert.equal(await code(() => accept(listsOf(['a'], findings), ids, ' ', review)), 'REVIEW_BAD_WORDS');
  });
});

describe('lists of findings', () => {
  it('are told to people and to programs', async () => {
    const review = new Review(['a']);
    const lists = listsOf(['a'], nameFindings([found(), found({ reason: 'more' })]));
    await accept(lists, [one().id], 'good', review);
    const patches = await review.read();
    const judged = lists.map((list) => judgeList(KERNEL.release, list, patches));
    const text = describeLists(judged);
    assert.match(text, /^level 1 \(a\): 1 open, 1 signed off$/m);
    const said = JSON.parse(JSON.stringify(listsToJson(KERNEL.release, judged)));
    assert.equal(said.schema, 1);
    assert.deepEqual(
      said.lists[0].findings.map((each: { signedOff?: object }) => each.signedOff !== undefined),
      [true, false],
    );
    assert.deepEqual(said.lists[0].findings[0].origins, [{ patch: 'a', line: 3 }]);
  });
});
