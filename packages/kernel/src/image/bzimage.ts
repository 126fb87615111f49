// SPDX-License-Identifier: GPL-2.0-or-later
import { KernelError } from '../error.ts';
import { type CompressionFormat, compressionOf } from './compression.ts';

/** The compressed kernel inside a boot image. */
export interface BootPayload {
  readonly format: CompressionFormat;
  /** The stream alone, without the size that the kernel build appends. */
  readonly bytes: Uint8Array;
  /** Bytes that the stream unpacks to, as the build recorded them. */
  readonly expectedSize: number;
}

// Offsets of the setup header: Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header".
const SETUP_SECTS = 0x1f1;
const BOOT_FLAG = 0x1fe;
const HEADER_MAGIC = 0x202;
const VERSION = 0x206;
const PAYLOAD_OFFSET = 0x248;
const PAYLOAD_LENGTH = 0x24c;
const HEADER_END = 0x250;

const BOOT_FLAG_VALUE = 0xaa55;
/** "HdrS" */
const HEADER_MAGIC_VALUE = 0x53726448;
/** Protocol 2.08 brought payload_offset and payload_length. */
const FIRST_VERSION_WITH_PAYLOAD = 0x0208;
const SECTOR = 512;
/** "For backwards compatibility, if the setup_sects field contains 0, the real value is 4." */
const DEFAULT_SETUP_SECTS = 4;
const SIZE_FIELD = 4;

/** Whether the bytes begin like an x86 boot image with a setup header. */
export function isBootImage(file: Uint8Array): boolean {
  if (file.length < HEADER_END) return false;
  const view = viewOf(file);
  return (
    view.getUint16(BOOT_FLAG, true) === BOOT_FLAG_VALUE &&
    view.getUint32(HEADER_MAGIC, true) === HEADER_MAGIC_VALUE
  );
}

/**
 * Finds the compressed kernel in a bzImage (`vmlinuz`).
 *
 * @throws KernelError IMAGE_NOT_KERNEL, IMAGE_TRUNCATED, IMAGE_FORMAT.
 */
export function findPayload(file: Uint8Array): BootPayload {
  if (!isBootImage(file)) throw new KernelError('IMAGE_NOT_KERNEL', 'there is no x86 setup header');
  const view = viewOf(file);
  const version = view.getUint16(VERSION, true);
  if (version < FIRST_VERSION_WITH_PAYLOAD) {
    throw new KernelError(
      'IMAGE_NOT_KERNEL',
      `boot protocol 0x${version.toString(16)} has no payload fields`,
      {
        place: { offset: VERSION },
      },
    );
  }
  const setupSectors = view.getUint8(SETUP_SECTS);
  const start =
    ((setupSectors === 0 ? DEFAULT_SETUP_SECTS : setupSectors) + 1) * SECTOR +
    view.getUint32(PAYLOAD_OFFSET, true);
  const length = view.getUint32(PAYLOAD_LENGTH, true);
  if (length <= SIZE_FIELD) {
    throw new KernelError('IMAGE_NOT_KERNEL', `the payload has ${length} bytes`, {
      place: { offset: PAYLOAD_LENGTH },
    });
  }
  if (start + length > file.length) {
    throw new KernelError(
      'IMAGE_TRUNCATED',
      `the payload is at ${start} to ${start + length}, the file has ${file.length} bytes`,
      { place: { offset: PAYLOAD_OFFSET } },
    );
  }
  const payload = file.subarray(start, start + length);
  const format = compressionOf(payload);
  if (format === undefined) {
    throw new KernelError('IMAGE_FORMAT', `the payload begins with ${hex(payload.subarray(0, 8))}`, {
      place: { offset: start },
    });
  }
  // scripts/Makefile.lib appends the size to every format but gzip, whose own last field (ISIZE) is the same.
  const bytes = format === 'gzip' ? payload : payload.subarray(0, length - SIZE_FIELD);
  return { format, bytes, expectedSize: view.getUint32(start + length - SIZE_FIELD, true) };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
