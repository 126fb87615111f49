// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Finding, run } from '@uptide/base';
import { readBtf } from '@uptide/kernel';
import type { CompiledUnit } from '../compile/model.ts';
import { finding } from '../error.ts';
import { compareLayouts } from '../layout/compare-layouts.ts';

/** pahole takes a second for the largest object of the kernel. */
const PAHOLE_TIMEOUT_MS = 60_000;

/** Compares the shapes of data in units before and after the patch; what two units say alike is said once. */
export async function layoutFindings(
  units: readonly CompiledUnit[],
  workFolder: string,
  signal: AbortSignal | undefined,
): Promise<Finding[]> {
  const findings = new Map<string, Finding>();
  for (const { unit, pre, post } of units) {
    const [before, after] = await Promise.all([
      typesOf(pre, workFolder, signal),
      typesOf(post, workFolder, signal),
    ]);
    const found = compare(before, after, unit.source);
    for (const each of found) {
      const key = `${each.code} ${each.reason}`;
      if (!findings.has(key)) findings.set(key, each);
    }
  }
  return [...findings.values()];
}

function compare(before: Uint8Array | undefined, after: Uint8Array | undefined, source: string): Finding[] {
  if (before === undefined || after === undefined) {
    const reason = 'pahole finds no types in the object';
    return [finding('COMPARE_LAYOUTS_UNKNOWN', 'review', { file: source }, reason)];
  }
  // Most patches leave all types alone; then pahole writes the same bytes.
  if (Buffer.compare(before, after) === 0) return [];
  return compareLayouts(readBtf(before), readBtf(after), source);
}

/** The types of an object: pahole makes BTF of its debug information. */
async function typesOf(
  object: Uint8Array,
  workFolder: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  const folder = await mkdtemp(join(workFolder, 'types-'));
  const [input, output] = [join(folder, 'unit.o'), join(folder, 'unit.btf')];
  try {
    await writeFile(input, object);
    const { status } = await run('pahole', [`--btf_encode_detached=${output}`, '--btf_encode', input], {
      anyStatus: true,
      timeout: PAHOLE_TIMEOUT_MS,
      package: 'dwarves',
      ...(signal === undefined ? {} : { signal }),
    });
    return status === 0 ? await readFile(output).catch(() => undefined) : undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
