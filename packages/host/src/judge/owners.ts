// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import type { Description } from '@uptide/stream';
import type { LiveUpdate } from '../live-update.ts';
import type { TracedFunction } from '../read/enabled-functions.ts';
import type { Kprobe } from '../read/kprobes.ts';
import { finding } from './fit.ts';

/** Who else has a hand in functions of the kernel. */
export interface Owners {
  readonly updates: readonly LiveUpdate[];
  /** Every module that is loaded. */
  readonly modules: readonly string[];
  readonly traced: readonly TracedFunction[];
  readonly kprobes: readonly Kprobe[];
}

/** Says who stands in the way of an update, or will see no more calls once it is live. */
export function judgeOwners({ module, objects }: Description, owners: Owners): Finding[] {
  const changed = new Set(
    objects.flatMap(({ name, functions }) => functions.map((one) => keyOf(name, one.name))),
  );
  return [
    ...judgeUpdates(module, changed, owners),
    ...judgeTraced(changed, owners),
    ...judgeKprobes(changed, owners.kprobes),
  ];
}

function judgeUpdates(module: string, changed: ReadonlySet<string>, { updates, modules }: Owners): Finding[] {
  const findings: Finding[] = [];
  if (modules.includes(module)) {
    findings.push(finding('HOST_ALREADY_LOADED', 'refuse', `the module ${module} is loaded`));
  }
  for (const update of updates) {
    if (update.name === module) continue;
    if (update.inTransition) {
      findings.push(finding('HOST_TRANSITION_RUNNING', 'refuse', `${update.name} is in its transition`));
    }
    if (update.ours) continue;
    const shared = update.objects.flatMap(({ name, functions }) =>
      functions.filter((one) => changed.has(keyOf(name, one.name))).map((one) => one.name),
    );
    const both = shared.length === 0 ? '' : `; both replace ${shared.join(', ')}`;
    findings.push(finding('HOST_FOREIGN_UPDATE', 'refuse', `${update.name} would be switched off${both}`));
  }
  return findings;
}

function judgeTraced(changed: ReadonlySet<string>, { traced, updates }: Owners): Finding[] {
  // One user of ftrace may redirect a function: where a live update does, it is this one.
  const live = new Set(
    updates.flatMap(({ objects }) =>
      objects.flatMap(({ name, functions }) => functions.map((one) => keyOf(name, one.name))),
    ),
  );
  return traced.flatMap(({ object, name, redirected, direct, users }) => {
    const key = keyOf(object, name);
    const place = { object, symbol: name };
    if (!changed.has(key)) return [];
    if (redirected && !live.has(key)) {
      return [finding('HOST_FUNCTION_TAKEN', 'refuse', `ftrace redirects it for another: ${users}`, place)];
    }
    return direct
      ? [finding('HOST_FUNCTION_PROBED', 'review', `ftrace calls a program for it: ${users}`, place)]
      : [];
  });
}

function judgeKprobes(changed: ReadonlySet<string>, kprobes: readonly Kprobe[]): Finding[] {
  return kprobes
    .filter(({ object, name }) => changed.has(keyOf(object, name)))
    .map(({ object, name, offset }) =>
      finding('HOST_FUNCTION_PROBED', 'review', 'a kprobe is set here', { object, symbol: name, offset }),
    );
}

function keyOf(object: string, name: string): string {
  return `${object} ${name}`;
}
