// SPDX-License-Identifier: GPL-2.0-or-later
/** Where a stream stands: what is staged and lacks signatures, and what ends when. */
import type { Envelope, RoleKeys, View } from './model.ts';
import { momentAfter, momentOf } from './moments.ts';
import { delegatorOf, expiryKindOf, nextRoot, requirementsOf } from './roles.ts';
import type { Settings } from './settings.ts';
import { signersOf } from './sign.ts';

/** A role of whose time less than this part is left is told, so that there is time for a ceremony. */
const SOON = 1 / 4;

export interface RoleStatus {
  readonly role: string;
  readonly threshold: number;
  readonly keys: readonly string[];
  /** What hosts see; absent before the first publication. */
  readonly published?: { readonly version: number; readonly expires: string } | undefined;
  readonly state: 'unpublished' | 'good' | 'ends soon' | 'ended';
  /** What waits to be published. */
  readonly staged?:
    | {
        readonly version: number;
        readonly expires: string;
        readonly signatures: readonly SignatureStatus[];
      }
    | undefined;
}

/** How far a staged version is signed. */
export interface SignatureStatus {
  /** Who asks for it. */
  readonly by: string;
  readonly threshold: number;
  readonly signed: readonly string[];
  /** Keys that could sign and have not. */
  readonly unsigned: readonly string[];
}

/** All roles that were read: top roles first, then as they are delegated to. */
export function statusOf(view: View, settings: Settings, now: number): RoleStatus[] {
  const { published, staged } = view;
  const { timestamp, snapshot, root } = published;
  const statusFor = (role: string, before: Envelope | undefined, next: Envelope | undefined): RoleStatus =>
    roleStatus(view, role, before, next, stateOf(before, settings.expiryDays[expiryKindOf(role)], now));
  const targets = new Set([...published.targets.keys(), ...staged.targets.keys()]);
  const ordered = [...targets].sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
  return [
    statusFor('root', root, staged.root),
    ...ordered.map((role) => statusFor(role, published.targets.get(role), staged.targets.get(role))),
    statusFor('snapshot', snapshot, undefined),
    statusFor('timestamp', timestamp, undefined),
  ];
}

function depth(role: string): number {
  if (role === 'targets') return 0;
  return delegatorOf(role) === 'targets' ? 1 : 2;
}

function roleStatus(
  view: View,
  role: string,
  published: Envelope | undefined,
  staged: Envelope | undefined,
  state: RoleStatus['state'],
): RoleStatus {
  const requirements = requirementsOf(view, role);
  const { threshold, keyids }: RoleKeys = requirements.at(-1)?.role ?? nextRoot(view).signed.roles.root;
  return {
    role,
    threshold,
    keys: keyids,
    published: published && { version: published.signed.version, expires: published.signed.expires },
    state,
    staged: staged && {
      version: staged.signed.version,
      expires: staged.signed.expires,
      signatures: requirements.map(({ by, keys, role: asked }) => {
        const signed = signersOf(staged, keys, asked);
        const unsigned = asked.keyids.filter((id) => !signed.includes(id));
        return { by, threshold: asked.threshold, signed, unsigned };
      }),
    },
  };
}

function stateOf(published: Envelope | undefined, days: number, now: number): RoleStatus['state'] {
  if (published === undefined) return 'unpublished';
  const { expires } = published.signed;
  if (expires <= momentOf(now)) return 'ended';
  return expires <= momentAfter(now, days * SOON) ? 'ends soon' : 'good';
}
