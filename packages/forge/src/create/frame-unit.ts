// SPDX-License-Identifier: GPL-2.0-or-later
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@uptide/base';
import type { Baseline, TranslationUnit } from '@uptide/kernel';
import { isModuleUnit, moduleUnit } from '../compile/source.ts';
import { onDisk } from '../disk.ts';

/** In the baseline's cache: the source of the unit. Named anew when `moduleUnit` comes to choose another one. */
const CHOICE = 'frame-unit.1';

/**
 * The unit whose command compiles the frame of an update. To find the plainest of ten thousand commands takes 0.3 s,
 * so the choice is kept.
 *
 * @throws ForgeError COMPILE_COMMAND when the kernel has no modules; UptideError DISK_FULL
 */
export async function frameUnit(baseline: Pick<Baseline, 'units' | 'cache'>): Promise<TranslationUnit> {
  const units = await baseline.units();
  const path = join(baseline.cache, CHOICE);
  const source = await readFile(path, 'utf8').catch(() => '');
  const kept = units.get(source);
  if (kept !== undefined && isModuleUnit(kept)) return kept;
  const unit = moduleUnit(units);
  await onDisk(baseline.cache, () => writeFileAtomically(path, unit.source));
  return unit;
}
