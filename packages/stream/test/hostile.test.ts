// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StreamCode } from '@uptide/base';
import { decodeUpdate, encodeUpdate, StreamError } from '@uptide/stream';
import fc from 'fast-check';
import {
  MAX_DESCRIPTION_BYTES,
  MAX_FILES,
  MAX_JSON_DEPTH,
  MAX_PATH_BYTES,
  MAX_UPDATE_BYTES,
} from '../src/update/bounds.ts';
import { printJson } from '../src/update/json.ts';
import { readTar, type TarFile, writeTar } from '../src/update/tar.ts';
import { BLOCK, file, listed, withDescription, withHeaderField } from './support/archive.ts';
import { sampleDescription, sampleUpdate } from './support/sample.ts';

function refuses(code: StreamCode, work: () => unknown): void {
  assert.throws(work, (error) => {
    assert.ok(error instanceof StreamError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}

const MODULE = file('uptide_0123456789ab.ko', 'module');

/** The smallest manifest that is accepted, with changes. */
function manifest(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { ...sampleDescription(), schema: 1, files: [listed(MODULE, 'module')], ...changes };
}

describe('the archive of an update', () => {
  const archive = encodeUpdate(sampleUpdate());

  it('is refused when cut anywhere', () => {
    for (let length = 0; length < archive.length; length += 37) {
      refuses('UPDATE_TRUNCATED', () => decodeUpdate(archive.subarray(0, length)));
    }
  });
  it('is refused with a block or a byte after its end', () => {
    for (const more of [1, BLOCK, 10_240]) {
      refuses('UPDATE_BAD_ARCHIVE', () => decodeUpdate(Buffer.concat([archive, Buffer.alloc(more)])));
    }
  });
  it('is refused when any byte of a header is another', () => {
    for (let offset = 0; offset < BLOCK; offset++) {
      const copy = Uint8Array.from(archive);
      copy[offset] = (copy[offset] ?? 0) ^ 1;
      assert.throws(() => decodeUpdate(copy), StreamError, `offset ${offset}`);
    }
  });

  const oddHeaders: [string, number, string][] = [
    ['a symbolic link', 156, '2'],
    ['a folder', 156, '5'],
    ['an extension header', 156, 'x'],
    ['the old form of a plain file', 156, '\0'],
    ['an owner', 108, '0001750\0'],
    ['a time', 136, '00000000001\0'],
    ['the right to run it', 100, '0000755\0'],
    ['a user name', 265, 'root'],
    ['a path prefix', 345, '..'],
    ['GNU magic', 257, 'ustar  \0'],
    ['bytes after the name', 90, 'x'],
  ];
  for (const [what, offset, text] of oddHeaders) {
    it(`is refused with ${what}`, () => {
      refuses('UPDATE_BAD_ARCHIVE', () => decodeUpdate(withHeaderField(archive, 0, offset, text)));
    });
  }
  it('is refused with a size that is no octal number', () => {
    for (const text of [
      '        123\0',
      '-0000000001\0',
      '000000009\0\0\0',
      '\x80\0\0\0\0\0\0\0\0\0\0\x01',
    ]) {
      refuses('UPDATE_BAD_ARCHIVE', () => readTar(withHeaderField(archive, 0, 124, text)));
    }
  });
  it('is refused with a size past its end, before anything is allocated', () => {
    refuses('UPDATE_TRUNCATED', () => readTar(withHeaderField(archive, 0, 124, '77777777777\0')));
  });

  const badNames = [
    '/etc/x',
    '../x',
    'a/../x',
    'a//x',
    './x',
    'a/',
    '',
    '.x',
    'a\\x',
    'a\nx',
    'ä',
    'x'.repeat(MAX_PATH_BYTES + 1),
  ];
  for (const path of badNames) {
    it(`does not hold ${JSON.stringify(path).slice(0, 20)}`, () => {
      refuses('UPDATE_BAD_PATH', () => writeTar([file(path, '')]));
    });
  }
  it('is refused when a header names a path outside', () => {
    refuses('UPDATE_BAD_PATH', () => readTar(withHeaderField(archive, 0, 0, '../pdate.json')));
  });
  it('does not hold a name twice', () => {
    refuses('UPDATE_DUPLICATE_FILE', () => writeTar([file('a', ''), file('a', '')]));
  });
  it(`holds ${MAX_FILES} files and not one more`, () => {
    const files = Array.from({ length: MAX_FILES }, (_, index) => file(`f${index}`, ''));
    const full = writeTar(files);
    assert.equal(readTar(full).length, MAX_FILES);
    refuses('UPDATE_TOO_LARGE', () => writeTar([...files, file('more', '')]));
    const more = writeTar([file('more', '')]);
    refuses('UPDATE_TOO_LARGE', () => readTar(Buffer.concat([full.subarray(0, -1024), more])));
  });
  it('is not read over the bound of its size', () => {
    refuses('UPDATE_TOO_LARGE', () => readTar(new Uint8Array(MAX_UPDATE_BYTES + 1)));
  });
  it('is refused when empty', () => {
    refuses('UPDATE_TRUNCATED', () => decodeUpdate(new Uint8Array()));
    refuses('UPDATE_NO_DESCRIPTION', () => decodeUpdate(new Uint8Array(1024)));
  });
});

describe('the description of an update', () => {
  it('is accepted in its smallest form', () => {
    assert.equal(decodeUpdate(withDescription(manifest(), MODULE)).patches.length, 0);
  });
  it('stands first', () => {
    refuses('UPDATE_NO_DESCRIPTION', () => decodeUpdate(writeTar([MODULE, file('update.json', '{}')])));
  });
  it('is JSON in UTF-8', () => {
    for (const bytes of [
      Buffer.from('{'),
      Buffer.from('\ufeff{}'),
      Buffer.of(0x22, 0xff, 0x22),
      Buffer.of(),
    ]) {
      refuses('UPDATE_BAD_DESCRIPTION', () => decodeUpdate(writeTar([{ path: 'update.json', bytes }])));
    }
  });
  it('is in one form alone', () => {
    const text = Buffer.from(printJson(manifest())).toString();
    const forms = [
      JSON.stringify(manifest()),
      `${text}\n`,
      text.replace('"level": 1', '"level": 1.0'),
      text.replace('"level": 1', '"level": 2, "level": 1'),
      text.replace('"title"', '"\\u0074itle"'),
    ];
    for (const form of forms) {
      assert.notEqual(form, text);
      refuses('UPDATE_BAD_DESCRIPTION', () => decodeUpdate(writeTar([file('update.json', form), MODULE])));
    }
  });
  it('is not nested deep', () => {
    const depth = MAX_JSON_DEPTH + 1;
    for (const levels of [depth, 100_000]) {
      const text = `${'['.repeat(levels)}${']'.repeat(levels)}`;
      refuses('UPDATE_BAD_DESCRIPTION', () => decodeUpdate(writeTar([file('update.json', text)])));
    }
  });
  it('is not over the bound of its size', () => {
    const bytes = new Uint8Array(MAX_DESCRIPTION_BYTES + 1).fill(0x20);
    refuses('UPDATE_TOO_LARGE', () => decodeUpdate(writeTar([{ path: 'update.json', bytes }])));
  });
  it('names a schema version that is known', () => {
    refuses('UPDATE_SCHEMA_UNKNOWN', () => decodeUpdate(withDescription({ schema: 2 }, MODULE)));
    for (const schema of [0, -1, 1.5, '1', null]) {
      refuses('UPDATE_BAD_DESCRIPTION', () => decodeUpdate(withDescription(manifest({ schema }), MODULE)));
    }
  });

  const [object] = sampleDescription().objects;
  const [replaced] = object?.functions ?? [];
  const withFunction = (changes: object): object => ({
    objects: [{ ...object, functions: [{ ...replaced, ...changes }] }],
  });
  const masks = (...ranges: [number, number][]): object => ({
    match: { ...replaced?.match, masks: ranges.map(([offset, length]) => ({ offset, length, kind: 'x' })) },
  });
  const [finding] = sampleDescription().findings;
  const wrong: [string, object][] = [
    ['an id that is no digest', { id: 'AB'.repeat(32) }],
    ['a module name with a slash', { module: '../evil' }],
    ['a module name that is too long', { module: 'x'.repeat(56) }],
    ['a release with a slash', { kernel: { ...sampleDescription().kernel, release: '../6.1' } }],
    ['another architecture', { kernel: { ...sampleDescription().kernel, architecture: 'arm64' } }],
    ['level 0', { level: 0 }],
    ['a CVE that is none', { cves: ['CVE-24-1'] }],
    ['no objects', { objects: [] }],
    ['an object without functions', { objects: [{ ...object, functions: [] }] }],
    ['a function of no bytes', withFunction({ size: 0 })],
    ['a position below 0', withFunction({ position: -1 })],
    ['a size beyond exact numbers', withFunction({ size: 2 ** 53 })],
    ['masks that overlap', withFunction(masks([0, 5], [4, 2]))],
    ['masks out of order', withFunction(masks([10, 2], [0, 2]))],
    ['a mask past the function', withFunction(masks([318, 3]))],
    ['a mask of no bytes', withFunction(masks([0, 0]))],
    ['a finding that refuses', { findings: [{ ...finding, verdict: 'refuse' }] }],
    ['an unknown verdict', { findings: [{ ...finding, verdict: 'fine' }] }],
    ['a state without a number', { states: [{ id: '0x0', version: 1 }] }],
    ['a state whose id is longer than a long', { states: [{ id: '0x10000000000000000', version: 1 }] }],
    ['a state whose version is longer than an int', { states: [{ id: '0x1', version: 2 ** 32 }] }],
    ['a fix without a name', { fixes: [{ id: '..', title: '', cves: [] }] }],
    ['a fix on a day that is none', { fixes: [{ id: 'a', title: '', cves: [], date: '2023-02-29' }] }],
    ['no compiler', { compiler: undefined }],
  ];
  for (const [what, changes] of wrong) {
    it(`is refused with ${what}`, () => {
      const value = manifest(changes as Record<string, unknown>);
      refuses('UPDATE_BAD_DESCRIPTION', () => decodeUpdate(withDescription(value, MODULE)));
      const { schema: _schema, files: _files, ...rest } = value;
      const description = rest as ReturnType<typeof sampleDescription>;
      refuses('UPDATE_UNWRITABLE', () => encodeUpdate(sampleUpdate({ description })));
    });
  }
});

describe('the files of an update', () => {
  const decode = (files: object[], ...carried: TarFile[]): unknown =>
    decodeUpdate(withDescription(manifest({ files }), ...carried));
  const patch = file('patches/0001-a.patch', 'a');

  it('are all listed', () => {
    refuses('UPDATE_UNLISTED_FILE', () => decode([listed(MODULE, 'module')], MODULE, patch));
  });
  it('are all there', () => {
    refuses('UPDATE_MISSING_FILE', () => decode([listed(MODULE, 'module'), listed(patch, 'patch')], MODULE));
  });
  it('are listed once', () => {
    refuses('UPDATE_DUPLICATE_FILE', () =>
      decode([listed(MODULE, 'module'), listed(MODULE, 'module')], MODULE),
    );
  });
  it('have the size and digest of the list', () => {
    for (const lie of [{ size: 5 }, { sha256: '0'.repeat(64) }]) {
      refuses('UPDATE_WRONG_DIGEST', () => decode([{ ...listed(MODULE, 'module'), ...lie }], MODULE));
    }
  });
  it('include the module under its own name', () => {
    refuses('UPDATE_MISSING_FILE', () => decode([]));
    const other = file('other.ko', '');
    refuses('UPDATE_BAD_DESCRIPTION', () => decode([listed(other, 'module')], other));
    refuses('UPDATE_BAD_DESCRIPTION', () =>
      decode([listed(MODULE, 'module'), listed(other, 'module')], MODULE, other),
    );
  });
  it('have patches in their folder alone', () => {
    const astray = file('a.patch', 'a');
    refuses('UPDATE_BAD_DESCRIPTION', () =>
      decode([listed(MODULE, 'module'), listed(astray, 'patch')], MODULE, astray),
    );
  });
});

describe('an update changed at random', () => {
  const archive = encodeUpdate(sampleUpdate());
  it('is refused with a code, whichever byte is another', () => {
    fc.assert(
      fc.property(fc.nat(archive.length - 1), fc.integer({ min: 1, max: 255 }), (offset, change) => {
        const copy = Uint8Array.from(archive);
        copy[offset] = (copy[offset] ?? 0) ^ change;
        assert.throws(() => {
          // A byte of a title is free to be another: then the description, and so the bytes, differ.
          assert.notDeepEqual(encodeUpdate(decodeUpdate(copy)), archive);
          throw new StreamError('UPDATE_WRONG_DIGEST', 'read as another update');
        }, StreamError);
      }),
      { numRuns: 500 },
    );
  });
});
