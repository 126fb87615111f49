// SPDX-License-Identifier: GPL-2.0-or-later
import { type ProvenFunction, VMLINUX } from './input.ts';
import { type KlpState, parseKlpState } from './klp-state.ts';
import type { Leg } from './legs.ts';
import { COMMAND } from './plan.ts';
import type { Seen } from './seen.ts';

/** Whether an object was there to be patched in the first boot; the kernel itself always is. */
export function isLoaded(object: string, live: Seen): boolean {
  return object === VMLINUX || live.passed(COMMAND.loadModule(object));
}

/** The leg of a boot that makes the update live for the first time. */
export function firstLeg(seen: Seen): Leg | undefined {
  return seen.plan.legs.find(({ to }) => to === 'update');
}

/** The name of the command that loads the first update of a boot. */
export function firstLoad(seen: Seen): string {
  return COMMAND.load(seen.plan.legs[0]?.name ?? 'update');
}

/**
 * What the kernel said of the patch that a leg made live; undefined when nothing, or nothing that can be read.
 */
export function stateOf(seen: Seen, leg: Leg | undefined): KlpState | undefined {
  const result = leg === undefined ? undefined : seen.of(COMMAND.state(leg.name));
  return result?.status === 0 && !result.truncated ? parseKlpState(result.stdout.toString()) : undefined;
}

/** The name of a function's folder: klp_init_func, "If the user selects 0 for old_sympos, then 1 will be used". */
export function klpName({ name, sympos }: ProvenFunction): string {
  return `${name},${sympos === 0 ? 1 : sympos}`;
}

/** Whether klp has patched an object as a whole, which is when it has called its pre-patch callback. */
export function isPatched(state: KlpState, object: string): boolean {
  const there = state.objects.get(object);
  return state.enabled && !state.inTransition && there !== undefined && (there.patched ?? true);
}

/** Whether every call of a function goes to its replacement: listed, patched, and the transition over. */
export function isRedirected(state: KlpState, object: string, wanted: ProvenFunction): boolean {
  const there = state.objects.get(object);
  if (!state.enabled || state.inTransition || there?.functions.has(klpName(wanted)) !== true) return false;
  return there.patched ?? there.traced.has(wanted.name);
}
