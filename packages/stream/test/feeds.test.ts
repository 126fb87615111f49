// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cvesSchema, type IndexedLevel, StreamError } from '@uptide/stream';
import fc from 'fast-check';
import { cvesFile } from '../src/feeds/cves.ts';
import { kernelFeeds } from '../src/feeds/feeds.ts';
import { type CveNote, judgeNotes, MAX_NOTES, readNotes } from '../src/feeds/notes.ts';
import { osvRecords } from '../src/feeds/osv.ts';
import { imagePackage, kernelPurl } from '../src/feeds/package-url.ts';
import { vexDocument } from '../src/feeds/vex.ts';
import { failedCsafTests } from './support/csaf.ts';
import { sampleIndex, sampleInput, sampleLevel } from './support/kernel-index.ts';
import { osvSchema } from './support/osv.ts';
import { sampleDescription } from './support/sample.ts';

const [A, B, C, D] = ['CVE-2024-0001', 'CVE-2024-0002', 'CVE-2024-0003', 'CVE-2024-0004'] as const;
const withdrawn = { reason: 'it locks up', date: '2024-03-20T00:00:00Z' };

function note(cve: string, status: CveNote['status'], changes: Partial<CveNote> = {}): CveNote {
  const reason = status === 'pending' ? {} : { reason: 'because' };
  return { cve, status, date: '2024-03-05', ...reason, ...changes };
}

const statuses = (levels: IndexedLevel[], notes: CveNote[] = []) => cvesFile(sampleInput(levels, notes)).cves;

describe('cves.json', () => {
  it('says since which level a CVE is fixed', () => {
    const cves = statuses([sampleLevel(1, [A]), sampleLevel(2, [A, B])]);
    assert.equal(cves[A]?.since, 1);
    assert.equal(cves[B]?.since, 2);
    assert.equal(cves[B]?.severity, 'high');
  });
  it('does not count a withdrawn level', () => {
    assert.equal(statuses([sampleLevel(1, [A], { withdrawn }), sampleLevel(2, [A, B])])[A]?.since, 2);
  });
  it('says pending of what only a withdrawn level fixed', () => {
    assert.equal(
      statuses([sampleLevel(1, [A]), sampleLevel(2, [A, B], { withdrawn })])[B]?.status,
      'pending',
    );
  });
  it('says pending of what the newest level lost', () => {
    assert.equal(statuses([sampleLevel(1, [A]), sampleLevel(2, [B])])[A]?.status, 'pending');
  });
  it('counts from the last gap on', () => {
    const levels = [sampleLevel(1, [A, B]), sampleLevel(2, [B]), sampleLevel(3, [A, B])];
    assert.equal(statuses(levels)[A]?.since, 3);
  });
  it('takes the last note of a CVE', () => {
    const notes = [note(C, 'pending'), note(C, 'not-patchable', { date: '2024-03-06' })];
    assert.equal(statuses([sampleLevel(1, [A])], notes)[C]?.status, 'not-patchable');
  });
  it('does not believe a note of a level when that and all above are withdrawn', () => {
    const levels = [sampleLevel(1, [A]), sampleLevel(2, [A], { withdrawn })];
    assert.equal(statuses(levels, [note(C, 'fixed', { since: 2 })])[C]?.status, 'pending');
    assert.equal(statuses(levels, [note(C, 'fixed', { since: 1 })])[C]?.status, 'fixed');
    const input = sampleInput(levels, [note(C, 'fixed', { since: 2 }), note(D, 'mitigated', { since: 2 })]);
    assert.deepEqual(failedCsafTests(vexDocument(input)), []);
  });
  it('is dated by the last thing that was said', () => {
    const { date } = cvesFile(
      sampleInput([sampleLevel(1, [A])], [note(C, 'pending', { date: '2024-05-01' })]),
    );
    assert.equal(date, '2024-05-01T00:00:00Z');
  });
  it('keeps its schema for any levels', () => {
    fc.assert(
      fc.property(anyLevels, (levels) => cvesSchema.safeParse(cvesFile(sampleInput(levels))).success),
    );
  });
});

describe('notes', () => {
  const refused = (value: unknown) =>
    assert.throws(
      () => readNotes(value, 'cves.yaml'),
      (error) => error instanceof StreamError && error.code === 'STREAM_NOTES_INVALID',
    );
  const file = (...notes: unknown[]) => ({ schema: 1, kernel: '6.1.0-50-amd64', notes });

  it('are read', () => {
    assert.equal(readNotes(file(note(A, 'pending')), 'cves.yaml').notes.length, 1);
  });
  it('refuse what is no list of notes', () => {
    for (const value of [undefined, null, [], 'notes', { schema: 2 }, file({})]) refused(value);
  });
  it('refuse a key that nobody knows', () => refused(file({ ...note(A, 'pending'), sevrity: 'high' })));
  it('refuse a level where none belongs', () => refused(file(note(A, 'pending', { since: 1 }))));
  it('refuse a mitigation without its level', () => refused(file(note(A, 'mitigated'))));
  it('refuse a refusal without a reason', () => {
    refused(file({ cve: A, status: 'not-patchable', date: '2024-03-05' }));
  });
  it('refuse a reference that is no web address', () => {
    refused(file(note(A, 'pending', { reference: 'javascript:alert(1)' })));
  });
  it('refuse notes out of the order of time', () => {
    refused(file(note(A, 'pending'), note(B, 'pending', { date: '2024-03-04' })));
  });
  it('refuse more notes than a kernel has', () => {
    refused(file(...Array.from({ length: MAX_NOTES + 1 }, () => note(A, 'pending'))));
  });
});

describe('judgeNotes', () => {
  const index = sampleIndex([sampleLevel(1, [A]), sampleLevel(2, [A, B], { withdrawn })]);
  const codes = (...notes: CveNote[]) => judgeNotes(index, notes).map(({ code }) => code);

  it('lets notes pass that agree', () => {
    assert.deepEqual(
      codes(note(A, 'fixed', { since: 1 }), note(C, 'pending'), note(D, 'mitigated', { since: 1 })),
      [],
    );
  });
  it('refuses pending for a CVE that a level fixed before', () => {
    assert.deepEqual(codes(note(A, 'pending')), ['STREAM_NOTE_CONTRADICTS']);
  });
  it('lets a level overtake what was noted before it, except that there was no fault', () => {
    const date = '2024-03-01';
    assert.deepEqual(codes(note(A, 'pending', { date })), []);
    assert.deepEqual(codes(note(A, 'not-affected', { date })), ['STREAM_NOTE_CONTRADICTS']);
  });
  it('refuses another first level than the levels have', () => {
    assert.deepEqual(codes(note(A, 'fixed', { since: 2 })), ['STREAM_NOTE_CONTRADICTS']);
  });
  it('refuses a level that was withdrawn or never was', () => {
    assert.deepEqual(codes(note(C, 'fixed', { since: 2 }), note(D, 'mitigated', { since: 9 })).length, 2);
  });
  it('judges the last note of a CVE alone', () => {
    assert.deepEqual(codes(note(A, 'pending'), note(A, 'fixed', { since: 1 })), []);
  });
});

describe('OSV records', () => {
  const ids = (levels: IndexedLevel[], notes: CveNote[] = []) =>
    osvRecords(sampleInput(levels, notes)).map(({ id }) =>
      id.replace('x_UPTIDE-debian-12-6.1.0-50-amd64-', ''),
    );

  it('keep the rules of the schema, for any levels', () => {
    fc.assert(
      fc.property(anyLevels, (levels) => {
        for (const { id, record } of osvRecords(sampleInput(levels)))
          assert.equal(osvSchema.parse(record).id, id);
      }),
    );
  });
  it('are one a fix, and a later level changes none of them', () => {
    const levels = [sampleLevel(1, [A]), sampleLevel(2, [A, B, C])];
    assert.deepEqual(ids(levels), ['c0ffeec0-1.1', 'c0ffeec0-2.1', 'c0ffeec0-2.2']);
    const before = osvRecords(sampleInput(levels));
    const after = osvRecords(sampleInput([...levels, sampleLevel(3, [A, B, C, D])]));
    assert.deepEqual(after.slice(0, 3), before);
  });
  it('tell CVEs that no fix names', () => {
    assert.deepEqual(ids([sampleLevel(1, [A], { fixes: [] })]), ['c0ffeec0-1.1']);
  });
  it('tell a CVE that got its number later', () => {
    assert.deepEqual(ids([sampleLevel(1, [A])], [note(B, 'fixed', { since: 1 })]), [
      'c0ffeec0-1.1',
      `c0ffeec0-1.${B}`,
    ]);
  });
  it('are withdrawn with their level', () => {
    const [one] = osvRecords(sampleInput([sampleLevel(1, [A], { withdrawn })]));
    assert.equal(osvSchema.parse(one?.record).withdrawn, withdrawn.date);
  });
  it('put an advisory that is no address into the text', () => {
    const level = sampleLevel(1, [A]);
    const fixes = level.fixes.map((fix) => ({ ...fix, advisory: 'DSA 1234' }));
    const record = osvSchema.parse(osvRecords(sampleInput([{ ...level, fixes }]))[0]?.record);
    assert.equal(record.references, undefined);
    assert.match(record.details, /DSA 1234/);
  });
  it('are not made for a distribution that OSV has no word for', () => {
    const input = sampleInput([sampleLevel(1, [A])]);
    assert.deepEqual(osvRecords({ ...input, index: { ...input.index, distribution: 'fleet-1' } }), []);
  });
});

describe('the package of a kernel', () => {
  const source = { package: 'linux-source-6.1', version: '6.1.176-1', baseline: 'ab'.repeat(32) };
  const named = (...names: string[]) =>
    sampleDescription({
      source: {
        ...source,
        packages: names.map((name) => ({ name, version: '6.1.176-1', sha256: source.baseline })),
      },
    });

  it('is the one with the image among those that an update was made from', () => {
    const description = named(
      'linux-headers-6.1.0-50-amd64',
      'linux-image-6.1.0-50-amd64',
      'linux-source-6.1',
    );
    assert.deepEqual(imagePackage(description), { name: 'linux-image-6.1.0-50-amd64', version: '6.1.176-1' });
  });
  it('is not made up', () => assert.equal(imagePackage(named('linux-headers-6.1.0-50-amd64')), undefined));
});

describe('the package URL of a kernel', () => {
  it('encodes the version', () => {
    const url = kernelPurl('debian-12', { name: 'linux-image-x', version: '1:6.1+b~1' });
    assert.equal(url, 'pkg:deb/debian/linux-image-x@1%3A6.1%2Bb~1?arch=amd64');
  });
  it('is generic where the distribution is not known', () => {
    assert.equal(kernelPurl('fleet-1', { name: 'kernel', version: '6' }), 'pkg:generic/kernel@6');
  });
});

describe('the VEX document', () => {
  const everyStatus = sampleInput(
    [sampleLevel(1, [A]), sampleLevel(2, [A, B], { withdrawn }), sampleLevel(3, [A, B])],
    [
      note(C, 'mitigated', { since: 3, severity: 'low', reference: 'https://example.org/c' }),
      note(D, 'not-patchable'),
      note('CVE-2024-0005', 'not-affected'),
      note('CVE-2024-0006', 'pending'),
      note('CVE-2024-0007', 'fixed', { since: 3 }),
    ],
  );

  it('passes the mandatory tests with every status', () => {
    assert.deepEqual(failedCsafTests(vexDocument(everyStatus)), []);
  });
  it('passes them without any level', () => {
    assert.deepEqual(failedCsafTests(vexDocument(sampleInput([], [note(A, 'pending')]))), []);
  });
  it('passes them for any levels', () => {
    fc.assert(
      fc.property(anyLevels, (levels) => {
        const document = vexDocument(sampleInput(levels));
        if (document !== undefined) assert.deepEqual(failedCsafTests(document), []);
      }),
    );
  });
  it('is not made when there is no CVE', () => {
    assert.equal(vexDocument(sampleInput([sampleLevel(1, [])])), undefined);
  });
  it('says fixed of a level on the kernel, never of the kernel', () => {
    assert.partialDeepStrictEqual(vexDocument(everyStatus), {
      vulnerabilities: [
        {
          cve: A,
          product_status: { known_affected: ['kernel'], fixed: ['kernel-with-levels-from-1'] },
        },
        {
          cve: B,
          product_status: {
            known_affected: ['kernel', 'kernel-with-levels-below-3'],
            fixed: ['kernel-with-levels-from-3'],
          },
        },
      ],
    });
  });
  it('is not made without the address of the publisher, or without the package', () => {
    const input = sampleInput([sampleLevel(1, [A])]);
    assert.equal(vexDocument({ ...input, publisher: { name: 'Example Kernels' } }), undefined);
    const { package: _package, ...index } = input.index;
    assert.equal(vexDocument({ ...input, index }), undefined);
    assert.deepEqual(osvRecords({ ...input, index }), []);
  });
  it('leaves withdrawn levels out of its ranges', () => {
    const text = JSON.stringify(vexDocument(everyStatus));
    for (const range of ['vers:intdot/>=1|!=2', 'vers:intdot/!=2|<3', 'vers:intdot/>=3']) {
      assert.ok(text.includes(`"${range}"`), range);
    }
  });
  it('has a revision for each moment at which something was said', () => {
    assert.partialDeepStrictEqual(vexDocument(everyStatus), {
      document: { tracking: { version: '5', current_release_date: withdrawn.date } },
    });
  });
});

describe('the check of VEX documents', () => {
  const good = JSON.stringify(vexDocument(sampleInput([sampleLevel(1, [A])], [note(B, 'not-affected')])));
  const fails = (from: string | RegExp, to: string, code: string) => {
    const bad = good.replace(from, to);
    assert.notEqual(bad, good);
    const failed = failedCsafTests(JSON.parse(bad));
    assert.ok(
      failed.some((one) => one.startsWith(code)),
      `${failed.join('\n')} is not ${code}`,
    );
  };

  it('sees an id that is not defined', () =>
    fails('"known_affected":["kernel"', '"known_affected":["other"', '6.1.1'));
  it('sees an id that is defined twice', () => {
    fails('"product_id":"kernel-with-levels-from-1"', '"product_id":"kernel"', '6.1.2');
  });
  it('sees two statuses of one product', () => {
    fails('"fixed":["kernel-with-levels-from-1"]', '"fixed":["kernel","kernel-with-levels-from-1"]', '6.1.6');
  });
  it('sees a gap in the history', () => fails('"number":"1"', '"number":"3"', '6.1.21'));
  it('sees a version that the history does not have', () =>
    fails('"version":"2"', '"version":"7"', '6.1.16'));
  it('sees a CVE twice', () => fails(`"cve":"${B}"`, `"cve":"${A}"`, '6.1.23'));
  it('sees a missing impact statement', () =>
    fails('"category":"impact"', '"category":"target_set"', '6.1.27.9'));
  it('sees a missing action statement', () => {
    fails('"product_ids":["kernel"]', '"product_ids":["levels"]', '6.1.27.10');
  });
  it('sees an unknown field', () => fails('"lang":"en"', '"lang":"en","scores":[]', 'schema'));
});

describe('kernelFeeds', () => {
  it('makes the same files twice, below the folder of the kernel', () => {
    const input = sampleInput([sampleLevel(1, [A]), sampleLevel(2, [A, B])], [note(C, 'pending')]);
    const files = kernelFeeds(input);
    assert.deepEqual(files, kernelFeeds(structuredClone(input)));
    const folder = `debian-12/6.1.0-50-amd64/${input.index.kernel.buildId}/`;
    assert.deepEqual(
      files.map(({ path }) => path.replace(folder, '')),
      [
        'cves.json',
        'x_UPTIDE-debian-12-6.1.0-50-amd64-c0ffeec0-1.1.json',
        'x_UPTIDE-debian-12-6.1.0-50-amd64-c0ffeec0-2.1.json',
        'vex.json',
      ],
    );
  });
});

const anyLevels = fc
  .array(fc.tuple(fc.uniqueArray(fc.constantFrom(A, B, C, D)), fc.boolean(), fc.boolean()), { maxLength: 8 })
  .map((levels) =>
    levels.map(([cves, gone, unnamed], at) =>
      sampleLevel(at + 1, cves, { ...(gone ? { withdrawn } : {}), ...(unnamed ? { fixes: [] } : {}) }),
    ),
  );
