// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, UptideError } from '@uptide/base';
import type { Baseline } from '@uptide/kernel';

/**
 * Milliseconds that Kbuild's own command takes for each of some sources, one after the other: no objtool, none of
 * our flags; only the two outputs go elsewhere.
 */
export async function bareCompile(baseline: Baseline, sources: readonly string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'uptide-bare-'));
  try {
    let sum = 0;
    for (const source of sources) {
      const unit = await baseline.unit(source);
      if (unit === undefined) throw new UptideError('INTERNAL', `this kernel has no ${source}`);
      const [program = '', ...args] = unit.compile.map((argument) => {
        if (argument === unit.objectFile) return join(folder, 'bare.o');
        return argument.startsWith('-Wp,-MMD,') ? `-Wp,-MMD,${join(folder, 'bare.d')}` : argument;
      });
      const began = performance.now();
      await run(program, args, { cwd: baseline.tree });
      sum += performance.now() - began;
    }
    return sum;
  } finally {
    await rm(folder, { recursive: true });
  }
}
