// SPDX-License-Identifier: GPL-2.0-or-later

// What a host should do about the stream that it follows, from everything that is known at one moment. Nothing is
// read or done here: the same input gives the same plan, so every rule can be tried without a machine.
//
// Levels are cumulative, so the plan never has more than one step: the highest level that nothing stands against.
// Against a level may stand the maker (withdrawn, halted, blocked, not offered yet), the journal (this host failed
// with it), or the host's own policy; rules/ has a file for each, and all are asked, so that a keeper reads every
// reason and not the first one.
//
// Example: level 2 is live; the index has 3, 4 and 5. Level 5 waits for a wave, 4 is quarantined. Level 3 is
// loaded, and the plan says of 4 and 5 why not, until when, and which CVEs stay open meanwhile.
//
// What is live stays live, whatever is known or not known of the stream, except where a signed block says
// `unload`: then the highest other level that is allowed takes its place, or nothing does. Signed words that have
// expired bring nothing new, a block neither.
import type { IndexedLevel } from '@uptide/stream';
import { STATES } from '../report/status.ts';
import { waysBack } from './back.ts';
import type { HeldLevel, LiveLevel, Obstacle, Plan, PlanInput, RuleInput, State, Step } from './model.ts';
import { formatMoment, untilMoment } from './moment.ts';
import { obstaclesOf } from './obstacles.ts';
import { fits } from './rules/blocked.ts';
import { isOpen, nextOpening } from './window.ts';

/** Makes the plan of a host; see above. */
export function planHost(input: PlanInput): Plan {
  return withSwitches(input, withFreshness(input, planLevels(input)));
}

/** The plan as the stream and the host's policy have it. */
function planLevels(input: PlanInput): Plan {
  const { stream, live } = input;
  if (stream === undefined) return idle('no-stream', 'no stream is subscribed to (uptide subscribe)');
  if (!stream.known) return idle('no-stream', 'nothing of the stream was believed yet (uptide check)');
  if (stream.index === undefined) return idle('unsupported', 'the stream has nothing for this kernel');
  const rules: RuleInput = { ...input, index: stream.index, rollout: stream.rollout };
  const order = live === undefined ? undefined : orderToUnload(live, rules);
  const plan = order !== undefined && live !== undefined ? planWayOut(live, order, rules) : planWayUp(rules);
  return withEnd(rules, plan);
}

/** The maker's reason when a signed block says that the live update must go. */
function orderToUnload(live: LiveLevel, { rollout, buildId, trust }: RuleInput): string | undefined {
  const block = rollout?.blocks.find(
    (one) => one.action === 'unload' && fits(one, live.level, buildId, trust),
  );
  return block === undefined ? undefined : `level ${live.level} must go, says its maker: ${block.reason}`;
}

function planWayOut(live: LiveLevel, order: string, input: RuleInput): Plan {
  const up = judgeLevels(live, input).find(({ obstacles }) => obstacles.length === 0)?.level;
  const down = waysBack(live, input).find(({ against }) => against.length === 0)?.level;
  const mayLoad = input.killSwitch === undefined && input.trust.stopped === undefined;
  const target = mayLoad ? (up ?? down) : undefined;
  const step: Step = target === undefined ? { do: 'unload', reason: order } : { do: 'load', level: target };
  const acts = input.policy.mode === 'auto' || input.byHand !== undefined;
  return {
    state: 'blocked',
    reasons: [order],
    held: [],
    ...(target === undefined ? {} : { available: target }),
    ...(acts ? { step } : {}),
  };
}

function planWayUp(input: RuleInput): Plan {
  const judged = judgeLevels(input.live, input);
  const target = judged.find(({ obstacles }) => obstacles.length === 0)?.level;
  const open = judged.filter(({ level }) => target === undefined || level.level > target.level);
  const held = open.map((one) => toHeld(one, target, input));
  if (target !== undefined) return offer(target, held, input);
  const top = open.find(({ level }) => level.withdrawn === undefined);
  if (top === undefined) return { state: 'current', reasons: currentWords(input), held };
  const obstacles = [...top.obstacles].sort((a, b) => rank(stateOf(a)) - rank(stateOf(b)));
  return {
    state: stateOf(obstacles[0]),
    reasons: obstacles.map(({ reason }) => reason),
    available: top.level,
    held,
    ...endOf(obstacles),
  };
}

/** A level that may be taken: now, in a window, or when a person asks. */
function offer(target: IndexedLevel, held: readonly HeldLevel[], input: RuleInput): Plan {
  const { policy, timeZone, now, byHand } = input;
  const plan: Plan = {
    state: 'update-available',
    reasons: [`level ${target.level} can be loaded`],
    available: target,
    held,
  };
  if (byHand !== undefined) return { ...plan, step: { do: 'load', level: target } };
  if (policy.mode !== 'auto') {
    return { ...plan, reasons: [...plan.reasons, `policy.mode is ${policy.mode}: uptide upgrade loads it`] };
  }
  if (isOpen(policy.windows, timeZone, now)) return { ...plan, step: { do: 'load', level: target } };
  const next = nextOpening(policy.windows, timeZone, now);
  const when = next === undefined ? 'none opens within two weeks' : `the next opens on ${formatMoment(next)}`;
  return {
    ...plan,
    state: 'held-by-policy',
    reasons: [`level ${target.level} waits for a window of policy.windows; ${when}`],
    ...(next === undefined ? {} : { until: next }),
  };
}

interface JudgedLevel {
  readonly level: IndexedLevel;
  readonly obstacles: readonly Obstacle[];
}

/** The levels above the live one, highest first, with what stands against each. */
function judgeLevels(live: LiveLevel | undefined, input: RuleInput): JudgedLevel[] {
  const { index, byHand } = input;
  const named = byHand?.level;
  return index.levels
    .filter((one) => isAbove(one, live) && (named === undefined || one.level === named))
    .sort((a, b) => b.level - a.level)
    .map((level) => ({ level, obstacles: obstaclesOf(level, input, named === undefined) }));
}

/** An update of the same level that is not the one of the stream came from elsewhere, and gives way to it. */
function isAbove(one: IndexedLevel, live: LiveLevel | undefined): boolean {
  return live === undefined || one.level > live.level || (one.level === live.level && one.id !== live.id);
}

function toHeld(
  { level, obstacles }: JudgedLevel,
  target: IndexedLevel | undefined,
  input: RuleInput,
): HeldLevel {
  const closed = target ?? input.index.levels.find(({ id }) => id === input.live?.id);
  const has = new Set(closed?.cves);
  return { level: level.level, obstacles, cves: level.cves.filter((cve) => !has.has(cve)) };
}

function currentWords({ live, index }: RuleInput): string[] {
  if (index.levels.length === 0) return ['there is no level for this kernel yet'];
  if (live === undefined) return ['no level can be taken: all are withdrawn'];
  const known = index.levels.find(({ id }) => id === live.id);
  if (known === undefined) return [`the live update of level ${live.level} is not one of this stream`];
  if (known.withdrawn === undefined) return [`level ${live.level} is live, the newest there is`];
  return [`level ${live.level} is live and was withdrawn: ${known.withdrawn.reason}`];
}

/** When no more levels will come, that is told before what can still be done. */
function withEnd({ index }: RuleInput, plan: Plan): Plan {
  const { ended } = index;
  if (ended === undefined) return plan;
  const next = ended.successor === undefined ? '' : `; boot ${ended.successor.release}`;
  const reason = `no more levels will come for this kernel since ${ended.date}: ${ended.reason}${next}`;
  return firstOf('unsupported', reason, plan);
}

/** What has expired brings nothing new and takes nothing away. */
function withFreshness({ stream, now }: PlanInput, plan: Plan): Plan {
  if (stream?.expires === undefined || stream.expires > now) return plan;
  const { step: _, ...rest } = plan;
  const reason = `what is known of the stream ended on ${formatMoment(stream.expires)}; nothing new is loaded`;
  return { ...rest, reasons: [...plan.reasons, reason] };
}

/** What persons and past crashes have switched off. */
function withSwitches({ killSwitch, trust }: PlanInput, plan: Plan): Plan {
  const stopped = trust.stopped === undefined ? plan : withoutLoad(firstOf('stopped', trust.stopped, plan));
  if (killSwitch === undefined) return stopped;
  const disabled = firstOf('disabled', `switched off by ${killSwitch.where}`, stopped);
  if (killSwitch.stops === 'loading') return withoutLoad(disabled);
  const { step: _, ...rest } = disabled;
  return rest;
}

function withoutLoad(plan: Plan): Plan {
  const { step, ...rest } = plan;
  return step?.do === 'unload' ? plan : rest;
}

/** Adds a state that holds, too: of all, the first in the order of `STATES` is told. */
function firstOf(state: State, reason: string, plan: Plan): Plan {
  return rank(state) < rank(plan.state)
    ? { ...plan, state, reasons: [reason, ...plan.reasons] }
    : { ...plan, reasons: [...plan.reasons, reason] };
}

function idle(state: State, reason: string): Plan {
  return { state, reasons: [reason], held: [] };
}

function stateOf(obstacle: Obstacle | undefined): State {
  switch (obstacle?.rule) {
    case undefined:
    case 'withdrawn':
      return 'current';
    case 'quarantined':
    case 'halted':
    case 'waiting-wave':
      return obstacle.rule;
    case 'blocked':
      return obstacle.reboot === true ? 'reboot-first' : 'blocked';
    default:
      return 'held-by-policy';
  }
}

/** When all obstacles will have ended by themselves. */
function endOf(obstacles: readonly Obstacle[]): { readonly until?: number } {
  return untilMoment(Math.max(...obstacles.map(({ until }) => until ?? Number.POSITIVE_INFINITY)));
}

function rank(state: State): number {
  return STATES.indexOf(state);
}
