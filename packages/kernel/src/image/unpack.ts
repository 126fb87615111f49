// SPDX-License-Identifier: GPL-2.0-or-later
import { UptideError } from '@uptide/base';
import { KernelError } from '../error.ts';
import { findPayload, isBootImage } from './bzimage.ts';
import { decompress, type ReadableFormat } from './compression.ts';

/**
 * Bytes that an image may unpack to. The kernel maps itself into KERNEL_IMAGE_SIZE, 512 MiB without
 * KASLR (arch/x86/include/asm/page_64_types.h); Debian's images have 60 to 110 MB.
 */
export const MAX_IMAGE_SIZE = 512 * 1024 * 1024;

const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46];

/**
 * Gives the ELF image of a kernel from its `vmlinuz`; an ELF file is given back as it is.
 * What the build appends to the ELF file (the relocations for KASLR) stays at its end.
 *
 * @throws KernelError IMAGE_NOT_KERNEL, IMAGE_TRUNCATED, IMAGE_FORMAT, IMAGE_TOO_LARGE, IMAGE_CORRUPT;
 * UptideError TOOL_MISSING when the format needs a program that is not there, INTERRUPTED on abort.
 */
export async function unpackImage(file: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
  if (isElf(file)) {
    refuseTooLarge(file.length);
    return file;
  }
  if (!isBootImage(file)) {
    throw new KernelError(
      'IMAGE_NOT_KERNEL',
      'the file begins neither like an ELF file nor like a boot image',
    );
  }
  const { format, bytes, expectedSize } = findPayload(file);
  refuseTooLarge(expectedSize);
  if (format === 'lzo') throw new KernelError('IMAGE_FORMAT', 'the payload is compressed with LZO');
  const image = await unpackPayload(format, bytes, expectedSize, signal);
  if (image.length !== expectedSize) {
    throw new KernelError(
      'IMAGE_CORRUPT',
      `the ${format} payload unpacks to ${image.length} bytes, the image states ${expectedSize}`,
    );
  }
  if (!isElf(image)) throw new KernelError('IMAGE_NOT_KERNEL', 'the payload does not unpack to an ELF file');
  return image;
}

async function unpackPayload(
  format: ReadableFormat,
  bytes: Uint8Array,
  expectedSize: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  try {
    return await decompress(format, bytes, expectedSize, signal);
  } catch (error) {
    if (error instanceof UptideError && (error.code === 'TOOL_MISSING' || error.code === 'INTERRUPTED')) {
      throw error;
    }
    const words = error instanceof Error ? error.message : String(error);
    throw new KernelError('IMAGE_CORRUPT', `the ${format} payload does not unpack: ${words}`, {
      cause: error,
    });
  }
}

function isElf(bytes: Uint8Array): boolean {
  return ELF_MAGIC.every((byte, i) => bytes[i] === byte);
}

function refuseTooLarge(size: number): void {
  if (size > MAX_IMAGE_SIZE) {
    throw new KernelError(
      'IMAGE_TOO_LARGE',
      `the image unpacks to ${size} bytes, the bound is ${MAX_IMAGE_SIZE}`,
    );
  }
}
