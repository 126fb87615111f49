// SPDX-License-Identifier: GPL-2.0-or-later
/** Where a stream stands, as people read it. */
import type { KernelStatus, RoleStatus, StreamStatus } from '@uptide/stream';
import { formatTable, oneLine } from '../../shell/lines.ts';

/** Enough of a key id to tell the keys of a stream from each other. */
const ID_DIGITS = 12;
/** A bin has keys and ends of its series; it is named when it is staged or does not last. */
const BIN = /-b\d{4}$/;

export function describeStatus({ name, roles, kernels }: StreamStatus): string {
  const shown = roles.filter(({ role, staged, state }) => !BIN.test(role) || staged || state !== 'good');
  const staged = roles.filter((role) => role.staged !== undefined);
  return [
    `stream: ${oneLine(name)}`,
    formatTable([['role', 'version', 'ends', 'keys', ''], ...shown.map(roleRow)]),
    '',
    staged.length === 0 ? 'nothing is staged' : 'staged:',
    ...staged.flatMap(stagedLines),
    '',
    kernels.length === 0 ? 'hosts see no kernel' : 'hosts see:',
    ...kernels.flatMap(kernelLines),
  ].join('\n');
}

function roleRow({ role, published, threshold, keys, state }: RoleStatus): string[] {
  return [
    role,
    published === undefined ? '-' : String(published.version),
    published?.expires ?? '-',
    `${threshold} of ${keys.length}`,
    state === 'good' ? '' : state,
  ];
}

function stagedLines({ role, staged }: RoleStatus): string[] {
  if (staged === undefined) return [];
  return [
    `  ${role} ${staged.version}`,
    ...staged.signatures.map(({ by, threshold, signed, unsigned }) =>
      signed.length >= threshold
        ? `    ${by}: signed`
        : `    ${by}: ${signed.length} of ${threshold} signatures; of ${unsigned.map(short).join(', ')}`,
    ),
  ];
}

function kernelLines({
  distribution,
  release,
  buildId,
  level,
  title,
  halt,
  waves,
  blocks,
}: KernelStatus): string[] {
  return [
    `  ${distribution} ${oneLine(release)} ${buildId.slice(0, ID_DIGITS)}: level ${level}, ${oneLine(title)}`,
    ...(halt === undefined ? [] : [`    HALTED since ${halt.since}: ${oneLine(halt.reason)}`]),
    ...(waves === undefined
      ? []
      : [
          `    level ${waves.level}, ${waves.profile}: ${waves.waves
            .map(({ percent, from }) => `${percent}% from ${from}`)
            .join(', ')}`,
        ]),
    ...blocks.map(({ action, reason }, at) => `    block ${at + 1} (${action}): ${oneLine(reason)}`),
  ];
}

function short(keyId: string): string {
  return keyId.slice(0, ID_DIGITS);
}
