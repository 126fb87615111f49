// SPDX-License-Identifier: GPL-2.0-or-later
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@uptide/base';
import type { Baseline } from '@uptide/kernel';

const SOURCES = join(import.meta.dirname, '../fixtures');
const NAMES = [
  'live_absent',
  'live_good',
  'live_hang',
  'live_hardware',
  'live_level1',
  'live_level2',
  'live_panic',
  'live_shadow',
  'live_stuck',
  'live_warn',
  'shadowed',
] as const;

/** The name of a module in `test/fixtures`. */
export type FixtureName = (typeof NAMES)[number];

let built: Promise<ReadonlyMap<FixtureName, Buffer>> | undefined;

/** A module of `test/fixtures` for a kernel; all are built when the first is asked for, in some 5 s. */
export async function fixtureModule(baseline: Baseline, name: FixtureName): Promise<Buffer> {
  built ??= build(baseline);
  const module = (await built).get(name);
  if (module === undefined) throw new Error(`there is no fixture ${name}`);
  return module;
}

/** Kbuild writes into the folder of the sources, so they are copied. */
async function build(baseline: Baseline): Promise<ReadonlyMap<FixtureName, Buffer>> {
  const folder = await mkdtemp(join(tmpdir(), 'uptide-fixtures-'));
  try {
    await cp(SOURCES, folder, { recursive: true });
    await run('make', [
      '-C',
      baseline.tree,
      `M=${folder}`,
      `CC=${baseline.compiler}`,
      `KERNELRELEASE=${baseline.release}`,
      `KBUILD_EXTRA_SYMBOLS=${join(baseline.tree, '../Module.symvers')}`,
      'modules',
    ]);
    const modules = new Map<FixtureName, Buffer>();
    for (const name of NAMES) modules.set(name, await readFile(join(folder, `${name}.ko`)));
    return modules;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
