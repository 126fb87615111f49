// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding, LabCode, Place } from '@uptide/base';
import { refuse, withWords } from './findings.ts';
import type { ProveInput } from './input.ts';
import { blockers, linesOf } from './kernel-log.ts';
import type { KlpState } from './klp-state.ts';
import type { Leg } from './legs.ts';
import { COMMAND, levelOf, objectsOf } from './plan.ts';
import { isLoaded, isPatched, isRedirected, klpName, stateOf } from './redirected.ts';
import type { Seen } from './seen.ts';

/**
 * What the legs of a boot say against an update, as far as it went; what cannot be known after a failure is not spoken
 * of.
 *
 * @param live the first boot, in which modules were there before the update.
 */
export function judgeLegs(input: ProveInput, seen: Seen, live: Seen): readonly Finding[] {
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

function place(input: ProveInput, narrower: Place = {}): Place {
  return { kernel: input.release, ...narrower };
}
