// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Code } from '@uptide/base';
import { withClient } from './support/client.ts';
import { newSigner, Simulator } from './support/simulator.ts';

/** A version of a role: which of ten keys are listed, how many must sign, which do. */
interface Version {
  readonly keys: readonly number[];
  readonly threshold: number;
  readonly signs: readonly number[];
}

const SIGNERS = Array.from({ length: 10 }, () => newSigner());
const FIVE = [0, 1, 2, 3, 4];

function set(stream: Simulator, role: string, { keys, threshold, signs }: Version): void {
  Object.assign(stream.keysOf(role), { keyids: [], threshold });
  for (const key of keys) stream.addSigner(role, SIGNERS[key] ?? newSigner());
  stream.signers.set(
    role,
    signs.flatMap((key) => SIGNERS[key] ?? []),
  );
}

/** Roots one after the other; the last one is refused where a code stands. */
const ROOTS: readonly [string, readonly Version[], Code?][] = [
  [
    'one key follows another',
    [
      { keys: [1], threshold: 1, signs: [1] },
      { keys: [2], threshold: 1, signs: [2, 1] },
      { keys: [2], threshold: 1, signs: [2] },
    ],
  ],
  [
    'signatures of keys that are not asked do no harm',
    [
      { keys: [1], threshold: 1, signs: [3, 1, 4] },
      { keys: [2], threshold: 1, signs: [3, 2, 1, 4] },
      { keys: [2], threshold: 1, signs: [3, 2, 4] },
    ],
  ],
  [
    'any three of five sign',
    [
      { keys: FIVE, threshold: 3, signs: [0, 2, 4] },
      { keys: FIVE, threshold: 3, signs: [0, 4, 1] },
      { keys: FIVE, threshold: 3, signs: [0, 1, 3] },
    ],
  ],
  [
    'one of five keys is rotated',
    [
      { keys: FIVE, threshold: 3, signs: [0, 2, 4] },
      { keys: [0, 1, 3, 4, 5], threshold: 3, signs: [0, 4, 1] },
    ],
  ],
  [
    'one of five keys is rotated, and the new one signs',
    [
      { keys: FIVE, threshold: 3, signs: [0, 2, 4] },
      { keys: [0, 1, 3, 4, 5], threshold: 3, signs: [0, 2, 4, 5] },
      { keys: [0, 1, 3, 4, 5], threshold: 3, signs: [0, 4, 5] },
    ],
  ],
  [
    'all five keys are rotated',
    [
      { keys: FIVE, threshold: 3, signs: [0, 2, 4] },
      { keys: [5, 6, 7, 8, 9], threshold: 3, signs: [0, 2, 4, 5, 6, 7] },
      { keys: [5, 6, 7, 8, 9], threshold: 3, signs: [5, 6, 7] },
    ],
  ],
  [
    'the threshold rises',
    [
      { keys: [1, 2, 3], threshold: 1, signs: [1] },
      { keys: [1, 2, 3], threshold: 2, signs: [1, 2] },
    ],
  ],
  [
    'the threshold falls',
    [
      { keys: [1, 2, 3], threshold: 2, signs: [1, 2] },
      { keys: [1, 2, 3], threshold: 1, signs: [1, 2] },
      { keys: [1, 2, 3], threshold: 1, signs: [1] },
    ],
  ],
  [
    'a key is added and needed at once',
    [
      { keys: [1], threshold: 1, signs: [1] },
      { keys: [1, 2], threshold: 2, signs: [1, 2] },
    ],
  ],
  [
    'a rotation without the old key is refused',
    [
      { keys: [1], threshold: 1, signs: [1] },
      { keys: [2], threshold: 1, signs: [2, 3, 4] },
    ],
    'STREAM_WRONG_KEY',
  ],
  [
    'a rotation without the new key is refused',
    [
      { keys: [1], threshold: 1, signs: [1] },
      { keys: [2], threshold: 1, signs: [1, 3, 4] },
    ],
    'STREAM_WRONG_KEY',
  ],
  [
    'a rotation with two of three new signatures is refused',
    [
      { keys: FIVE, threshold: 3, signs: [0, 2, 4] },
      { keys: [0, 1, 3, 4, 5], threshold: 3, signs: [0, 2, 4] },
    ],
    'STREAM_UNDER_THRESHOLD',
  ],
  [
    'a rotation with two of three old signatures is refused',
    [
      { keys: FIVE, threshold: 3, signs: [0, 2, 4] },
      { keys: [0, 1, 3, 4, 5], threshold: 3, signs: [0, 4, 5] },
    ],
    'STREAM_UNDER_THRESHOLD',
  ],
  [
    'a new threshold that is not reached is refused',
    [
      { keys: [1, 2, 3], threshold: 1, signs: [1] },
      { keys: [1, 2, 3], threshold: 2, signs: [2] },
    ],
    'STREAM_UNDER_THRESHOLD',
  ],
  [
    'an old threshold that is not reached is refused',
    [
      { keys: [1, 2, 3], threshold: 2, signs: [1, 2] },
      { keys: [1, 2, 3], threshold: 1, signs: [1] },
    ],
    'STREAM_UNDER_THRESHOLD',
  ],
];

describe('roots', () => {
  for (const [what, versions, code] of ROOTS) {
    it(`${what}`, async () => {
      const stream = new Simulator();
      versions.forEach((version, at) => {
        set(stream, 'root', version);
        stream.state('root').version = at + 1;
        stream.write('root');
      });
      await withClient(stream, async (client) => {
        if (code === undefined) await client.refresh();
        else await client.refused(code);
        assert.equal(
          await client.version('root'),
          code === undefined ? versions.length : versions.length - 1,
        );
      });
    });
  }
  it('are followed over a gap of no version', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      stream.publish('root');
      stream.publish('root');
      stream.files.set('metadata/2.root.json', stream.file('metadata/3.root.json'));
      await client.refused('STREAM_MIXED');
      stream.files.set('metadata/2.root.json', stream.root);
      await client.refused('STREAM_ROLLBACK');
      assert.equal(await client.version('root'), 1);
    });
  });
  it('are all followed in one refresh', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      for (let count = 0; count < 12; count++) {
        const before = stream.signers.get('root') ?? [];
        stream.rotate('root');
        stream.signers.set('root', [...before, ...(stream.signers.get('root') ?? [])]);
        stream.publish('root');
      }
      await client.refresh();
      assert.equal(await client.version('root'), 13);
    });
  });
});

/** Keys of another role, and whether its next version is believed. */
const OTHERS: readonly [string, Version, Code?][] = [
  ['one new key', { keys: [2], threshold: 1, signs: [2] }],
  ['signatures of others besides', { keys: [1], threshold: 1, signs: [3, 1, 4] }],
  ['three of five, 0 2 4', { keys: FIVE, threshold: 3, signs: [0, 2, 4] }],
  ['three of five, 0 4 1', { keys: FIVE, threshold: 3, signs: [0, 4, 1] }],
  ['three of five, 0 1 3', { keys: FIVE, threshold: 3, signs: [0, 1, 3] }],
  ['three of five, 1 2 3', { keys: FIVE, threshold: 3, signs: [1, 2, 3] }],
  ['three of five, 2 3 4', { keys: FIVE, threshold: 3, signs: [2, 3, 4] }],
  ['only keys of others', { keys: [2], threshold: 1, signs: [1, 3, 4] }, 'STREAM_WRONG_KEY'],
  [
    'an old key in place of the new one',
    { keys: [0, 1, 3, 4, 5], threshold: 3, signs: [0, 2, 4] },
    'STREAM_UNDER_THRESHOLD',
  ],
  [
    'two of three signatures',
    { keys: [0, 1, 3, 4, 5], threshold: 3, signs: [0, 4] },
    'STREAM_UNDER_THRESHOLD',
  ],
  [
    'a threshold over the number of keys',
    { keys: FIVE, threshold: 6, signs: FIVE },
    'STREAM_UNDER_THRESHOLD',
  ],
];

for (const role of ['timestamp', 'snapshot', 'targets']) {
  describe(`the keys of ${role}`, () => {
    for (const [what, version, code] of OTHERS) {
      it(`${code === undefined ? 'may be' : 'may not be'} ${what}`, async () => {
        const stream = new Simulator();
        await withClient(stream, async (client) => {
          await client.refresh();
          set(stream, role, version);
          stream.publish('root', 'targets', 'snapshot', 'timestamp');
          if (code === undefined) await client.refresh();
          else await client.refused(code);
          assert.deepEqual(await client.versions('root', role), [2, code === undefined ? 2 : 1]);
        });
      });
    }
  });
}
