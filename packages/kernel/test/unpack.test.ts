// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { run } from '@uptide/base';
import { findPayload } from '../src/image/bzimage.ts';
import { compressionOf } from '../src/image/compression.ts';
import { MAX_IMAGE_SIZE, unpackImage } from '../src/image/unpack.ts';
import { withBytes, withU32 } from './support/bytes.ts';
import { assertCode, assertRejects } from './support/codes.ts';
import { kernelSections, writeBootImage, writeImage } from './support/image-writer.ts';

const ELF = writeImage(kernelSections(Buffer.from('constants')));

async function pack(program: string, ...args: string[]): Promise<Buffer> {
  return (await run(program, args, { input: ELF })).stdout;
}

/** With the checksum that zstd(1) writes. */
function packZstd(): Buffer {
  return zstdCompressSync(ELF, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
}

describe('findPayload', () => {
  const stream = gzipSync(ELF);
  const image = writeBootImage(stream, ELF.length, { ownSize: true });

  test('finds a payload, its format and its size', () => {
    const { format, bytes, expectedSize } = findPayload(image);
    assert.equal(format, 'gzip');
    assert.deepEqual(Buffer.from(bytes), stream);
    assert.equal(expectedSize, ELF.length);
  });

  test('takes zero setup sectors as four', () => {
    const old = writeBootImage(stream, ELF.length, { setupSectors: 0, ownSize: true });
    assert.equal(findPayload(old).expectedSize, ELF.length);
  });

  test('cuts the size off every format but gzip', async () => {
    const xz = await pack('xz', '-c');
    const payload = findPayload(writeBootImage(xz, 123));
    assert.deepEqual(Buffer.from(payload.bytes), xz);
    assert.equal(payload.expectedSize, 123);
  });

  test('refuses a file without boot flag, without HdrS, or too short for them', () => {
    assertCode('IMAGE_NOT_KERNEL', () => findPayload(withBytes(image, 0x1fe, 0)));
    assertCode('IMAGE_NOT_KERNEL', () => findPayload(withBytes(image, 0x202, 0)));
    assertCode('IMAGE_NOT_KERNEL', () => findPayload(image.subarray(0, 0x24f)));
    assertCode('IMAGE_NOT_KERNEL', () => findPayload(new Uint8Array(0)));
  });

  test('refuses a boot protocol without payload fields', () => {
    const old = writeBootImage(stream, 0, { version: 0x0207 });
    assertCode('IMAGE_NOT_KERNEL', () => findPayload(old));
  });

  test('refuses a payload too short to hold its size', () => {
    assertCode('IMAGE_NOT_KERNEL', () => findPayload(withU32(image, 0x24c, 4)));
  });

  test('refuses a payload past the end of the file', () => {
    assertCode('IMAGE_TRUNCATED', () => findPayload(withU32(image, 0x24c, image.length)));
    assertCode('IMAGE_TRUNCATED', () => findPayload(withU32(image, 0x248, 0xffffffff)));
    assertCode('IMAGE_TRUNCATED', () => findPayload(image.subarray(0, 2600)));
  });

  test('refuses a payload of no known format', () => {
    assertCode('IMAGE_FORMAT', () => findPayload(writeBootImage(Buffer.from('plain bytes'), 11)));
  });
});

test('compressionOf knows the formats by their first bytes', () => {
  const magics: readonly (readonly [string, string | undefined])[] = [
    ['1f8b08', 'gzip'],
    ['fd377a585a0000', 'xz'],
    ['28b52ffd24', 'zstd'],
    ['02214c18', 'lz4'],
    ['5d00008000', 'lzma'],
    ['425a6839', 'bzip2'],
    ['894c5a4f000d0a1a0a10', 'lzo'],
    ['894c5a4f00', undefined],
    ['7f454c46', undefined],
    ['', undefined],
  ];
  for (const [hex, format] of magics) assert.equal(compressionOf(Buffer.from(hex, 'hex')), format, hex);
});

describe('unpackImage', () => {
  test('gives an ELF file back as it is', async () => {
    assert.equal(await unpackImage(ELF), ELF);
  });

  const packers: readonly (readonly [string, () => Promise<Buffer>])[] = [
    ['gzip', async () => writeBootImage(gzipSync(ELF), ELF.length, { ownSize: true })],
    ['zstd', async () => writeBootImage(packZstd(), ELF.length)],
    [
      'xz',
      async () => writeBootImage(await pack('xz', '-c', '--check=crc32', '--x86', '--lzma2'), ELF.length),
    ],
    ['lzma', async () => writeBootImage(await pack('xz', '-c', '--format=lzma'), ELF.length)],
    ['lz4', async () => writeBootImage(await pack('lz4', '-l', '-c'), ELF.length)],
    ['bzip2', async () => writeBootImage(await pack('bzip2', '-c'), ELF.length)],
  ];
  for (const [format, write] of packers) {
    test(`unpacks ${format}`, async () => {
      assert.deepEqual(Buffer.from(await unpackImage(await write())), ELF);
    });

    test(`refuses a damaged ${format} stream`, async () => {
      const image = await write();
      const { bytes } = findPayload(image);
      const middle = bytes.byteOffset - image.byteOffset + (bytes.length >> 1);
      const damaged = Buffer.from(image).fill(0xa5, middle, middle + 16);
      await assertRejects('IMAGE_CORRUPT', () => unpackImage(damaged));
    });

    test(`refuses a ${format} stream that is cut short`, async () => {
      const { bytes } = findPayload(await write());
      const image = writeBootImage(bytes.subarray(0, bytes.length - 20), ELF.length);
      await assertRejects('IMAGE_CORRUPT', () => unpackImage(image));
    });

    test(`refuses a ${format} stream that unpacks to another size`, async () => {
      const image = await write();
      const { bytes } = findPayload(image);
      const end = bytes.byteOffset - image.byteOffset + bytes.length - (format === 'gzip' ? 4 : 0);
      await assertRejects('IMAGE_CORRUPT', () => unpackImage(withU32(image, end, ELF.length - 1)));
      await assertRejects('IMAGE_CORRUPT', () => unpackImage(withU32(image, end, ELF.length + 1)));
    });
  }

  test('refuses what is no image', async () => {
    await assertRejects('IMAGE_NOT_KERNEL', () => unpackImage(Buffer.from('MZ and no more')));
    await assertRejects('IMAGE_NOT_KERNEL', () => unpackImage(new Uint8Array(0)));
  });

  test('refuses a payload that is no ELF file', async () => {
    const text = Buffer.from('a kernel of another kind');
    const image = writeBootImage(gzipSync(text), text.length, { ownSize: true });
    await assertRejects('IMAGE_NOT_KERNEL', () => unpackImage(image));
  });

  test('refuses LZO by name', async () => {
    const lzo = Buffer.from('894c5a4f000d0a1a0a1030', 'hex');
    await assertRejects('IMAGE_FORMAT', () => unpackImage(writeBootImage(lzo, 10)));
  });

  test('refuses a size over the bound before it unpacks', async () => {
    const image = writeBootImage(packZstd(), MAX_IMAGE_SIZE + 1);
    await assertRejects('IMAGE_TOO_LARGE', () => unpackImage(image));
  });

  test('stops when it is asked to', async () => {
    const image = writeBootImage(await pack('xz', '-c'), ELF.length);
    await assertRejects('INTERRUPTED', () => unpackImage(image, AbortSignal.abort()));
  });
});
