// SPDX-License-Identifier: GPL-2.0-or-later
/** New versions of what ends soon, with the same contents. */
import type { View } from './model.ts';
import { momentAfter } from './moments.ts';
import { expiryOf, nextRoot } from './roles.ts';
import { renewed } from './rotate.ts';
import type { Settings } from './settings.ts';

/**
 * The view with a new version staged of every role that people sign and that ends within so many days, as far as it
 * was read. Snapshot and timestamp are made with every publication.
 */
export function renew(view: View, days: number, settings: Settings, now: number): View {
  const until = momentAfter(now, days);
  const roles = [...view.published.targets]
    .filter(([role, { signed }]) => !view.staged.targets.has(role) && signed.expires <= until)
    .map(([role]) => role);
  const next = renewed(view, roles, settings, now);
  const { signed } = nextRoot(view);
  if (view.staged.root !== undefined || signed.expires > until) return next;
  const expires = expiryOf(settings, 'root', now);
  const root = { signatures: [], signed: { ...signed, version: signed.version + 1, expires } };
  return { ...next, staged: { ...next.staged, root } };
}
