// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * tuf-js follows the same streams as our client: after each change of a random history both must have said the same,
 * yes or no, and trust the same versions.
 */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Updater } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import { subscribeFolder } from '../src/client/trust-folder.ts';
import { Client, withFolder } from './support/client.ts';
import { DAY, moment, newSigner, Simulator, TOP_LEVEL } from './support/simulator.ts';

const BASE = 'http://stream/';
const ROLES = [...TOP_LEVEL, 'bin'] as const;
const SIGNERS = Array.from({ length: 6 }, () => newSigner());

/** A client of tuf-js with a folder of its own. */
class Oracle {
  readonly #stream: Simulator;
  readonly client: Client;

  constructor(stream: Simulator, folder: string) {
    this.#stream = stream;
    this.client = new Client(folder, stream.source());
  }

  /** Whether it takes what the stream has at this time. */
  async refresh(time: number): Promise<boolean> {
    const read = async (url: string): Promise<Buffer> => {
      const bytes = this.#stream.files.get(url.slice(BASE.length));
      if (bytes === undefined) throw new DownloadHTTPError('none', 404);
      return Buffer.from(bytes);
    };
    const updater = new Updater({
      metadataDir: this.client.folder,
      metadataBaseUrl: `${BASE}metadata`,
      fetcher: { downloadBytes: read, downloadFile: () => Promise.reject(new Error('not asked for')) },
    });
    // The one way to tell it the time.
    const { trustedSet } = updater as unknown as { trustedSet: object };
    Object.assign(trustedSet, { referenceTime: new Date(time) });
    try {
      await updater.refresh();
      await updater.getTargetInfo('in/a/bin');
      return true;
    } catch {
      return false;
    }
  }
}

type Role = (typeof ROLES)[number];

/** One thing that happens to a stream, honest or not. */
const event = fc.oneof(
  fc.record({ kind: fc.constant('publish' as const), roles: fc.subarray([...ROLES]) }),
  fc.record({
    kind: fc.constant('rotate' as const),
    role: fc.constantFrom(...TOP_LEVEL),
    keep: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('threshold' as const),
    role: fc.constantFrom(...TOP_LEVEL),
    signers: fc.nat({ max: 2 }),
  }),
  fc.record({ kind: fc.constant('back' as const), role: fc.constantFrom(...ROLES) }),
  fc.record({ kind: fc.constant('stranger' as const), role: fc.constantFrom(...ROLES) }),
  fc.record({
    kind: fc.constant('ends' as const),
    role: fc.constantFrom(...ROLES),
    days: fc.integer({ min: -2, max: 4 }),
  }),
  fc.record({ kind: fc.constant('vanish' as const), role: fc.constantFrom<Role>('bin', 'targets') }),
  fc.record({ kind: fc.constant('time' as const), days: fc.nat({ max: 3 }) }),
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

const PUBLISHED = ['root', 'bin', 'targets', 'snapshot', 'timestamp'] as const;

function happen(stream: Simulator, one: Event, time: number): void {
  if (one.kind === 'publish') stream.publish(...PUBLISHED.filter((role) => one.roles.includes(role)));
  else if (one.kind === 'ends') stream.state(one.role).expires = moment(time + one.days * DAY);
  else if (one.kind === 'vanish')
    delete (stream.state('snapshot').meta as Record<string, unknown>)[`${one.role}.json`];
  else if (one.kind === 'stranger') stream.signers.set(one.role, [newSigner()]);
  else if (one.kind === 'back') goBack(stream, one.role);
  else if (one.kind === 'rotate') {
    const old = stream.signers.get(one.role) ?? [];
    stream.rotate(one.role);
    if (one.keep) stream.signers.set(one.role, [...old, ...(stream.signers.get(one.role) ?? [])]);
  } else if (one.kind === 'threshold') {
    stream.keysOf(one.role).threshold = 2;
    for (const signer of SIGNERS.slice(0, one.signers)) {
      if (!stream.keysOf(one.role).keyids.includes(signer.id)) stream.addSigner(one.role, signer);
    }
  }
}

/**
 * Signs another file with a version that was used before. A snapshot only where no digest tells the two apart: tuf-js
 * keeps the one it has although the timestamp names the digest of the other (its TrustedMetadataStore does not look at
 * the digest of local files), and our client asks for the named one (TUF 5.5.2).
 */
function goBack(stream: Simulator, role: Role): void {
  if (role === 'snapshot' && stream.measured) return;
  const state = stream.state(role);
  state.version = Math.max(1, state.version - 1);
  if (role !== 'root') stream.write(role);
}

describe('the client and tuf-js', () => {
  it('believe the same of any history of a stream', async () => {
    let agreed = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(event, { minLength: 3, maxLength: 12 }),
        async (measured, events) => {
          await withFolder(async (base) => {
            const stream = new Simulator();
            stream.measured = measured;
            stream.delegate('targets', { name: 'bin', paths: ['in/a/*'] });
            stream.publishTargets('bin', 'targets');
            const [ours, theirs] = [join(base, 'ours'), join(base, 'theirs')];
            await subscribeFolder(ours, stream.root);
            await mkdir(theirs);
            await writeFile(join(theirs, 'root.json'), stream.root);
            const client = new Client(ours, stream.source());
            const oracle = new Oracle(stream, theirs);
            for (const one of events) {
              if (one.kind === 'time') client.time += one.days * DAY;
              else happen(stream, one, client.time);
              if (one.kind !== 'publish' && one.kind !== 'back') continue;
              const [we, they] = [await believes(client), await oracle.refresh(client.time)];
              assert.equal(we, they);
              assert.deepEqual(await client.versions(...ROLES), await oracle.client.versions(...ROLES));
              if (we) agreed++;
              else refused++;
            }
          });
        },
      ),
      { numRuns: 25 },
    );
    assert.ok(agreed > 5 && refused > 5, `${agreed} times yes, ${refused} times no`);
  });
});

async function believes(client: Client): Promise<boolean> {
  try {
    await (await client.refresh()).info('in/a/bin');
    return true;
  } catch {
    return false;
  }
}
