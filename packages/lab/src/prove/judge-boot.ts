// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding, LabCode, Place } from '@uptide/base';
import { findBuildId } from '@uptide/elf';
import { refuse, review, withWords } from './findings.ts';
import { type ProveInput, VMLINUX } from './input.ts';
import { judgeLoads } from './judge-loads.ts';
import { blockers, type Complaint, complaintKey, findComplaints, isRefusal, linesOf } from './kernel-log.ts';
import type { KlpState } from './klp-state.ts';
import type { Leg } from './legs.ts';
import { COMMAND, levelOf, objectsOf } from './plan.ts';
import { firstLoad, isLoaded, isPatched, isRedirected, klpName, stateOf } from './redirected.ts';
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
      findings.push(review('PROOF_MODULE_NOT_LOADED', place(input, { object }), reason));
    } else if (first === undefined && seen.failed(id)) {
      const reason = withWords(`${object} could not be loaded`, seen.words(id));
      findings.push(review('PROOF_MODULE_NOT_LOADED', place(input, { object }), reason));
    } else if (first?.passed(id) === true && seen.failed(id)) {
      const reason = withWords(`${object} loads without the update, and does not with it`, seen.words(id));
      findings.push(refuse('PROOF_MODULE_REFUSED', place(input, { object }), reason));
    }
  }
  return findings;
}

/** The legs of the boot, as far as it went; what cannot be known after a failure is not spoken of. */
function judgeLegs(input: ProveInput, seen: Seen, live: Seen): readonly Finding[] {
  const findings: Finding[] = [];
  for (const leg of seen.plan.legs) {
    const found = judgeLeg(input, seen, leg, live);
    findings.push(...found);
    // What follows a transition that did not come about fails for that reason alone.
    if (found.some(({ code }) => BROKEN_OFF.has(code))) break;
  }
  return findings;
}

const BROKEN_OFF: ReadonlySet<string> = new Set([
  'PROOF_UPDATE_NOT_LOADED',
  'PROOF_NOT_REMOVED',
  'PROOF_NOT_REFUSED',
]);

/** One leg: what did not come about, and what is not as it should be then. */
function judgeLeg(input: ProveInput, seen: Seen, leg: Leg, live: Seen): readonly Finding[] {
  const { name, to, refused } = leg;
  const unless = (failed: string, code: LabCode, reason: string): Finding | undefined =>
    seen.failed(failed)
      ? refuse(code, place(input), withWords(`${reason}${whichStep(input, leg)}`, seen.words(failed)))
      : undefined;
  if (refused === true) {
    const reason = 'the kernel did not refuse the level before, or did not keep this one';
    const wrong = unless(COMMAND.refused(name), 'PROOF_NOT_REFUSED', reason);
    return wrong === undefined ? judgeState(input, seen, leg, live) : [wrong];
  }
  if (to === 'nothing') {
    const wrong =
      unless(COMMAND.disable(name), 'PROOF_NOT_REMOVED', 'the update could not be disabled') ??
      unless(COMMAND.unload(name), 'PROOF_NOT_REMOVED', 'the module of the update could not be unloaded');
    return wrong === undefined ? [] : [wrong];
  }
  const unloaded = unless(
    COMMAND.load(name),
    'PROOF_UPDATE_NOT_LOADED',
    'the kernel refused to load the update',
  );
  if (unloaded !== undefined) return [unloaded];
  const tasks = blockers(linesOf(seen.lines, seen.numberOf(COMMAND.transition(name))));
  const because = tasks.length === 0 ? '' : `: ${tasks.join('; ')}`;
  const blocked = unless(
    COMMAND.transition(name),
    'PROOF_TRANSITION_BLOCKED',
    `the transition did not end${because}`,
  );
  const left = unless(
    COMMAND.replaced(name),
    'PROOF_NOT_REMOVED',
    'the module of the update that was replaced could not be unloaded',
  );
  return [
    ...(blocked === undefined ? judgeState(input, seen, leg, live) : [blocked]),
    ...(left === undefined ? [] : [left]),
  ];
}

/** For the reason of a finding, which step it was, where there are several. */
function whichStep(input: ProveInput, leg: Leg): string {
  if (input.level === undefined) return '';
  const [from, to] = [levelOf(input, leg.from), levelOf(input, leg.to)];
  return ` in the step "${leg.name}" from level ${from} to level ${to}`;
}

/** Every function of every loaded object must be redirected, and the kernel may list no other. */
function judgeState(input: ProveInput, seen: Seen, leg: Leg, live: Seen): readonly Finding[] {
  if (leg.to === 'nothing' || seen.of(COMMAND.state(leg.name)) === undefined) return [];
  const step = whichStep(input, leg);
  const state = stateOf(seen, leg);
  if (state === undefined) {
    const words = seen.words(COMMAND.state(leg.name));
    const reason = withWords(`what the kernel says of the patch cannot be read${step}`, words);
    return [refuse('PROOF_STEP_FAILED', place(input), reason)];
  }
  const findings: Finding[] = [];
  const when = `${seen.plan.name === 'late' ? ', its module being loaded after the update' : ''}${step}`;
  const unnamed = new Set(
    [...state.objects].flatMap(([o, { functions }]) => [...functions].map((f) => `${o} ${f}`)),
  );
  for (const { name: object, functions } of objectsOf(input, leg.to)) {
    if (functions.length === 0 && isLoaded(object, live) && !isPatched(state, object)) {
      const reason = `the kernel does not say that ${object} is patched${when}`;
      findings.push(refuse('PROOF_NOT_PATCHED', place(input, { object }), reason));
    }
    for (const wanted of functions) {
      const isListed = unnamed.delete(`${object} ${klpName(wanted)}`);
      // Of an object that is not loaded the kernel only lists what it would do.
      if (isListed && (!isLoaded(object, live) || isRedirected(state, object, wanted))) continue;
      const what = isListed ? 'is listed, but not redirected' : 'is not in /sys/kernel/livepatch';
      const where = place(input, { object, symbol: wanted.name });
      findings.push(refuse('PROOF_NOT_PATCHED', where, `${klpName(wanted)} ${what}${when}`));
    }
  }
  for (const name of [...state.strays, ...surplus(state)]) {
    const reason = `${name} is redirected, which the live update does not replace${step}`;
    findings.push(refuse('PROOF_STILL_PATCHED', place(input), reason));
  }
  for (const name of unnamed) {
    const reason = `the module replaces ${name}, which its description does not name${step}`;
    findings.push(refuse('PROOF_NOT_PATCHED', place(input), reason));
  }
  return findings;
}

/**
 * Of each object in which ftrace redirects more functions to klp than the patch has: those that it does not name.
 * There are as many when all is well, and one of them may go by another name of the same address.
 */
function surplus({ objects }: KlpState): readonly string[] {
  return [...objects].flatMap(([object, { functions, traced }]) => {
    if (traced.size <= functions.size) return [];
    const names = new Set([...functions].map((name) => name.replace(/,\d+$/, '')));
    return [...traced].filter((name) => !names.has(name)).map((name) => `${object} ${name}`);
  });
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

function place(input: ProveInput, narrower: Place = {}): Place {
  return { kernel: input.release, ...narrower };
}
