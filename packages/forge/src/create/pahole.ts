// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@uptide/base';

/** pahole and readelf take a second for the largest object of the kernel. */
const TOOL_TIMEOUT_MS = 60_000;

/** A folder for scratch files, and when to stop. */
export interface ToolOptions {
  readonly workFolder: string;
  readonly signal: AbortSignal | undefined;
}

/** The types of an object as BTF: pahole makes it of the debug information. Undefined when there is none. */
export async function btfOf(object: Uint8Array, options: ToolOptions): Promise<Uint8Array | undefined> {
  return await withObject(object, options, async (input, folder) => {
    const output = join(folder, 'unit.btf');
    const { status } = await run('pahole', [`--btf_encode_detached=${output}`, '--btf_encode', input], {
      anyStatus: true,
      timeout: TOOL_TIMEOUT_MS,
      package: 'dwarves',
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    return status === 0 ? await readFile(output).catch(() => undefined) : undefined;
  });
}

/** The debug information of an object in the words of readelf, line by line. */
export async function debugLines(object: Uint8Array, options: ToolOptions): Promise<string[]> {
  return await withObject(object, options, async (input) => {
    const { stdout } = await run('readelf', ['--debug-dump=info', input], {
      anyStatus: true,
      timeout: TOOL_TIMEOUT_MS,
      package: 'binutils',
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    return stdout.toString('latin1').split('\n');
  });
}

async function withObject<T>(
  object: Uint8Array,
  { workFolder }: ToolOptions,
  work: (input: string, folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(workFolder, 'types-'));
  const input = join(folder, 'unit.o');
  try {
    await writeFile(input, object);
    return await work(input, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
