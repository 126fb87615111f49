// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LOADS } from '../src/index.ts';
import { loadFiles, readRounds, startLoads, WORKERS, watchLoads, workersOf } from '../src/loads/scripts.ts';

describe('loads', () => {
  it('that come with Uptide have names of their own and a file each', () => {
    assert.deepEqual(
      loadFiles(LOADS).map(({ path }) => path),
      ['loads/files.sh', 'loads/network.sh', 'loads/processes.sh'],
    );
  });
  it('have workers with numbers that run through all of them', () => {
    assert.deepEqual(
      workersOf(LOADS).map(({ worker }) => worker),
      ['files.1', 'files.2', 'network.3', 'network.4', 'processes.5', 'processes.6'],
    );
  });
  it('are started and watched by all their workers', () => {
    assert.equal(startLoads(LOADS).match(/^work /gm)?.length, LOADS.length * WORKERS);
    assert.equal(watchLoads(LOADS).script.match(/for worker in files.1 .* processes.6;/g)?.length, 1);
  });
  it('are counted by what the guest prints, and by nothing else', () => {
    const text = 'files.1 12\nfiles.2: round 3 ended with status 1\nfiles.2 2\nx\nnetwork.3 99999999999\n';
    assert.deepEqual(
      [...readRounds(text)],
      [
        ['files.1', 12],
        ['files.2', 2],
      ],
    );
  });
});
