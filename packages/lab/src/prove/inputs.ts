// SPDX-License-Identifier: GPL-2.0-or-later
import { fileDigest } from '@uptide/base';
import type { ProveInput } from './input.ts';
import type { AskedScript, ProofInputs } from './proof.ts';

/** 1: legs, loads and probes of fixes. 2: on two processors. */
const PLAN = 2;

/** Names what a proof is made of; equal for equal bytes. */
export function proofInputs(
  input: Pick<ProveInput, 'level' | 'probes' | 'fixProbes' | 'loads' | 'files'>,
): ProofInputs {
  const { level, probes = {}, fixProbes = [], loads = [], files = [] } = input;
  const lines = (['before', 'after'] as const).flatMap((name) => asked(name, probes[name]));
  return {
    plan: PLAN,
    level: level?.level ?? null,
    previous: level?.previous === undefined ? null : fileDigest(level.previous.update.bytes),
    probes: [...lines, ...fixProbes.flatMap(({ fix, script }) => asked(`fix:${fix}`, script))],
    loads: loads.flatMap(({ name, script }) => asked(name, script)),
    files: files.flatMap(({ path, content }) => asked(path, content)),
  };
}

function asked(name: string, content: Uint8Array | string | undefined): readonly AskedScript[] {
  return content === undefined ? [] : [{ name, sha256: fileDigest(Buffer.from(content)) }];
}
