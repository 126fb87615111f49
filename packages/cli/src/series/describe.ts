// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { describeFindings, withoutSignedOff } from '../glue/findings.ts';
import { describeBoots } from '../glue/proof.ts';
import { formatTable, oneLine, printable } from '../shell/lines.ts';
import type { SeriesBuild } from './build.ts';
import { anyFailed, type LevelProof, levelFile, type PlannedLevel } from './model.ts';

/** A build as programs read it; `findings` are those on the series as a whole. */
export function buildToJson(
  kernel: string,
  build: SeriesBuild,
  findings: readonly Finding[],
  proofs: readonly LevelProof[] = [],
): object {
  const { levels, stopped } = build;
  const proofOf = new Map(proofs.map(({ level, ...proof }) => [level, { proof }]));
  return {
    schema: 1,
    verdict:
      stopped !== undefined || findings.length > 0 ? 'refused' : anyFailed(proofs) ? 'failed' : 'built',
    kernel,
    levels: levels.map(({ plan, how, update, digest, findings: ofLevel }) => ({
      ...nameOf(plan),
      how,
      file: levelFile(plan.level),
      sha256: digest,
      /** False where klp does not let the level before replace this one; the first has none before it. */
      back: !ofLevel.some(({ code }) => code === 'SERIES_ONE_WAY'),
      update: update.description,
      findings: ofLevel,
      ...proofOf.get(plan.level),
    })),
    ...(stopped === undefined ? {} : { stopped: { ...nameOf(stopped.plan), findings: stopped.findings } }),
    findings,
  };
}

/** A build as people read it. */
export function describeBuild(
  build: SeriesBuild,
  findings: readonly Finding[],
  proofs: readonly LevelProof[] = [],
): string {
  const { levels, stopped } = build;
  const proofOf = new Map(proofs.map((proof) => [proof.level, proof]));
  const rows = levels.map(({ plan, how, update }) => [
    levelFile(plan.level),
    how,
    ...(proofs.length === 0 ? [] : [tellProof(proofOf.get(plan.level))]),
    update.description.module,
    oneLine(`${plan.entry.id}: ${plan.entry.title}`),
  ]);
  const parts = [
    printable(formatTable(rows)),
    ...levels.map(({ findings: found, update }) =>
      describeFindings(withoutSignedOff(found, update.description)),
    ),
    ...proofs.map((proof) => describeFindings(proof.findings)),
    ...proofs.map((proof) => describeBoots(proof.boots)),
    ...(stopped === undefined
      ? []
      : [
          `level ${stopped.plan.level} (${stopped.plan.entry.id}) is not built`,
          describeFindings(stopped.findings),
        ]),
    describeFindings(findings),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function tellProof(proof: LevelProof | undefined): string {
  if (proof === undefined) return 'not proven';
  const { verdict, how, back } = proof;
  return [verdict, ...(how === 'kept' ? ['before'] : []), ...(back === false ? ['one way'] : [])].join(', ');
}

function nameOf({ level, entry }: PlannedLevel): { level: number; id: string } {
  return { level, id: entry.id };
}
