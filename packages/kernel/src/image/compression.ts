// SPDX-License-Identifier: GPL-2.0-or-later
import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { run } from '@uptide/base';

/** How the kernel build can compress a boot image or a module. */
export type CompressionFormat = 'gzip' | 'xz' | 'zstd' | 'lz4' | 'lzma' | 'bzip2' | 'lzo';

interface Method {
  readonly format: CompressionFormat;
  /** The bytes that the stream begins with (lib/decompress.c and the formats' own descriptions). */
  readonly magic: readonly number[];
}

const METHODS: readonly Method[] = [
  { format: 'gzip', magic: [0x1f, 0x8b] },
  { format: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { format: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd] },
  // The legacy frame, which `lz4 -l` writes and lib/decompress_unlz4.c alone understands.
  { format: 'lz4', magic: [0x02, 0x21, 0x4c, 0x18] },
  { format: 'lzma', magic: [0x5d, 0x00, 0x00] },
  { format: 'bzip2', magic: [0x42, 0x5a, 0x68] },
  { format: 'lzo', magic: [0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a] },
];

/** The format whose magic the bytes begin with; undefined when it is none. */
export function compressionOf(bytes: Uint8Array): CompressionFormat | undefined {
  return METHODS.find(({ magic }) => magic.every((byte, i) => bytes[i] === byte))?.format;
}

const gunzipAsync = promisify(gunzip);
const zstdAsync = promisify(zstdDecompress);

/** Programs for what node:zlib does not read; each takes the stream on standard input. */
const PROGRAMS = {
  xz: { argv: ['xz', '--decompress', '--stdout', '--format=xz'], package: 'xz-utils' },
  lzma: { argv: ['xz', '--decompress', '--stdout', '--format=lzma'], package: 'xz-utils' },
  lz4: { argv: ['lz4', '-d', '-c'], package: 'lz4' },
  bzip2: { argv: ['bzip2', '-d', '-c'], package: 'bzip2' },
} as const satisfies Partial<Record<CompressionFormat, { argv: readonly string[]; package: string }>>;

/** The formats that are unpacked; LZO is known by sight only: no distribution for x86-64 has used it. */
export type ReadableFormat = Exclude<CompressionFormat, 'lzo'>;

/**
 * Unpacks a whole stream to at most `limit` bytes.
 *
 * @throws UptideError TOOL_MISSING, TOOL_FAILED or INTERRUPTED from the programs; the errors of node:zlib
 * for the rest. Callers say which file it was.
 */
export async function decompress(
  format: ReadableFormat,
  bytes: Uint8Array,
  limit: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  if (format === 'gzip') return await gunzipAsync(bytes, { maxOutputLength: limit });
  if (format === 'zstd') return await zstdAsync(bytes, { maxOutputLength: limit });
  const program = PROGRAMS[format];
  const [command, ...args] = program.argv;
  const { stdout } = await run(command, args, {
    input: bytes,
    maxOutput: limit,
    package: program.package,
    ...(signal === undefined ? {} : { signal }),
  });
  return stdout;
}
