// SPDX-License-Identifier: GPL-2.0-or-later
//
// Proves the levels of a series, each against the one before it. A level whose file has a proof of the same modules,
// probes, loads and files keeps it. The first level whose proof fails ends the work: those above it are made of it.
import { isDeepStrictEqual } from 'node:util';
import { type FixProbe, type ProveResult, proofInputs, type UpdateToProve } from '@uptide/lab';
import { encodeUpdate, type Update } from '@uptide/stream';
import { encodeProof, toProve } from '../glue/proof.ts';
import { summarizeProof } from '../glue/proof-summary.ts';
import { verifyProof } from '../glue/verify.ts';
import type { BuiltLevel, LevelFiles } from './build.ts';
import { type LevelProof, levelFile } from './model.ts';

/** What is proven, and by what. */
export interface ProveOptions {
  readonly levels: readonly Pick<BuiltLevel, 'plan' | 'update'>[];
  /** Of all fixes of the series, by rising level. */
  readonly probes: readonly FixProbe[];
  /** What the guest has for every level. */
  readonly guest: Pick<UpdateToProve, 'loads' | 'files'>;
  readonly files: Pick<LevelFiles, 'write'>;
  readonly prove: (level: number, wanted: UpdateToProve) => Promise<ProveResult>;
}

/** Proves each level and puts the proof into its file, whatever the verdict is. */
export async function proveSeries(options: ProveOptions): Promise<readonly LevelProof[]> {
  const { levels, probes, guest, files } = options;
  const proofs: LevelProof[] = [];
  for (const [index, { plan, update }] of levels.entries()) {
    const { level } = plan;
    const fixProbes = probes.filter((probe) => probe.level <= level);
    const wanted = { ...toProve(update, levels[index - 1]?.update), ...guest, fixProbes };
    const verdict = standing(update, wanted);
    const back = wanted.level?.previous?.back ?? null;
    if (verdict !== undefined) {
      proofs.push({ level, how: 'kept', verdict, back, findings: [], boots: [] });
      continue;
    }
    const { proof, boots } = await options.prove(level, wanted);
    await files.write(levelFile(level), encodeUpdate({ ...update, proof: encodeProof(proof) }));
    const { findings } = proof;
    proofs.push({
      level,
      how: 'proven',
      verdict: proof.verdict,
      back: proof.levels?.back ?? null,
      findings,
      boots,
    });
    if (proof.verdict === 'failed') break;
  }
  return proofs;
}

/** The verdict of the proof that an update carries, when it is one of just what is wanted and did not fail. */
function standing(update: Update, wanted: UpdateToProve): string | undefined {
  if (update.proof === undefined || verifyProof(update).length > 0) return undefined;
  const verdict = summarizeProof(update.proof)?.verdict;
  if (verdict !== 'proven' && verdict !== 'partly') return undefined;
  const proof: unknown = JSON.parse(Buffer.from(update.proof).toString('utf8'));
  const inputs: unknown =
    typeof proof === 'object' && proof !== null ? Reflect.get(proof, 'inputs') : undefined;
  return isDeepStrictEqual(inputs, JSON.parse(JSON.stringify(proofInputs(wanted)))) ? verdict : undefined;
}
