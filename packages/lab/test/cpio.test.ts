// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type CpioFile, writeCpio } from '../src/cpio.ts';
import { throwsCode } from './support/codes.ts';
import { withFolder } from './support/temporary.ts';

const file = (path: string, content = ''): CpioFile => ({ path, content: Buffer.from(content) });

/** The names that cpio(1) finds in an archive, in its order. */
function listed(archive: Buffer): readonly string[] {
  const { status, stdout, stderr } = spawnSync('cpio', ['--list', '--quiet'], { input: archive });
  assert.equal(status, 0, stderr.toString());
  assert.equal(stderr.toString(), '');
  return stdout
    .toString()
    .split('\n')
    .filter((name) => name !== '');
}

describe('writeCpio', () => {
  it('names the folders on the way, each before what is in it', () => {
    const archive = writeCpio([file('usr/share/doc/a'), file('init'), file('usr/b')]);
    assert.deepEqual(listed(archive), [
      'init',
      'usr',
      'usr/b',
      'usr/share',
      'usr/share/doc',
      'usr/share/doc/a',
    ]);
  });

  it('gives the same bytes for the same files in another order', () => {
    const files = [file('b', 'two'), file('a/c', 'three'), file('a/b', 'one')];
    assert.deepEqual(writeCpio(files), writeCpio(files.toReversed()));
  });

  it('writes an empty archive', () => {
    assert.deepEqual(listed(writeCpio([])), []);
  });

  it('is unpacked by cpio with content and mode', async () => {
    await withFolder(async (folder) => {
      const big = Buffer.alloc(100_003, 7);
      const archive = writeCpio([
        { path: 'sub/run', content: Buffer.from('#!/bin/sh\n'), executable: true },
        { path: 'big', content: big },
        file('empty'),
      ]);
      const { status } = spawnSync('cpio', ['--extract', '--quiet', '--no-preserve-owner'], {
        input: archive,
        cwd: folder,
      });
      assert.equal(status, 0);
      assert.deepEqual(await readFile(join(folder, 'big')), big);
      assert.equal((await readFile(join(folder, 'empty'))).length, 0);
      assert.equal((await stat(join(folder, 'sub/run'))).mode & 0o777, 0o755);
      assert.equal((await stat(join(folder, 'big'))).mode & 0o777, 0o644);
    });
  });

  it('is listed by cpio with every name and size, whatever they are', () => {
    const part = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' });
    const name = part.filter((text) => !/[/\0\n]/.test(text) && text !== '.' && text !== '..');
    const entry = fc.record({ path: name, content: fc.uint8Array({ maxLength: 40 }) });
    const files = fc.uniqueArray(entry, { selector: ({ path }) => path, maxLength: 12 });
    fc.assert(
      fc.property(files, (wanted) => {
        const archive = writeCpio(wanted.filter(({ path }) => path !== 'TRAILER!!!'));
        assert.equal(archive.length % 4, 0);
        const names = wanted
          .map(({ path }) => path)
          .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        assert.deepEqual(listed(archive), names);
      }),
      { numRuns: 25 },
    );
  });
});

describe('writeCpio refuses', () => {
  const bad: readonly (readonly [string, readonly CpioFile[]])[] = [
    ['an absolute path', [file('/init')]],
    ['an empty path', [file('')]],
    ['a path that leads upwards', [file('a/../../b')]],
    ['a path with a dot in it', [file('./a')]],
    ['a path that ends in a slash', [file('a/')]],
    ['a path with a NUL', [file('a\0b')]],
    ['the name that ends an archive', [file('TRAILER!!!')]],
    ['a path longer than the kernel reads', [file('a'.repeat(4096))]],
    ['a path that is there twice', [file('a'), file('a')]],
    ['a file below a file', [file('a'), file('a/b')]],
    ['a file in the place of a folder', [file('a/b'), file('a')]],
  ];
  for (const [what, files] of bad) {
    it(what, () => throwsCode('LAB_BAD_GUEST_FILE', () => writeCpio(files)));
  }

  it('nothing at the longest path that the kernel reads', () => {
    assert.equal(listed(writeCpio([file('a'.repeat(4095))])).length, 1);
  });
});
