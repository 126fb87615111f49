// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A series of ten fixes on the stock kernel, built and proven level by level under load, and proofs that have to fail.
 */
import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { EXIT } from '@uptide/base';
import type { Proof } from '@uptide/lab';
import { decodeUpdate, type Update } from '@uptide/stream';
import { stockKernel } from '../../../lab/test/support/stock-kernel.ts';
import { TEN_FIXES } from '../support/ten-fixes.ts';
import { type Ended, uptide } from '../support/uptide.ts';

const BUILD = ['build', '.', '--prove', '--unreviewed', 'made by hand for a test', '--json'];

let folder: string;
let built: Ended;
let updates: readonly Update[];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uptide-series-proof-'));
  const { release } = await stockKernel();
  const entries: string[] = [];
  for (const { id, patch, probe } of TEN_FIXES) {
    await mkdir(join(folder, id));
    await writeFile(join(folder, id, 'fix.patch'), patch);
    await writeFile(join(folder, id, 'probe.sh'), probe);
    entries.push(`  - {id: ${id}, title: ${id}, patches: [${id}/fix.patch]}\n`);
  }
  await writeFile(
    join(folder, 'series.yaml'),
    `schema: 1\nkernel: ${release}\nentries:\n${entries.join('')}`,
  );
  built = await uptide(BUILD, folder);
  assert.equal(built.status, EXIT.done, built.stderr + built.stdout);
  updates = await Promise.all(
    TEN_FIXES.map(async (_, index) => decodeUpdate(await readFile(join(folder, levelPath(index + 1))))),
  );
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
});

const levelPath = (level: number): string => join('levels', `level-${level}.uptide`);

/** What a level's file has as its proof. */
function proofOf(level: number): Proof {
  const { proof } = updates[level - 1] ?? {};
  assert.ok(proof !== undefined, `level ${level} has no proof`);
  return JSON.parse(Buffer.from(proof).toString());
}

describe('a series of ten fixes on the stock kernel', () => {
  it('is proven level by level, each from the one before it', () => {
    const { levels } = JSON.parse(built.stdout);
    assert.deepEqual(
      levels.map(({ level, proof }: { level: number; proof: object }) => [
        level,
        Reflect.get(proof, 'verdict'),
      ]),
      TEN_FIXES.map((_, index) => [index + 1, 'proven']),
    );
    for (const [index, { description }] of updates.entries()) {
      const proof = proofOf(index + 1);
      assert.equal(proof.levels?.previous?.module, index === 0 ? undefined : proofOf(index).module);
      assert.ok(proof.levels?.steps.every(({ shown }) => shown));
      assert.equal(proof.update, description.module);
    }
  });

  it('goes back from each level but from those with a new state', () => {
    assert.deepEqual(
      TEN_FIXES.map(({ id }, index) => [id, proofOf(index + 1).levels?.back]),
      TEN_FIXES.map(({ id }, index) => [
        id,
        index === 0 ? null : !['pipe-limit', 'loadavg-count'].includes(id),
      ]),
    );
  });

  it('is proven with the modules loaded after the update from the level on that touches one', () => {
    const late = TEN_FIXES.map((_, index) => proofOf(index + 1).runs.some(({ boot }) => boot === 'late'));
    assert.deepEqual(
      late,
      TEN_FIXES.map((_, index) => index >= 5),
    );
  });

  it('has run the probe of every fix at every step, and loads that went on', () => {
    const proof = proofOf(10);
    const states = [
      'before',
      'after',
      'restored',
      'previous',
      'replaced',
      'back',
      'end',
      'late',
      'late-back',
    ];
    assert.deepEqual(
      proof.probes.map(({ fix, state }) => `${fix} ${state}`).sort(),
      states.flatMap((state) => TEN_FIXES.map(({ id }) => `${id} ${state}`)).sort(),
    );
    assert.ok(proof.probes.every(({ mustPass, status }) => status === (mustPass ? 0 : 1)));
    for (const boot of ['live', 'late']) {
      const runs = proof.runs.filter((run) => run.boot === boot);
      for (const [index, { step, transition, rounds, log }] of runs.entries()) {
        assert.ok(transition !== null && log.length > 0, step);
        assert.equal(rounds.length, 3);
        for (const [of, { load, rounds: count }] of rounds.entries()) {
          const earlier = runs[index - 1]?.rounds[of]?.rounds ?? 0;
          assert.ok(count >= earlier + 4, `${load} stood still during ${step}`);
        }
      }
    }
  });

  it('is proven once', async () => {
    const again = await uptide(BUILD, folder);
    assert.equal(again.status, EXIT.done, again.stderr);
    const { levels } = JSON.parse(again.stdout);
    assert.ok(levels.every(({ proof }: { proof: object }) => Reflect.get(proof, 'how') === 'kept'));
  });

  it('is what a rebuild of its highest level gives, whatever its proof says', async () => {
    const { status, stdout } = await uptide(['verify', levelPath(10), '--rebuild', '--json'], folder);
    assert.equal(status, EXIT.done, stdout);
    assert.deepEqual(JSON.parse(stdout).notRebuilt, ['proof.json']);
  });

  it('is not proven by a probe that shows nothing, or by a load that fails', async () => {
    await writeFile(join(folder, 'blind.sh'), 'true\n');
    await writeFile(join(folder, 'broken.sh'), 'echo broken >&2\nexit 3\n');
    const args = ['--probe', 'blind.sh', '--load', 'broken.sh', '--json'];
    const { status, stdout } = await uptide(['prove', levelPath(1), ...args], folder);
    assert.equal(status, EXIT.proofFailed);
    const codes = JSON.parse(stdout).findings.map(({ code }: { code: string }) => code);
    assert.deepEqual(codes, ['PROOF_LOAD_FAILED', 'PROOF_FAULT_NOT_SHOWN', 'PROOF_FAULT_NOT_SHOWN']);
  });

  it('is proven with a program of this machine in the probe', async () => {
    await copyFile('/bin/cat', join(folder, 'catalyst'));
    await writeFile(
      join(folder, 'program.sh'),
      "text=$(catalyst /proc/cmdline) || exit 2\ncase $text in *'[first]'*) ;; *) exit 1 ;; esac\n",
    );
    const args = ['--probe', 'program.sh', '--file', 'catalyst', '--load', 'none', '--json'];
    const { status, stdout } = await uptide(['prove', levelPath(1), ...args], folder);
    assert.equal(status, EXIT.done, stdout);
  });

  it('is not proven against a level that is not the one before', async () => {
    const { status, stdout } = await uptide(
      ['prove', levelPath(4), '--previous', levelPath(7), '--load', 'none', '--json'],
      folder,
    );
    assert.equal(status, EXIT.badInput);
    assert.equal(JSON.parse(stdout).error.code, 'PROVE_OTHER_PREVIOUS');
  });
});
