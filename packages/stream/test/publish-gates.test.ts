// SPDX-License-Identifier: GPL-2.0-or-later
/** What is not published: everything that speaks against an update is told at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileDigest } from '@uptide/base';
import { indexPath, indexSchema, type Update } from '@uptide/stream';
import { changeIndices } from '../src/publish/index-change.ts';
import { readIndex } from '../src/publish/kernel-state.ts';
import { withRepository } from '../src/publish/repository.ts';
import { coverUntil, endKernel, type IndexChange, withdrawLevel } from '../src/repository/index-change.ts';
import { QUICK_DISK } from './support/crashing-disk.ts';
import { fakeFile, fakeLevel, KERNEL, PUBLISHED_AT, publishedStream, SERIES } from './support/published.ts';
import { sampleDescription } from './support/sample.ts';
import { tufClient } from './support/tuf-client.ts';

const kernel = { distribution: SERIES, release: KERNEL.release, buildId: KERNEL.buildId };
const unjudged = { ...sampleDescription().findings[0], signedOff: undefined };
const first = fakeLevel(1);

/** The proof of levels for the second one, as the lab writes it. */
function levels(changes: object = {}): object {
  const previous = { level: 1, update: 'uptide_x', module: fileDigest(first.module) };
  return { level: 2, previous, back: true, steps: [{ from: 1, to: 2, shown: true }], ...changes };
}

const CASES: readonly [string, Update, readonly string[]][] = [
  ['a fit level', fakeLevel(2), []],
  ['no proof', withoutProof(fakeLevel(2)), ['STREAM_UNPROVEN']],
  ['a proof that is no proof', { ...fakeLevel(2), proof: Buffer.from('{}') }, ['STREAM_UNPROVEN']],
  ['a proof that failed', fakeLevel(2, { proof: { verdict: 'failed' } }), ['STREAM_UNPROVEN']],
  ['a proof in parts', fakeLevel(2, { proof: { verdict: 'partly' } }), ['STREAM_PARTLY_PROVEN']],
  ['a proof of another module', fakeLevel(2, { proof: { module: 'ab' } }), ['STREAM_PROOF_MISFIT']],
  ['a proof on another kernel', fakeLevel(2, { proof: { release: '6.2' } }), ['STREAM_PROOF_MISFIT']],
  ['a proof on another build', fakeLevel(2, { proof: { buildId: 'ab' } }), ['STREAM_PROOF_MISFIT']],
  ['a proof with the step', fakeLevel(2, { proof: { levels: levels() } }), []],
  [
    'a proof that tells of no level',
    fakeLevel(2, { proof: { levels: undefined } }),
    ['STREAM_TRANSITION_UNPROVEN'],
  ],
  [
    'a proof of the level alone',
    fakeLevel(2, { proof: { levels: levels({ previous: null, steps: [] }) } }),
    ['STREAM_TRANSITION_UNPROVEN'],
  ],
  [
    'a proof without the step',
    fakeLevel(2, { proof: { levels: levels({ steps: [{ from: 1, to: 2, shown: false }] }) } }),
    ['STREAM_TRANSITION_UNPROVEN'],
  ],
  [
    'a proof from another level before',
    fakeLevel(2, { proof: { levels: levels({ previous: { level: 1, module: 'ab' } }) } }),
    ['STREAM_TRANSITION_UNPROVEN'],
  ],
  [
    'a proof of another level',
    fakeLevel(2, { proof: { levels: levels({ level: 3 }) } }),
    ['STREAM_TRANSITION_UNPROVEN'],
  ],
  [
    'a finding that nobody judged',
    fakeLevel(2, { description: { findings: [unjudged] } }),
    ['STREAM_UNREVIEWED'],
  ],
  [
    'made without review',
    fakeLevel(2, { description: { unreviewed: { reason: 'in haste' } } }),
    ['STREAM_UNREVIEWED'],
  ],
  ['a gap', fakeLevel(3), ['STREAM_LEVEL_GAP']],
  ['another first level', fakeLevel(1, { description: { title: 'x' } }), ['STREAM_LEVEL_REPLACED']],
  [
    'the same update again',
    fakeLevel(2, { description: { id: first.description.id } }),
    ['STREAM_LEVEL_REPLACED'],
  ],
  ['a CVE lost', fakeLevel(2, { description: { cves: ['CVE-2026-0002'] } }), ['STREAM_CVE_LOST']],
  [
    'all at once',
    fakeLevel(4, { proof: { verdict: 'failed' }, description: { findings: [unjudged] } }),
    ['STREAM_LEVEL_GAP', 'STREAM_UNPROVEN', 'STREAM_UNREVIEWED'],
  ],
];

function withoutProof({ proof: _proof, ...update }: Update): Update {
  return update;
}

for (const [name, update, codes] of CASES) {
  test(`gate: ${name}`, async () => {
    const stream = await publishedStream({ levels: 1 });
    try {
      const { findings, added } = await stream.add([update]);
      assert.deepEqual(
        findings.map(({ code }) => code),
        codes,
      );
      assert.equal(added.length, codes.length === 0 ? 1 : 0);
    } finally {
      await stream.remove();
    }
  });
}

test('a state that the level before has is not lost', async () => {
  const state = { id: '0x1', version: 2 };
  const stream = await publishedStream({ levels: 0 });
  try {
    await stream.add([fakeLevel(1, { description: { states: [state] } })]);
    const older = fakeLevel(2, { description: { states: [{ ...state, version: 1 }] } });
    assert.deepEqual(
      (await stream.add([older])).findings.map(({ code }) => code),
      ['STREAM_STATE_LOST'],
    );
    const newer = fakeLevel(2, { description: { states: [state, { id: '0x2', version: 1 }] } });
    assert.deepEqual((await stream.add([newer])).findings, []);
    await withRepository(stream.folder, async (repository) => {
      const index = await readIndex(repository, kernel);
      assert.deepEqual(
        index?.levels.map(({ back }) => back),
        [true, false],
      );
    });
  } finally {
    await stream.remove();
  }
});

test('one bad update of a folder stops all, and every one is told', async () => {
  const stream = await publishedStream({ levels: 0 });
  try {
    const damaged = { name: 'damaged.uptide', bytes: fakeFile(first).bytes.subarray(0, 100) };
    const files = [damaged, fakeFile(fakeLevel(2)), fakeFile(first), fakeFile(withoutProof(fakeLevel(3)))];
    const { findings, added } = await stream.add([], PUBLISHED_AT, { files });
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['UPDATE_TRUNCATED', 'STREAM_UNPROVEN'],
    );
    assert.deepEqual(added, []);
    await assert.rejects(stream.publish(), { code: 'STREAM_NOTHING_STAGED' });
  } finally {
    await stream.remove();
  }
});

test('a level that is refused is not held against those behind it', async () => {
  const stream = await publishedStream({ levels: 0 });
  try {
    const updates = [first, withoutProof(fakeLevel(2)), fakeLevel(3), fakeLevel(5)];
    const { findings } = await stream.add(updates);
    assert.deepEqual(
      findings.map(({ code, place }) => [code, place.file]),
      [
        ['STREAM_UNPROVEN', 'level-2.uptide'],
        ['STREAM_LEVEL_GAP', 'level-5.uptide'],
      ],
    );
    assert.deepEqual((await stream.add([first])).unchanged, []);
  } finally {
    await stream.remove();
  }
});

test('what the publisher let through is published with the reasons', async () => {
  const stream = await publishedStream({ levels: 0 });
  const update = fakeLevel(1, { proof: { verdict: 'partly' }, description: { findings: [unjudged] } });
  const host = await tufClient(stream.served, stream.root);
  try {
    await stream.add([update, fakeLevel(2)], PUBLISHED_AT, {
      accepted: { partly: 'no such hardware', unreviewed: 'in use against people' },
    });
    assert.deepEqual((await stream.publish()).findings, []);
    const index = indexSchema.parse(JSON.parse(String(await host.get(indexPath(kernel), PUBLISHED_AT))));
    assert.deepEqual(
      index.levels.map(({ accepted, proof }) => [proof.verdict, accepted]),
      [
        [
          'partly',
          [
            { what: 'partly', reason: 'no such hardware' },
            { what: 'unreviewed', reason: 'in use against people' },
          ],
        ],
        ['proven', undefined],
      ],
    );
  } finally {
    await host.remove();
    await stream.remove();
  }
});

test('the same bytes again change nothing', async () => {
  const stream = await publishedStream({ levels: 2 });
  try {
    const { findings, added, unchanged } = await stream.add([fakeLevel(1), fakeLevel(2)]);
    assert.deepEqual([findings, added], [[], []]);
    assert.deepEqual(
      unchanged.map(({ level }) => level),
      [1, 2],
    );
    await assert.rejects(stream.publish(), { code: 'STREAM_NOTHING_STAGED' });
  } finally {
    await stream.remove();
  }
});

test('a kernel belongs to one series', async () => {
  const stream = await publishedStream({ levels: 1 });
  try {
    for (const series of ['debian-13', 'rollout', 'targets']) {
      const { findings } = await stream.add([fakeLevel(2)], PUBLISHED_AT, { series });
      assert.deepEqual(
        findings.map(({ code }) => code),
        ['STREAM_NO_SERIES'],
      );
    }
  } finally {
    await stream.remove();
  }
});

test('waves that cannot be are refused', async () => {
  const stream = await publishedStream({ levels: 1 });
  try {
    const late = '2026-12-02T00:00:00Z';
    const bad = ['slow', '', '5%', `0%@${late}`, `101%@${late}`, `5%@${late},4%@2026-12-03T00:00:00Z`];
    for (const waves of [...bad, `5%@${late},6%@${late}`, '5%@2026-13-01T00:00:00Z', 'constructor']) {
      await assert.rejects(
        stream.add([fakeLevel(2)], PUBLISHED_AT, { waves }),
        { code: 'STREAM_BAD_WAVES' },
        waves,
      );
    }
    const fine = `5%@${late},100%@2026-12-03T00:00:00Z`;
    assert.deepEqual((await stream.add([fakeLevel(2)], PUBLISHED_AT, { waves: fine })).findings, []);
  } finally {
    await stream.remove();
  }
});

test('a level is withdrawn: it stays listed, and what only it fixed may go', async () => {
  const stream = await publishedStream({ levels: 2 });
  const change = (level: number) =>
    withRepository(
      stream.folder,
      (repository) =>
        changeIndices(
          repository,
          'all',
          withdrawLevel(level, 'wrong fix', '2026-11-01T12:00:00Z'),
          PUBLISHED_AT,
        ),
      QUICK_DISK,
    );
  try {
    await assert.rejects(change(3), { code: 'STREAM_NO_LEVEL' });
    assert.deepEqual((await change(2)).findings, []);
    const third = fakeLevel(3, { description: { cves: ['CVE-2026-0001'] } });
    assert.deepEqual((await stream.add([third])).findings, []);
    assert.deepEqual((await stream.publish()).findings, []);
    await withRepository(stream.folder, async (repository) => {
      const index = await readIndex(repository, kernel);
      assert.deepEqual(
        index?.levels.map(({ level, withdrawn }) => [level, withdrawn?.reason]),
        [
          [1, undefined],
          [2, 'wrong fix'],
          [3, undefined],
        ],
      );
    });
  } finally {
    await stream.remove();
  }
});

test('a kernel is covered to a day, and ends', async () => {
  const stream = await publishedStream({ levels: 1 });
  try {
    const change: IndexChange = (index) =>
      endKernel('no more', '2026-11-01T12:00:00Z', '6.1.0-51-amd64')(coverUntil('2026-12-31')(index));
    await withRepository(
      stream.folder,
      async (repository) => {
        await changeIndices(repository, KERNEL.release, change, PUBLISHED_AT);
        const index = await readIndex(repository, kernel);
        assert.equal(index?.coveredUntil, '2026-12-31');
        assert.equal(index?.ended?.successor?.release, '6.1.0-51-amd64');
        await assert.rejects(changeIndices(repository, 'all', coverUntil('soon'), PUBLISHED_AT), {
          code: 'STREAM_BAD_FILE',
        });
      },
      QUICK_DISK,
    );
    assert.deepEqual((await stream.publish()).findings, []);
  } finally {
    await stream.remove();
  }
});
