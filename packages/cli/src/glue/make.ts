// SPDX-License-Identifier: GPL-2.0-or-later
import { join } from 'node:path';
import { type Reporter, type Slots, UptideError } from '@uptide/base';
import type { CreateOutcome, CreateRequest, Examination, PatchFile } from '@uptide/forge';
import type { Baseline, BaselineRecord, Store } from '@uptide/kernel';
import type { Update } from '@uptide/stream';
import { nameFindings } from '../review/identity.ts';
import type { NamedFinding } from '../review/model.ts';
import { assembleUpdate, type Naming } from './create.ts';

/** A kernel that updates are made for. */
export interface Target {
  readonly store: Store;
  readonly baseline: Baseline;
  readonly record: BaselineRecord;
}

/** What a create has of the world. */
export interface MakeTools {
  /** Compilers at a time; by default one for each processor. */
  readonly jobs?: number | undefined;
  /** The compilers of several creates. */
  readonly compilers?: Slots;
  /** As in `CreateRequest`. */
  readonly maxUnits?: number | undefined;
  readonly mayCompile?: ((units: number) => Promise<boolean>) | undefined;
  /** As in `CreateRequest`; the kernel is booted for them, once, when it is not said. */
  readonly stacks?: CreateRequest['stacks'];
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** What the forge said, its findings with ids. */
export type Named<Outcome> = Omit<Outcome, 'findings'> & { readonly findings: readonly NamedFinding[] };

/** What the forge said, with ids for its findings, and the update when there is one. */
export interface Made {
  readonly outcome: Named<CreateOutcome>;
  readonly update: Update | undefined;
}

/**
 * Opens a kernel of the store to make updates for.
 *
 * @throws as `openBaseline`
 */
export async function openTarget(release: string, store: Store): Promise<Target> {
  const { listBaselines, openBaseline } = await import('@uptide/kernel');
  const baseline = await openBaseline(release, store);
  const listed = (await listBaselines(store)).find((kernel) => kernel.release === release);
  if (listed === undefined || 'problem' in listed) {
    throw new UptideError('INTERNAL', `the record of ${release} went away`);
  }
  return { store, baseline, record: listed.record };
}

/**
 * Says all that is found on the way to an update, with ids for the findings.
 *
 * @throws as `examinePatches` and `stacksAtRest`
 */
export async function examine(
  { store, baseline }: Pick<Target, 'store' | 'baseline'>,
  patches: readonly PatchFile[],
  tools: MakeTools & { readonly disassemble?: boolean },
): Promise<Named<Examination>> {
  const { examinePatches } = await import('@uptide/forge');
  const said = await examinePatches(requestOf(store, baseline, patches, tools));
  return { ...said, findings: nameFindings(said.findings) };
}

/**
 * Makes an update out of patches.
 *
 * @throws as `createUpdate` and `stacksAtRest`
 */
export async function makeUpdate(
  { store, baseline, record }: Target,
  patches: readonly PatchFile[],
  naming: Naming,
  tools: MakeTools,
): Promise<Made> {
  const { createUpdate } = await import('@uptide/forge');
  const made = await createUpdate(requestOf(store, baseline, patches, tools));
  const outcome = { ...made, findings: nameFindings(made.findings) };
  const update =
    outcome.update === undefined
      ? undefined
      : assembleUpdate(outcome.update, outcome.findings, patches, { baseline, record }, naming);
  return { outcome, update };
}

function requestOf(
  store: Store,
  baseline: Baseline,
  patches: readonly PatchFile[],
  tools: MakeTools & { readonly disassemble?: boolean },
): CreateRequest {
  const stacks = stacksOf(baseline, tools);
  return { baseline, patches, scratch: join(store.root, 'scratch'), stacks, ...tools };
}

/** Asks the kernel of a baseline where its tasks rest, when it is asked. */
export function stacksOf(baseline: Baseline, tools: MakeTools): CreateRequest['stacks'] {
  return async () => await (await import('@uptide/lab')).stacksAtRest(baseline, tools);
}
