// SPDX-License-Identifier: GPL-2.0-or-later
import { CATALOGUE, type ExitName, type Finding } from '@uptide/base';
import type { LiveUpdate, LoadOutcome, UnloadOutcome } from '@uptide/host';
import { printable } from '../shell/lines.ts';
import { describeFindings } from './findings.ts';

/** How a command ends that findings kept from its aim: as the first refusal says. */
export function endingOfFindings(findings: readonly Finding[]): ExitName {
  const refusal = findings.find(({ verdict }) => verdict === 'refuse');
  return refusal === undefined ? 'internal' : CATALOGUE[refusal.code].exit;
}

export function describeLoad({ state, name, findings, replaced }: LoadOutcome): string {
  const ending = {
    live: `${name} is live`,
    refused: `${name} was not loaded`,
    reverted: `${name} did not become live in time and was taken out again`,
  }[state];
  const lines = [describeFindings(findings), ...replaced.map((old) => `${old} was replaced and removed`)];
  return [...lines.filter((line) => line !== ''), printable(ending)].join('\n');
}

export function describeUnload({ state, name, findings }: UnloadOutcome): string {
  if (state === 'unloaded') return printable(`${name} is unloaded`);
  const ending = `${name} could not be switched off in time and stays live`;
  return [describeFindings(findings), printable(ending)].join('\n');
}

/** The live updates as people read them: name and state, what it is for, then what it replaces. */
export function describeLive(updates: readonly LiveUpdate[]): string {
  if (updates.length === 0) return 'no live update is loaded';
  return printable(updates.flatMap(linesOf).join('\n'));
}

function linesOf({ name, ours, enabled, inTransition, objects, record }: LiveUpdate): string[] {
  const state = inTransition ? (enabled ? 'becoming live' : 'being taken out') : enabled ? 'live' : 'off';
  const notes = [
    record === undefined ? undefined : `level ${record.level}`,
    ours ? undefined : 'not made by Uptide',
    record?.matched === false ? 'loaded without comparing the running code' : undefined,
  ].filter((note) => note !== undefined);
  return [
    [`${name}: ${state}`, ...notes].join(', '),
    ...(record === undefined ? [] : [`  ${[record.title, ...record.cves].join(' ')}`]),
    ...objects.map((object) => `  ${object.name}: ${object.functions.map((one) => one.name).join(' ')}`),
  ];
}
