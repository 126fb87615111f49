// SPDX-License-Identifier: GPL-2.0-or-later
import { open } from 'node:fs/promises';
import { UptideError } from '@uptide/base';
import { type ElfObject, readObject } from '@uptide/elf';
import { KernelError } from '../error.ts';
import { compressionOf, decompress } from '../image/compression.ts';
import { stripSignature } from './signature.ts';

/** Bytes of a module at most, packed or not. Debian's largest (amdgpu) has 25 MB. */
export const MAX_MODULE_SIZE = 256 * 1024 * 1024;

const ELF_MAGIC = 0x7f;

/**
 * Reads the file of a module: unpacked when it is compressed, its signature cut off.
 *
 * @throws KernelError MODULE_MISSING, MODULE_TOO_LARGE, MODULE_CORRUPT, MODULE_BAD_SIGNATURE; ElfError;
 * UptideError TOOL_MISSING when the compression needs a program that is not there.
 */
export async function readModule(path: string): Promise<ElfObject> {
  return readObject(await readModuleBytes(path));
}

/** The bytes of a module as its ELF file, without signature. Errors as `readModule`. */
export async function readModuleBytes(path: string): Promise<Uint8Array> {
  try {
    return await unpackModule(await readBounded(path));
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    throw new KernelError(error.code, error.message, { cause: error, place: { ...error.place, file: path } });
  }
}

/** Gives the ELF file of a module from the bytes of its file. */
export async function unpackModule(file: Uint8Array): Promise<Uint8Array> {
  return stripSignature(file[0] === ELF_MAGIC ? file : await inflate(file));
}

async function inflate(file: Uint8Array): Promise<Uint8Array> {
  const format = compressionOf(file);
  // What `make modules_install` can write: scripts/Makefile.modinst knows these three.
  if (format !== 'gzip' && format !== 'xz' && format !== 'zstd') {
    throw new KernelError('MODULE_CORRUPT', 'the file is neither an ELF file nor packed by gzip, xz or zstd');
  }
  try {
    return await decompress(format, file, MAX_MODULE_SIZE);
  } catch (error) {
    if (error instanceof UptideError && error.code === 'TOOL_MISSING') throw error;
    const words = error instanceof Error ? error.message : String(error);
    throw new KernelError('MODULE_CORRUPT', `${format}: ${words}`, { cause: error });
  }
}

async function readBounded(path: string): Promise<Uint8Array> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r');
  } catch (error) {
    throw new KernelError('MODULE_MISSING', 'the file of the module cannot be opened', { cause: error });
  }
  try {
    const { size } = await file.stat();
    if (size > MAX_MODULE_SIZE) {
      throw new KernelError(
        'MODULE_TOO_LARGE',
        `the module has ${size} bytes, the bound is ${MAX_MODULE_SIZE}`,
      );
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}
