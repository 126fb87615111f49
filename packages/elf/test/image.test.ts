// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readImage } from '../src/index.ts';
import { type RawHeader, rawElf, type SampleSections, sample } from './support/raw-elf.ts';
import { refuses } from './support/refuses.ts';

/** The sample as an executable with two program headers in a section's place. */
function image(change: (header: RawHeader, sections: SampleSections) => void = () => {}): Uint8Array {
  const { header, sections, file } = sample();
  Object.assign(header, { e_type: 2, e_phnum: 2, e_phentsize: 56, e_phoff: 64 });
  sections.text.bytes = new Uint8Array(112);
  Object.assign(sections.text, { sh_size: 0, sh_addr: 0xffffffff81000000n });
  change(header, sections);
  return rawElf(file);
}

test('an image keeps its tables as bytes', () => {
  const { header, sections } = readImage(image());
  assert.equal(header.type, 2);
  assert.equal(sections[1]?.address, -0x7f000000);
  assert.deepEqual(
    sections.map(({ content }) => content.kind),
    ['null', 'bytes', 'bytes', 'bytes', 'nobits', 'bytes', 'bytes', 'bytes', 'bytes', 'bytes'],
  );
});

test('a shared object is an image', () => {
  assert.equal(readImage(image((header) => (header.e_type = 3))).header.type, 3);
});

test('an object is no image', () => {
  refuses('ELF_BAD_HEADER', () => readImage(rawElf(sample().file)));
});

test('program headers past the end', () => {
  refuses('ELF_TRUNCATED', () => readImage(image((header) => (header.e_phoff = 1 << 20))));
});

test('program headers over a section', () => {
  refuses('ELF_BAD_SECTION', () => readImage(image((header) => (header.e_phoff = 184))));
});

test('a number of program headers in section 0', () => {
  const many = (count: number): Uint8Array =>
    image((header, sections) => {
      header.e_phnum = 0xffff;
      sections.null.sh_info = count;
      sections.text.bytes = new Uint8Array(70_000 * 56);
    });
  readImage(many(70_000));
  refuses('ELF_TRUNCATED', () => readImage(many(700_000)));
});
