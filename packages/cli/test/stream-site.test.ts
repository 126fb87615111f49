// SPDX-License-Identifier: GPL-2.0-or-later
/** What a site does with a stream: mirrors, notes of makers. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { KERNEL, type PublishedStream, publishedStream } from '../../stream/test/support/published.ts';
import { MAX_NOTES_BYTES, parseNotes } from '../src/glue/stream/notes.ts';
import { uptide } from './support/uptide.ts';

describe('uptide stream mirror', () => {
  let stream: PublishedStream;
  before(async () => {
    stream = await publishedStream({ levels: 1, now: Date.now() });
  });
  after(async () => stream.remove());
  const mirror = async (...more: string[]) =>
    await uptide(['stream', 'mirror', stream.served, 'mirror', ...more], stream.folder);

  it('needs a root the first time, and says what it did', async () => {
    const without = await mirror();
    assert.equal(without.status, 9);
    assert.match(without.stderr, /STREAM_NO_ROOT/);
    const { status, stdout } = await mirror('--root', 'public/metadata/1.root.json', '--json');
    assert.equal(status, 0);
    const report = JSON.parse(stdout);
    assert.equal(report.schema, 1);
    assert.equal(report.targets.fetched, report.targets.listed);
    assert.ok(existsSync(join(stream.folder, 'mirror/metadata/timestamp.json')));
    const again = await mirror('--prune', '--verify');
    assert.match(again.stdout, /^mirror: timestamp 1, good until .*\n0 files fetched/);
  });
  it('has exports and imports beside it', async () => {
    const site = async (...args: string[]) => await uptide(['stream', ...args], stream.folder);
    const day = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
    const root = ['--root', 'public/metadata/1.root.json'];
    const made = await site('export', stream.served, 'stream.export', ...root, '--expires', day, '--json');
    assert.equal(made.status, 0);
    assert.ok(JSON.parse(made.stdout).files > 5);
    assert.equal((await site('import', 'stream.export', 'site')).status, 9);
    const { status, stdout } = await site('import', 'stream.export', 'site', ...root);
    assert.equal(status, 0);
    assert.match(stdout, /^site: timestamp 1/);
    assert.equal((await site('export', stream.served, 'x', ...root, '--expires', '2026-02-31')).status, 2);
    assert.equal((await site('import', 'public/metadata/1.root.json', 'other', ...root)).status, 9);
  });
  it('refuses a glob that is none', async () => {
    const { status, stderr } = await mirror('--release', '6.1/..');
    assert.equal(status, 2);
    assert.match(stderr, /USAGE/);
  });
});

describe('the notes of makers', () => {
  const read = (text: string) => parseNotes(Buffer.from(text), 'cves.yaml');
  const refused = (text: string | Uint8Array) =>
    assert.throws(() => parseNotes(Buffer.from(text), 'cves.yaml'), { code: 'STREAM_NOTES_INVALID' });
  const head = `schema: 1\nkernel: ${KERNEL.release}\nnotes:\n`;

  it('are YAML or JSON', () => {
    const yaml = read(`${head}  - { cve: CVE-2026-0009, status: pending, date: 2026-11-01 }\n`);
    assert.deepEqual(read(JSON.stringify({ schema: 1, ...yaml })), yaml);
    assert.equal(yaml.notes[0]?.date, '2026-11-01');
  });
  it('have no aliases, no keys twice, no tags, no second document', () => {
    refused(`${head}  - &a { cve: CVE-2026-0009, status: pending, date: 2026-11-01 }\n  - *a\n`);
    refused(`schema: 1\nschema: 1\nkernel: x\nnotes: []\n`);
    refused(`schema: 1\nkernel: !!js/function x\nnotes: []\n`);
    refused(`schema: 1\nkernel: x\nnotes: []\n---\nschema: 1\n`);
  });
  it('are text of a bounded size', () => {
    refused(Uint8Array.from([0xff, 0xfe]));
    refused(' '.repeat(MAX_NOTES_BYTES + 1));
    refused('['.repeat(100_000));
  });
});

describe('uptide stream notes', () => {
  it('stages the feeds, or says why not', async () => {
    const stream = await publishedStream({ levels: 1 });
    try {
      const notes = join(stream.folder, 'cves.yaml');
      writeFileSync(
        notes,
        `schema: 1\nkernel: ${KERNEL.release}\nnotes:\n  - cve: CVE-2026-0009\n    status: pending\n    date: 2026-11-01\n`,
      );
      const { status, stdout } = await uptide(['stream', 'notes', notes, '--json'], stream.folder);
      assert.equal(status, 0);
      assert.equal(JSON.parse(stdout).kernels.length, 1);
      writeFileSync(notes, readFileSync(notes, 'utf8').replace('CVE-2026-0009', 'CVE-2026-0001'));
      const refusal = await uptide(['stream', 'notes', notes], stream.folder);
      assert.equal(refusal.status, 6);
      assert.match(refusal.stdout, /STREAM_NOTES_REWRITTEN/);
    } finally {
      await stream.remove();
    }
  });
});
