// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { finding } from '../../judge/fit.ts';
import type { GuardState, KernelName, NamedUpdate } from './record.ts';
import { isOf, MAX_UNCLEAN_BOOTS } from './reduce.ts';
import type { KillSwitches } from './switches.ts';

/** Why nothing is loaded until an administrator has looked; undefined when that is not so. */
export function whyStopped({ uncleanInARow }: Pick<GuardState, 'uncleanInARow'>): string | undefined {
  return uncleanInARow < MAX_UNCLEAN_BOOTS
    ? undefined
    : `${uncleanInARow} boots in a row ended without a clean shutdown`;
}

/**
 * Whether the guard lets an update be loaded; all that speaks against it. It asks nothing of the update itself.
 *
 * @param early in an early boot, where only what is trusted is loaded.
 */
export function judgeGate(
  state: GuardState,
  switches: KillSwitches,
  kernel: KernelName,
  update: NamedUpdate,
  early: boolean,
): Finding[] {
  const known = state.known.find((one) => isOf(one, kernel, update));
  const stopped = whyStopped(state);
  const findings: Finding[] = [];
  if (switches.apply !== undefined) findings.push(finding('HOST_SWITCHED_OFF', 'refuse', switches.apply));
  if (stopped !== undefined) findings.push(finding('HOST_STOPPED', 'refuse', stopped));
  if (known?.quarantined !== undefined) {
    findings.push(finding('HOST_QUARANTINED', 'refuse', describeQuarantine(update.level, known.quarantined)));
  }
  if (early && known?.trusted === undefined) {
    const reason = `level ${update.level} has not passed its probation on this kernel`;
    findings.push(finding('HOST_NOT_TRUSTED', 'refuse', reason));
  }
  return findings;
}

/** What a quarantine is for, in words. */
function describeQuarantine(
  level: number,
  { at, why, evidence }: { at: string; why: 'unclean-boot' | 'complaint'; evidence: readonly string[] },
): string {
  const what =
    why === 'complaint'
      ? `the kernel complained while level ${level} was on probation`
      : `a boot ended without a clean shutdown while level ${level} was being loaded or on probation`;
  return [`${what} (seen ${at})`, ...evidence].join('\n  ');
}
