// SPDX-License-Identifier: GPL-2.0-or-later
/** What the publisher did, as people read it. */
import type { Finding } from '@uptide/base';
import type { AddResult, MadeSignature, NotesResult, PublishResult, StreamKernel } from '@uptide/stream';
import { formatTable, oneLine } from '../../shell/lines.ts';
import { describeFindings } from '../findings.ts';

export function describeAdd({ findings, added, unchanged }: AddResult): string {
  const rows = [
    ...added.map((one) => ({ ...one, what: 'staged' })),
    ...unchanged.map((one) => ({ ...one, what: 'is there already' })),
  ].map(({ distribution, release, level, what }) => [distribution, oneLine(release), `level ${level}`, what]);
  return joined([
    formatTable(rows),
    findings.length === 0 ? '' : `nothing is staged\n${describeFindings(findings)}`,
  ]);
}

export function describeNotes(release: string, { findings, kernels }: NotesResult): string {
  if (findings.length > 0) return `nothing is staged\n${describeFindings(findings)}`;
  if (kernels.length === 0) return `kept; they come with the first level for ${oneLine(release)}`;
  return kernels.map((one) => `${one.distribution}  ${one.release}  feeds staged`).join('\n');
}

export function describeKernels({
  findings,
  kernels,
}: {
  readonly findings: readonly Finding[];
  readonly kernels: readonly StreamKernel[];
}): string {
  if (findings.length > 0) return `nothing is staged\n${describeFindings(findings)}`;
  return formatTable(
    kernels.map(({ distribution, release, buildId }) => [distribution, oneLine(release), buildId, 'staged']),
  );
}

export function describeSignatures(made: readonly MadeSignature[]): string {
  const rows = made.map(({ role, keyId, key }) => [role, `signed by ${keyId.slice(0, 12)}`, oneLine(key)]);
  return made.length === 0 ? 'there was nothing to sign for the keys at hand' : formatTable(rows);
}

export function describePublication({ findings, published }: PublishResult): string {
  if (findings.length > 0) return `nothing is published\n${describeFindings(findings)}`;
  return formatTable(published.map(({ role, version }) => [role, `version ${version}`]));
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n');
}
