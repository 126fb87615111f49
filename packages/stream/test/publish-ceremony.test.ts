// SPDX-License-Identifier: GPL-2.0-or-later
/** Several people on several machines sign one publication. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Signer } from '../src/keys/signer.ts';
import { addUpdates } from '../src/publish/add.ts';
import {
  importSignatures,
  readRequest,
  readSignatures,
  requestOf,
  signRequest,
} from '../src/publish/ceremony.ts';
import { initRepository } from '../src/publish/init.ts';
import { publishStaged } from '../src/publish/publish.ts';
import { type Repository, withRepository } from '../src/publish/repository.ts';
import { signStaged } from '../src/publish/sign.ts';
import { readStatus } from '../src/publish/status.ts';
import type { SignatureFile, SignRequest } from '../src/repository/request.ts';
import { summarize } from '../src/repository/summary.ts';
import { QUICK_DISK } from './support/crashing-disk.ts';
import { fakeFile, fakeLevel, PUBLISHED_AT, SERIES, testSigner } from './support/published.ts';

interface Ceremony {
  readonly people: readonly [Signer, Signer, Signer];
  readonly online: Signer;
  readonly on: <T>(work: (repository: Repository) => Promise<T>) => Promise<T>;
}

/** A stream of three people, of whom two must sign, with a level that waits for them. */
async function withCeremony(work: (ceremony: Ceremony) => Promise<void>): Promise<void> {
  const folder = join(await mkdtemp(join(tmpdir(), 'uptide-ceremony-')), 'repo');
  const people = [testSigner('a'), testSigner('b'), testSigner('c')] as const;
  const online = testSigner('online');
  const two = { keys: people.map(({ key }) => key), threshold: 2 };
  const one = { keys: [online.key], threshold: 1 };
  const on: Ceremony['on'] = (step) => withRepository(folder, step, QUICK_DISK);
  try {
    await initRepository(
      folder,
      {
        top: { root: two, targets: two, snapshot: one, timestamp: one },
        series: [{ name: SERIES, signers: two }],
        rollout: one,
      },
      { name: 'a stream' },
      PUBLISHED_AT,
      QUICK_DISK,
    );
    await on((repository) =>
      addUpdates(repository, {
        files: [fakeFile(fakeLevel(1))],
        waves: 'fast',
        accepted: {},
        companions: () => ({ source: [], review: Buffer.from('') }),
        now: PUBLISHED_AT,
      }),
    );
    await on((repository) => signStaged(repository, [online]));
    await work({ people, online, on });
  } finally {
    await rm(join(folder, '..'), { recursive: true });
  }
}

/** A request or signatures as they arrive on another machine. */
function carry<T>(read: (bytes: Uint8Array, file: string) => T, value: T): T {
  return read(Buffer.from(JSON.stringify(value)), 'a stick');
}

async function signElsewhere(request: SignRequest, signer: Signer): Promise<SignatureFile> {
  return carry(readSignatures, await signRequest(carry(readRequest, request), [signer]));
}

test('two of three sign elsewhere', () =>
  withCeremony(async ({ people: [a, b], online, on }) => {
    const request = await on(requestOf);
    const files = [await signElsewhere(request, a), await signElsewhere(request, b)];
    assert.deepEqual(await on((repository) => importSignatures(repository, files.slice(0, 1))), []);
    const lacking = await on((repository) => publishStaged(repository, [online], PUBLISHED_AT));
    assert.deepEqual([...new Set(lacking.findings.map(({ code }) => code))], ['STREAM_UNSIGNED']);
    const status = await on((repository) => readStatus(repository, PUBLISHED_AT));
    const root = status.roles.find(({ role }) => role === 'root');
    assert.deepEqual(root?.staged?.signatures[0]?.signed, [a.keyId]);
    assert.deepEqual(await on((repository) => importSignatures(repository, files)), []);
    const { findings } = await on((repository) => publishStaged(repository, [online], PUBLISHED_AT));
    assert.deepEqual(findings, []);
    const after = await on((repository) => readStatus(repository, PUBLISHED_AT));
    assert.deepEqual(
      after.kernels.map(({ level, title, waves }) => [level, title, waves?.profile]),
      [[1, 'fix 1', 'fast']],
    );
    assert.ok(after.roles.every(({ staged, state }) => staged === undefined && state === 'good'));
  }));

test('who signs sees keys, thresholds, levels and waves', () =>
  withCeremony(async ({ people: [a], on }) => {
    const lines = summarize(await on(requestOf)).flatMap(({ changes }) => changes);
    for (const part of [
      `root: new key ${a.keyId}`,
      'root: 2 of 3 keys must sign',
      `${SERIES} may sign for ${SERIES}/*/*/*`,
      'fix 1; closes 1 CVEs; proven',
      'level 1, fast: 5% from',
    ]) {
      assert.ok(
        lines.some((line) => line.includes(part)),
        part,
      );
    }
  }));

test('a text that is not the signed one is not shown', () =>
  withCeremony(async ({ on }) => {
    const request = await on(requestOf);
    const texts = request.texts.map(({ path, text }) => ({ path, text: text.replace('fix 1', 'fix 2') }));
    assert.ok(!JSON.stringify(summarize({ ...request, texts })).includes('fix 2'));
  }));

test('signatures of something else are not taken in', () =>
  withCeremony(async ({ people: [a], on }) => {
    const request = await on(requestOf);
    const good = await signElsewhere(request, a);
    const [one, ...rest] = good.signatures;
    assert.ok(one !== undefined);
    const stranger = await signRequest(
      {
        ...request,
        roles: request.roles.map((role) => ({
          ...role,
          requirements: role.requirements.map((asked) => ({
            ...asked,
            role: { ...asked.role, keyids: [testSigner('x').keyId] },
          })),
        })),
      },
      [],
    );
    assert.deepEqual(stranger.signatures, []);
    const bad: SignatureFile['signatures'] = [
      { ...one, digest: 'ab'.repeat(32) },
      { ...one, role: 'nobody' },
      { ...one, keyid: testSigner('x').keyId },
      { ...one, sig: 'ab'.repeat(64) },
      { ...one, sig: rest[0]?.sig ?? '' },
    ];
    for (const signature of bad) {
      const findings = await on((repository) =>
        importSignatures(repository, [{ schema: 1, signatures: [...rest, signature] }]),
      );
      assert.deepEqual(
        findings.map(({ code }) => code),
        ['STREAM_BAD_SIGNATURE'],
      );
    }
    // None of the good ones beside a bad one came in.
    const status = await on((repository) => readStatus(repository, PUBLISHED_AT));
    assert.deepEqual(status.roles.find(({ role }) => role === 'targets')?.staged?.signatures[0]?.signed, []);
  }));

test('what is staged after a request needs a new one', () =>
  withCeremony(async ({ people: [a], on }) => {
    const file = await signElsewhere(await on(requestOf), a);
    await on((repository) =>
      addUpdates(repository, {
        files: [fakeFile(fakeLevel(2))],
        waves: 'all',
        accepted: {},
        companions: () => ({ source: [], review: Buffer.from('') }),
        now: PUBLISHED_AT,
      }),
    );
    const findings = await on((repository) => importSignatures(repository, [file]));
    assert.deepEqual(
      findings.map(({ code, place }) => [code, place.symbol]),
      [['STREAM_BAD_SIGNATURE', `${SERIES}-b0001`]],
    );
  }));
