// SPDX-License-Identifier: GPL-2.0-or-later
import { UptideError } from '@uptide/base';
import type { BootRecord, PreviousLevel, Proof, UpdateToProve } from '@uptide/lab';
import type { Update } from '@uptide/stream';
import { compareStates, type LevelStates } from '../series/states.ts';
import { formatTable, printable } from '../shell/lines.ts';
import { describeFindings } from './findings.ts';

/** The end of a kernel log that is worth a screen. */
const LOG_LINES = 40;

/**
 * What the lab must know of an update to prove it.
 *
 * @param previous the level before it, when it is a level of a series and there is one
 */
export function toProve(update: Update, previous?: Update): UpdateToProve {
  const { level, fixes } = update.description;
  const isLevel = fixes !== undefined || previous !== undefined;
  return {
    ...moduleOf(update),
    ...(isLevel
      ? { level: { level, ...(previous === undefined ? {} : { previous: before(update, previous) }) } }
      : {}),
  };
}

function moduleOf({ description, module }: Update): Pick<UpdateToProve, 'update' | 'objects'> {
  return {
    update: { name: description.module, bytes: module },
    objects: description.objects.map(({ name, functions, callbacks }) => ({
      name,
      functions: functions.map((replaced) => ({ name: replaced.name, sympos: replaced.position })),
      ...(callbacks === undefined ? {} : { callbacks }),
    })),
  };
}

function before(update: Update, previous: Update): PreviousLevel {
  const states = ({ description: { level, states = [] } }: Update): LevelStates => ({ level, states });
  const between = compareStates(states(previous), states(update));
  return {
    level: previous.description.level,
    ...moduleOf(previous),
    back: !between.some(({ code }) => code === 'SERIES_ONE_WAY'),
  };
}

/**
 * Sees to it that an update can be the level before another.
 *
 * @throws UptideError PROVE_OTHER_PREVIOUS
 */
export function requirePrevious({ description: update }: Update, { description: previous }: Update): void {
  const other = (reason: string): UptideError => new UptideError('PROVE_OTHER_PREVIOUS', reason);
  if (previous.kernel.buildId !== update.kernel.buildId) {
    throw other(`it is for build id ${previous.kernel.buildId}, the update for ${update.kernel.buildId}`);
  }
  if (previous.level >= update.level) {
    throw other(`it is level ${previous.level}, and the update is level ${update.level}`);
  }
}

/** A proof as it lies in an update. */
export function encodeProof(proof: Proof): Uint8Array {
  return Buffer.from(`${JSON.stringify(proof, undefined, 2)}\n`);
}

/** A proof as people read it. */
export function describeProof(proof: Proof): string {
  const functions = proof.functions.map(({ object, name, sympos, shown }) => [
    `  ${object}`,
    sympos === 0 ? name : `${name},${sympos}`,
    SHOWN[shown],
  ]);
  const steps = proof.runs.map(({ boot, step, transition, rounds }) => [
    `  ${boot}`,
    step,
    transition === null ? '' : `${transition.toFixed(1)} ms`,
    rounds.map(({ load, rounds: count }) => `${load} ${count}`).join(', '),
  ]);
  const shown = proof.probes.filter(
    ({ fix, mustPass, status }) => fix === undefined || status !== (mustPass ? 0 : 1),
  );
  const probes = shown.map(({ probe, fix, state, status, stdout }) => [
    fix === undefined ? `  --${probe}` : `  ${fix}`,
    state,
    status === null ? 'did not end' : `status ${status}`,
    firstLine(stdout),
  ]);
  const good = proof.probes.length - shown.length;
  return [
    `${proof.update} on ${proof.release}: ${proof.verdict}`,
    ...describeLevels(proof),
    formatTable(functions),
    formatTable(steps),
    formatTable(probes),
    good === 0 ? '' : `  probes of fixes: ${good} runs, each as it has to be`,
    describeFindings(proof.findings),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function describeLevels({ levels }: Proof): readonly string[] {
  if (levels === undefined) return [];
  const { level, previous, back } = levels;
  if (previous === null) return level === 1 ? [] : [`  level ${level}, without the level before it`];
  const way = back === true ? `and from ${level} back to ${previous.level}` : 'and not back';
  return [`  level ${level}, also from level ${previous.level} ${way}`];
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
