// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  CATALOGUE,
  EXIT,
  fileDigest,
  formatPlace,
  sha256,
  UptideError,
  writeFileAtomically,
} from '@uptide/base';
import { withFolder } from './support/temporary.ts';

describe('formatPlace', () => {
  const cases: [Parameters<typeof formatPlace>[0], string][] = [
    [{}, ''],
    [{ file: 'a.c', line: 3 }, 'a.c:3'],
    [{ file: 'a.o', section: '.text', symbol: 'f', offset: 16 }, 'a.o .text f+0x10'],
    [{ object: 'vmlinux', symbol: 'f' }, 'vmlinux f'],
    [{ file: 'a.o', offset: 64 }, 'a.o +0x40'],
    [{ kernel: '6.1.0-50-amd64', section: '.data' }, '6.1.0-50-amd64 .data'],
  ];
  for (const [place, text] of cases) {
    it(`prints ${JSON.stringify(text)}`, () => assert.equal(formatPlace(place), text));
  }
});

describe('sha256', () => {
  it('is that of the parts with their lengths', () => {
    assert.equal(sha256('a', Buffer.from('bc')), sha256(Buffer.from('a'), 'bc'));
    assert.notEqual(sha256('ab', 'c'), sha256('a', 'bc'));
    assert.notEqual(sha256('ab'), sha256('ab', ''));
  });

  it('of a file is what sha256sum prints', () => {
    const { stdout } = spawnSync('sha256sum', { input: 'abc', encoding: 'utf8' });
    assert.equal(fileDigest(Buffer.from('abc')), stdout.slice(0, 64));
  });
});

describe('an error', () => {
  it('takes exit status and next step from the catalogue', () => {
    const error = new UptideError('DISK_FULL', 'no room', { place: { file: '/x' }, cause: new Error('why') });
    assert.equal(error.exitStatus, EXIT.machine);
    assert.equal(error.remedy, CATALOGUE.DISK_FULL.remedy);
    assert.equal(error.describe(), 'DISK_FULL: /x: no room');
    assert.ok(error.cause instanceof Error);
  });
});

describe('the catalogue', () => {
  it('says of every code what happened and what to do, in sentences', () => {
    for (const [code, { meaning, remedy }] of Object.entries(CATALOGUE)) {
      assert.match(code, /^[A-Z][A-Z0-9_]+$/);
      assert.match(meaning, /^\S.*\.$/s, code);
      assert.match(remedy, /^\S.{10,}\S$/s, code);
    }
  });
});

describe('writeFileAtomically', () => {
  it('replaces a file and leaves nothing beside it', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'file');
      await writeFileAtomically(path, 'old');
      await writeFileAtomically(path, Buffer.from('new'), 0o600);
      assert.equal(await readFile(path, 'utf8'), 'new');
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      assert.deepEqual(await readdir(folder), ['file']);
    });
  });
  it('leaves nothing when it fails', async () => {
    await withFolder(async (folder) => {
      await mkdir(join(folder, 'taken', 'inside'), { recursive: true });
      await assert.rejects(writeFileAtomically(join(folder, 'taken'), 'x'));
      assert.deepEqual(await readdir(folder), ['taken']);
      await assert.rejects(writeFileAtomically(join(folder, 'no', 'such'), 'x'));
    });
  });
});
