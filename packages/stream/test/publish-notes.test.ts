// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { cvesPath, cvesSchema } from '@uptide/stream';
import type { CveNote } from '../src/feeds/notes.ts';
import { osvPath, vexPath } from '../src/formats/paths.ts';
import { noteCves } from '../src/publish/notes.ts';
import { withRepository } from '../src/publish/repository.ts';
import { failedCsafTests } from './support/csaf.ts';
import { osvSchema } from './support/osv.ts';
import {
  fakeLevel,
  KERNEL,
  PUBLISHED_AT,
  type PublishedStream,
  publishedStream,
  SERIES,
} from './support/published.ts';
import { tufClient } from './support/tuf-client.ts';

const kernel = { distribution: SERIES, release: KERNEL.release, buildId: KERNEL.buildId };
const pending: CveNote = { cve: 'CVE-2026-0002', status: 'pending', date: '2026-10-01' };
const fixed: CveNote = { cve: 'CVE-2026-0002', status: 'fixed', since: 2, date: '2026-11-02' };

async function note(stream: PublishedStream, notes: readonly CveNote[], release = KERNEL.release) {
  return await withRepository(stream.folder, (repository) =>
    noteCves(repository, { kernel: release, notes }, PUBLISHED_AT),
  );
}

async function withStream(levels: number, work: (stream: PublishedStream) => Promise<void>): Promise<void> {
  const stream = await publishedStream({ levels });
  try {
    await work(stream);
  } finally {
    await stream.remove();
  }
}

async function publishedCves(stream: PublishedStream) {
  const host = await tufClient(stream.served, stream.root);
  try {
    return cvesSchema.parse(JSON.parse(String(await host.get(cvesPath(kernel), PUBLISHED_AT)))).cves;
  } finally {
    await host.remove();
  }
}

describe('notes on CVEs', () => {
  it('are published without a new level, and change no rollout', async () => {
    await withStream(1, async (stream) => {
      assert.deepEqual(await note(stream, [pending]), { findings: [], kernels: [kernel] });
      const { published } = await stream.publish();
      assert.ok(!published.some(({ role }) => role === 'rollout'));
      const cves = await publishedCves(stream);
      assert.deepEqual([cves['CVE-2026-0001']?.status, cves['CVE-2026-0002']?.status], ['fixed', 'pending']);
    });
  });
  it('hold a level back that they contradict, until they agree', async () => {
    await withStream(1, async (stream) => {
      const never: CveNote = { ...pending, status: 'not-affected', reason: 'not built' };
      await note(stream, [never]);
      const codes = (await stream.add([fakeLevel(2)])).findings.map(({ code }) => code);
      assert.deepEqual(codes, ['STREAM_NOTE_CONTRADICTS']);
      await note(stream, [never, { ...pending, date: '2026-10-02' }]);
      assert.deepEqual((await stream.add([fakeLevel(2)])).findings, []);
      await stream.publish();
      assert.deepEqual((await publishedCves(stream))['CVE-2026-0002'], {
        status: 'fixed',
        since: 2,
        severity: 'high',
      });
    });
  });
  it('that contradict a published level are refused, and nothing is staged', async () => {
    await withStream(2, async (stream) => {
      const { findings } = await note(stream, [{ ...pending, date: '2026-11-02' }]);
      assert.deepEqual(
        findings.map(({ code }) => code),
        ['STREAM_NOTE_CONTRADICTS'],
      );
      assert.deepEqual((await note(stream, [pending, fixed])).findings, []);
    });
  });
  it('stand in all feeds of a kernel whose package and makers are known', async () => {
    const stream = await publishedStream({ levels: 0 });
    const host = await tufClient(stream.served, stream.root);
    try {
      const settings = join(stream.folder, 'stream.json');
      const text = await readFile(settings, 'utf8');
      await writeFile(settings, JSON.stringify({ ...JSON.parse(text), home: 'https://kernels.example.org' }));
      const sha256 = 'ab'.repeat(32);
      const image = { name: `linux-image-${KERNEL.release}`, version: '6.1.176-1', sha256 };
      const source = {
        package: 'linux-source-6.1',
        version: '6.1.176-1',
        baseline: sha256,
        packages: [image],
      };
      assert.deepEqual((await stream.add([fakeLevel(1, { description: { source } })])).findings, []);
      await note(stream, [pending]);
      await stream.publish();
      const read = async (path: string) => JSON.parse(String(await host.get(path, PUBLISHED_AT)));
      assert.deepEqual(failedCsafTests(await read(vexPath(kernel))), []);
      const id = `x_UPTIDE-${SERIES}-${KERNEL.release}-c0ffeec0-1.1`;
      assert.equal(osvSchema.parse(await read(osvPath(kernel, id))).id, id);
    } finally {
      await host.remove();
      await stream.remove();
    }
  });
  it('are only added to', async () => {
    await withStream(1, async (stream) => {
      await note(stream, [pending]);
      const { findings } = await note(stream, [{ ...pending, date: '2026-10-02' }]);
      assert.deepEqual(
        findings.map(({ code }) => code),
        ['STREAM_NOTES_REWRITTEN'],
      );
      assert.deepEqual((await note(stream, [])).findings.length, 1);
    });
  });
  it('are kept for a kernel that is not there yet', async () => {
    await withStream(0, async (stream) => {
      assert.deepEqual(await note(stream, [pending]), { findings: [], kernels: [] });
      await stream.add([fakeLevel(1)]);
      await stream.publish();
      assert.equal((await publishedCves(stream))['CVE-2026-0002']?.status, 'pending');
    });
  });
  it('that somebody damaged in the repository are not taken', async () => {
    await withStream(1, async (stream) => {
      await note(stream, [pending]);
      await writeFile(join(stream.folder, 'notes', `${KERNEL.release}.json`), '{');
      await assert.rejects(stream.add([fakeLevel(2)]), { code: 'STREAM_NOTES_INVALID' });
    });
  });
});
