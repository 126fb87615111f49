// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { address, findBuildId } from '@uptide/elf';
import { imageOf, openImage } from '../src/image/image.ts';
import { MAX_IMAGE_SIZE } from '../src/image/unpack.ts';
import type { KernelImage } from '../src/model.ts';
import { assertCode } from './support/codes.ts';
import {
  BUILD_ID,
  kernelSections,
  type WrittenSection,
  writeImage,
  writeNote,
} from './support/image-writer.ts';
import {
  LAYOUTS,
  RODATA_ADDRESS,
  sorted,
  TEXT_ADDRESS,
  TEXT_SIZE,
  TEXT_SYMBOLS,
  writeKallsyms,
} from './support/kallsyms-writer.ts';

const BANNER = 'Linux version 6.1.0-50-amd64 (builder@host) (gcc-12 12.2.0) #1 SMP';
const BANNER_ADDRESS = RODATA_ADDRESS + 0x8000;
const LAYOUT = LAYOUTS['changed order'] ?? assert.fail();

/** Constants with tables and, 32 KiB after their start, a banner. */
function rodata(options: { readonly banner?: string; readonly symbols?: readonly string[] } = {}): Buffer {
  const { banner = `${BANNER}\n\0`, symbols = ['linux_banner'] } = options;
  const banners = symbols.map((name) => ({ address: BANNER_ADDRESS, type: 'D', name }));
  const { bytes } = writeKallsyms(sorted([...TEXT_SYMBOLS, ...banners]), LAYOUT);
  return Buffer.concat([bytes, Buffer.alloc(0x8000 - bytes.length), Buffer.from(banner, 'latin1')]);
}

const SECTIONS = kernelSections(rodata());
const BYTES = writeImage(SECTIONS);

const folder = mkdtempSync(join(tmpdir(), 'uptide-image-'));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'vmlinux');
writeFileSync(path, BYTES);

const ways: readonly (readonly [string, () => KernelImage])[] = [
  ['imageOf', () => imageOf(BYTES)],
  ['openImage', () => openImage(path)],
];
for (const [way, open] of ways) {
  describe(way, () => {
    test('gives build id, banner and sections', () => {
      const image = open();
      assert.equal(image.buildId, BUILD_ID);
      assert.equal(image.banner, BANNER);
      assert.deepEqual(
        image.sections.map(({ name, size, executable }) => [name, size, executable]),
        [
          ['.text', TEXT_SIZE, true],
          ['.rodata', rodata().length, false],
          ['.notes', 60, false],
          ['.bss', 0x1000, false],
        ],
      );
      assert.equal(image.sections[0]?.address, TEXT_ADDRESS);
    });

    test('gives the symbols', () => {
      const [symbol] = open().symbols.named('linux_banner');
      assert.deepEqual(symbol, { name: 'linux_banner', address: BANNER_ADDRESS, type: 'D', order: 3 });
    });

    test('reads inside sections with content alone', () => {
      const image = open();
      assert.deepEqual([...(image.read(address(TEXT_ADDRESS + 5), 3) ?? [])], [5, 6, 7]);
      assert.equal(image.read(address(TEXT_ADDRESS), TEXT_SIZE)?.length, TEXT_SIZE);
      assert.equal(image.read(address(TEXT_ADDRESS), 0)?.length, 0);
      assert.equal(image.read(address(TEXT_ADDRESS), TEXT_SIZE + 1), undefined);
      assert.equal(image.read(address(TEXT_ADDRESS - 1), 2), undefined);
      assert.equal(image.read(address(TEXT_ADDRESS), -1), undefined);
      assert.equal(image.read(address(RODATA_ADDRESS + 0x200000), 1), undefined, '.bss');
      assert.equal(image.read(address(0), 1), undefined);
    });

    test('gives sections by name', () => {
      const image = open();
      assert.deepEqual(Buffer.from(image.section('.rodata') ?? []), rodata());
      assert.equal(image.section('.bss'), undefined);
      assert.equal(image.section('.shstrtab'), undefined);
      assert.equal(image.section('.none'), undefined);
    });
  });
}

test('a range goes over the border of sections that follow each other', () => {
  const next: WrittenSection = {
    name: '.next',
    address: TEXT_ADDRESS + TEXT_SIZE,
    content: Buffer.from([1, 2, 3]),
  };
  const image = imageOf(writeImage([...SECTIONS, next]));
  assert.deepEqual([...(image.read(address(TEXT_ADDRESS + TEXT_SIZE - 2), 4) ?? [])], [0xfe, 0xff, 1, 2]);
  assert.equal(image.read(address(TEXT_ADDRESS + TEXT_SIZE - 2), 6), undefined);
});

test('a kept symbol table is used in place of the tables', () => {
  const { symbols } = imageOf(BYTES);
  const stripped = imageOf(writeImage(kernelSections(Buffer.alloc(64))), symbols);
  assert.equal(stripped.symbols, symbols);
});

describe('the banner', () => {
  test('is searched when it has no symbol', () => {
    const image = imageOf(writeImage(kernelSections(rodata({ symbols: [] }))));
    assert.equal(image.banner, BANNER);
  });

  const refused: readonly (readonly [string, Parameters<typeof rodata>[0]])[] = [
    ['that begins otherwise', { banner: 'Other version 6.1\n\0' }],
    ['without end', { banner: `${BANNER}\n` }],
    ['longer than any', { banner: `Linux version 6.1 ${'x'.repeat(1024)}\n\0` }],
    ['without symbol that is not there', { banner: 'Linux version %s\n\0', symbols: [] }],
    ['without symbol that is there twice', { banner: `${BANNER}\n\0${BANNER}\n\0`, symbols: [] }],
    ['with two symbols', { symbols: ['linux_banner', 'linux_banner'] }],
  ];
  for (const [name, options] of refused) {
    test(`is refused: one ${name}`, () => {
      const image = imageOf(writeImage(kernelSections(rodata(options))));
      assertCode('IMAGE_NO_BANNER', () => image.banner);
    });
  }
});

describe('an image is refused', () => {
  test('without section headers for what it loads', () => {
    assertCode('IMAGE_BAD_ELF', () => imageOf(writeImage([])));
  });

  test('with sections that share addresses', () => {
    const second: WrittenSection = { name: '.again', address: TEXT_ADDRESS + 16, content: Buffer.alloc(4) };
    assertCode('IMAGE_BAD_ELF', () => imageOf(writeImage([...SECTIONS, second])));
  });

  test('without build id', () => {
    const sections = SECTIONS.filter(({ name }) => name !== '.notes');
    assertCode('IMAGE_NO_BUILD_ID', () => imageOf(writeImage(sections)));
  });

  test('as a file when it is cut short or empty', () => {
    const short = join(folder, 'short');
    for (const length of [10, 63, 100, BYTES.length - 1]) {
      writeFileSync(short, BYTES.subarray(0, length));
      assertCode('ELF_TRUNCATED', () => openImage(short));
    }
    writeFileSync(short, '');
    assertCode('ELF_NOT_ELF64', () => openImage(short));
  });

  test('as a file when it is over the bound', () => {
    const large = join(folder, 'large');
    writeFileSync(large, '');
    truncateSync(large, MAX_IMAGE_SIZE + 1);
    assertCode('IMAGE_TOO_LARGE', () => openImage(large));
  });

  test('as a file when it becomes shorter while it is read', () => {
    const shrinking = join(folder, 'shrinking');
    const gap: WrittenSection = { name: '.gap', address: 0x1000, content: Buffer.alloc(1024 * 1024) };
    const [text, ...others] = SECTIONS;
    writeFileSync(shrinking, writeImage([...others, gap, ...(text === undefined ? [] : [text])]));
    const image = openImage(shrinking);
    truncateSync(shrinking, 300 * 1024);
    assertCode('IMAGE_TRUNCATED', () => image.section('.gap'));
  });
});

describe('findBuildId', () => {
  const note = writeNote('GNU', 3, Buffer.from('abcd', 'hex'));

  test('finds it after other notes', () => {
    const notes = Buffer.concat([writeNote('Linux', 257, Buffer.from([1])), writeNote('GNU', 5, note), note]);
    assert.equal(findBuildId(notes), 'abcd');
  });

  test('finds none where there is none', () => {
    assert.equal(findBuildId(new Uint8Array(0)), undefined);
    assert.equal(findBuildId(writeNote('gnu', 3, note)), undefined);
    assert.equal(findBuildId(writeNote('GNU', 3, new Uint8Array(0))), undefined);
  });

  test('ends at a note that reaches past the section', () => {
    assert.equal(findBuildId(note.subarray(0, note.length - 3)), undefined);
    assert.equal(findBuildId(Buffer.concat([Buffer.alloc(12, 0xff), note])), undefined);
  });
});
