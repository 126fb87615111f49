// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding, Place } from '@uptide/base';
import { findBuildId } from '@uptide/elf';
import { refuse, review, withWords } from './findings.ts';
import { type ProveInput, VMLINUX } from './input.ts';
import { judgeLegs } from './judge-legs.ts';
import { judgeLoads } from './judge-loads.ts';
import { type Complaint, complaintKey, findComplaints, isRefusal } from './kernel-log.ts';
import { COMMAND } from './plan.ts';
import { firstLoad } from './redirected.ts';
import type { Seen } from './seen.ts';

/**
 * Taint flags that a livepatch module brings by being one: out of tree, not signed by the distribution, livepatch
 * (Documentation/admin-guide/tainted-kernels.rst, bits 12, 13 and 15).
 */
const EXPECTED_TAINT = (1 << 12) | (1 << 13) | (1 << 15);
/** Complaints after these are of no use: the first is the one to look at. */
const MAX_COMPLAINTS = 20;

/**
 * What one boot says against an update. A question that the boot did not come to has no finding here: its end is one.
 *
 * @param first the first boot, when `seen` is the second.
 */
export function judgeBoot(input: ProveInput, seen: Seen, first: Seen | undefined): readonly Finding[] {
  return [
    ...judgeIdentity(input, seen),
    ...judgeModules(input, seen, first),
    ...judgeLegs(input, seen, first ?? seen),
    ...judgeLoads(input, seen),
    ...judgeLog(input, seen, first),
    ...judgeTaint(input, seen, first),
    ...judgeEnding(input, seen),
  ];
}

function judgeIdentity(input: ProveInput, seen: Seen): readonly Finding[] {
  const findings: Finding[] = [];
  const release = seen.of(COMMAND.release)?.stdout.toString().trim();
  if (release !== undefined && release !== input.release) {
    const reason = `the kernel that was booted calls itself ${JSON.stringify(release)}`;
    findings.push(refuse('PROOF_OTHER_KERNEL', place(input), reason));
  }
  const notes = seen.of(COMMAND.notes)?.stdout;
  const buildId = notes === undefined ? undefined : findBuildId(notes);
  if (notes !== undefined && buildId !== input.buildId) {
    const reason = `the kernel that was booted has the build id ${buildId ?? '(none)'}, not ${input.buildId}`;
    findings.push(refuse('PROOF_OTHER_KERNEL', place(input), reason));
  }
  return findings;
}

function judgeModules(input: ProveInput, seen: Seen, first: Seen | undefined): readonly Finding[] {
  const findings: Finding[] = [];
  const previous = input.level?.previous?.objects ?? [];
  for (const object of new Set([...input.objects, ...previous].map(({ name }) => name))) {
    const id = COMMAND.loadModule(object);
    if (object === VMLINUX) continue;
    if (first === undefined && seen.numberOf(id) === -1) {
      const reason = `no module ${object} was given to load`;
      findings.push(review('PROOF_MODULE_NOT_LOADED', { ...place(input), object }, reason));
    } else if (first === undefined && seen.failed(id)) {
      const reason = withWords(`${object} could not be loaded`, seen.words(id));
      findings.push(review('PROOF_MODULE_NOT_LOADED', { ...place(input), object }, reason));
    } else if (first?.passed(id) === true && seen.failed(id)) {
      const reason = withWords(`${object} loads without the update, and does not with it`, seen.words(id));
      findings.push(refuse('PROOF_MODULE_REFUSED', { ...place(input), object }, reason));
    }
  }
  return findings;
}

function judgeLog(input: ProveInput, seen: Seen, first: Seen | undefined): readonly Finding[] {
  const isEarly = (boot: Seen, { command }: Complaint): boolean =>
    command === undefined || command < boot.numberOf(firstLoad(boot));
  const known = new Set<string>();
  for (const boot of first === undefined ? [seen] : [first, seen]) {
    for (const complaint of complaintsOf(input, boot)) {
      if (isEarly(boot, complaint)) known.add(complaintKey(complaint));
    }
  }
  const findings: Finding[] = [];
  for (const complaint of complaintsOf(input, seen)) {
    const key = complaintKey(complaint);
    if (isEarly(seen, complaint) || known.has(key) || findings.length === MAX_COMPLAINTS) continue;
    known.add(key);
    const during = seen.plan.commands[complaint.command ?? -1]?.id ?? 'the boot';
    const reason = `the kernel log says during ${during}:\n${complaint.lines.join('\n')}`;
    findings.push(refuse('PROOF_KERNEL_COMPLAINS', place(input), reason));
  }
  return findings;
}

/** What a boot's log complains of, but for the refusal that is asked for. */
function complaintsOf(input: ProveInput, seen: Seen): readonly Complaint[] {
  const refused = new Set(
    seen.plan.legs.flatMap((leg) => (leg.refused === true ? [seen.numberOf(COMMAND.refused(leg.name))] : [])),
  );
  const { update, level } = input;
  const names = [update.name, ...(level?.previous === undefined ? [] : [level.previous.update.name])];
  return findComplaints(seen.lines, ...names).filter(
    ({ command = -1, lines }) => !(refused.has(command) && lines.every(isRefusal)),
  );
}

function judgeTaint(input: ProveInput, seen: Seen, first: Seen | undefined): readonly Finding[] {
  if (seen.of(COMMAND.taintEnd) === undefined) return [];
  const start = taint(seen, COMMAND.taintStart);
  const end = taint(seen, COMMAND.taintEnd);
  // In the second boot the modules come after the update; what they bring themselves was seen in the first.
  const modules = first === undefined ? 0 : taint(first, COMMAND.taintStart);
  if (start === undefined || end === undefined || modules === undefined) {
    return [refuse('PROOF_STEP_FAILED', place(input), 'the taint flags of the kernel cannot be read')];
  }
  const unexpected = end & ~(start | modules | EXPECTED_TAINT);
  if (unexpected === 0) return [];
  const reason = `the kernel set the taint flags 0x${unexpected.toString(16)}`;
  return [refuse('PROOF_TAINTED', place(input), reason)];
}

function taint(seen: Seen, id: string): number | undefined {
  const text = seen.of(id)?.stdout.toString().trim() ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

const ENDINGS = { panic: 'PROOF_PANIC', hang: 'PROOF_HANG', ended: 'PROOF_ENDED' } as const;

function judgeEnding(input: ProveInput, seen: Seen): readonly Finding[] {
  const { outcome, reason, during, results } = seen.result;
  if (outcome === 'completed') return [];
  const last = [...results.keys()].at(-1);
  const when = during === undefined ? (last === undefined ? 'at once' : `after ${last}`) : `during ${during}`;
  return [refuse(ENDINGS[outcome], place(input), `in the boot "${seen.plan.name}", ${when}: ${reason}`)];
}

function place({ release }: ProveInput): Place {
  return { kernel: release };
}
