// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import type { Code } from '@uptide/base';
import { type Proof, type ProveResult, proveOnBaseline, type UpdateToProve } from '../../src/index.ts';
import { type FixtureName, fixtureModule } from './fixture-modules.ts';
import { stockKernel } from './stock-kernel.ts';

/** The object of most fixtures. */
export const CMDLINE = { name: 'vmlinux', functions: [{ name: 'cmdline_proc_show', sympos: 1 }] };

/** Proves a module of `test/fixtures` on a stock kernel. */
export async function proveFixture(
  name: FixtureName,
  rest: Omit<UpdateToProve, 'update'>,
): Promise<ProveResult> {
  const baseline = await stockKernel();
  const update = { name, bytes: await fixtureModule(baseline, name) };
  const result = await proveOnBaseline(baseline, { ...rest, update });
  assert.deepEqual(JSON.parse(JSON.stringify(result.proof)), result.proof, 'a proof is plain data');
  return result;
}

/** The codes of the findings, each once. */
export function codesOf({ findings }: Proof): readonly Code[] {
  return [...new Set(findings.map(({ code }) => code))];
}
