// SPDX-License-Identifier: GPL-2.0-or-later
import type { BootRecord, Proof, UpdateToProve } from '@uptide/lab';
import type { Update } from '@uptide/stream';
import { formatTable, printable } from '../shell/lines.ts';
import { describeFindings } from './findings.ts';

/** The end of a kernel log that is worth a screen. */
const LOG_LINES = 40;

/** What the lab must know of an update to prove it. */
export function toProve({ description, module }: Update): UpdateToProve {
  return {
    update: { name: description.module, bytes: module },
    objects: description.objects.map(({ name, functions, callbacks }) => ({
      name,
      functions: functions.map((replaced) => ({ name: replaced.name, sympos: replaced.position })),
      ...(callbacks === undefined ? {} : { callbacks }),
    })),
  };
}

/** A proof as people read it. */
export function describeProof(proof: Proof): string {
  const functions = proof.functions.map(({ object, name, sympos, shown }) => [
    `  ${object}`,
    sympos === 0 ? name : `${name},${sympos}`,
    SHOWN[shown],
  ]);
  const probes = proof.probes.map(({ probe, state, status, stdout }) => [
    `  --${probe}`,
    state,
    status === null ? 'did not end' : `status ${status}`,
    firstLine(stdout),
  ]);
  return [
    `${proof.update} on ${proof.release}: ${proof.verdict}`,
    formatTable(functions),
    formatTable(probes),
    describeFindings(proof.findings),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

/** What the kernel said at the end of each boot that went wrong. */
export function describeBoots(boots: readonly BootRecord[]): string {
  return boots
    .filter(({ outcome }) => outcome !== 'completed')
    .map(({ boot, outcome, reason, log }) => {
      const lines = printable(log).trimEnd().split('\n').slice(-LOG_LINES);
      return [`boot "${boot}": ${outcome}: ${reason}`, ...lines].join('\n');
    })
    .join('\n');
}

const SHOWN = {
  live: 'replaced and restored in a running kernel',
  static: 'checked against the shipped file',
  none: 'not shown',
} as const;

function firstLine(text: string): string {
  return printable(text).trimEnd().split('\n')[0] ?? '';
}
