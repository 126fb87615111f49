// SPDX-License-Identifier: GPL-2.0-or-later
import type { StreamKernel } from '@uptide/stream';
import type { GuardState } from '../guard/decide/record.ts';
import type { KillSwitches } from '../guard/decide/switches.ts';
import { type BootFacts, bootFacts, readKillSwitches } from '../guard/facts.ts';
import { type TrustFacts, trustFacts } from '../guard/trust-facts.ts';
import type { LiveUpdate } from '../live-update.ts';
import { liveUpdates } from '../live-updates.ts';
import type { LiveLevel, PlanInput, TakenBack } from '../policy/model.ts';
import { PLACES, placeOf } from '../policy/place.ts';
import type { Agent } from './agent.ts';
import { FILES } from './files.ts';
import { about, type Known, readKnown } from './known.ts';
import { readSecret } from './secret.ts';
import { readSettings, type Settings } from './settings.ts';
import { readTakenBack } from './taken-back.ts';

/** All that is known of a host at one moment. Nothing is changed and nobody is asked for it. */
export interface Survey {
  readonly now: number;
  readonly settings: Settings;
  readonly subscribed: boolean;
  readonly boot: BootFacts;
  /** The kernel as the stream names it; undefined when the series is not known. */
  readonly kernel: StreamKernel | undefined;
  readonly switches: KillSwitches;
  readonly known: Known | undefined;
  /** Every live update of the kernel, whoever made it. */
  readonly updates: readonly LiveUpdate[];
  /** The one of ours that is live, or becoming so. */
  readonly live: LiveUpdate | undefined;
  readonly liveLevel: LiveLevel | undefined;
  readonly trust: TrustFacts;
  /** Undefined when the journal is damaged, which `trust` says. */
  readonly journal: GuardState | undefined;
  readonly takenBack: TakenBack | undefined;
  readonly secret: Uint8Array | undefined;
}

/**
 * Looks at a host.
 *
 * @throws HostError HOST_CONFIG_INVALID, HOST_UNREADABLE.
 */
export async function survey({ machine, journal }: Agent): Promise<Survey> {
  const settings = await readSettings(machine);
  const boot = await bootFacts(machine);
  const { distribution } = settings;
  const kernel = distribution === undefined ? undefined : { distribution, ...boot.kernel };
  const known = kernel === undefined ? undefined : about(await readKnown(machine), kernel);
  const updates = await liveUpdates(machine);
  const live = updates.find(({ ours, enabled }) => ours && enabled);
  const trust = await trustFacts(journal, boot.kernel);
  return {
    now: machine.effects.time(),
    settings,
    subscribed: settings.configuration.stream.url !== undefined && (await isThere(machine, FILES.root)),
    boot,
    kernel,
    switches: await readKillSwitches(machine),
    known,
    updates,
    live,
    liveLevel: live === undefined ? undefined : levelOf(live, known),
    trust,
    journal: await journal.state().catch(() => undefined),
    takenBack: await readTakenBack(machine),
    secret: await readSecret(machine),
  };
}

/** What the plan is made from. */
export function planInput(found: Survey, byHand?: { readonly level?: number }): PlanInput {
  const { settings, boot, known, trust, switches, secret, now } = found;
  const expires = known?.expires;
  return {
    policy: settings.configuration.policy,
    timeZone: settings.timeZone,
    buildId: boot.kernel.buildId,
    live: found.liveLevel,
    stream: found.subscribed
      ? {
          known: expires !== undefined,
          expires: expires === undefined ? undefined : Date.parse(expires),
          index: known?.index?.content,
          rollout: known?.rollout?.content,
        }
      : undefined,
    // Without a secret the host has no place yet: it comes last.
    place: (id) => (secret === undefined ? PLACES - 1 : placeOf(secret, id)),
    trust: {
      quarantined: new Set(trust.quarantined),
      stopped: trust.stopped,
      everLoaded: new Set(trust.everLoaded),
    },
    takenBack: found.takenBack,
    killSwitch: killSwitch(switches),
    now,
    byHand,
  };
}

function killSwitch({ all, apply }: KillSwitches): PlanInput['killSwitch'] {
  if (all !== undefined) return { where: all, stops: 'everything' };
  return apply === undefined ? undefined : { where: apply, stops: 'loading' };
}

/** An update that was loaded by hand has no record; the name of its module tells as much. */
function levelOf({ name, record }: LiveUpdate, known: Known | undefined): LiveLevel | undefined {
  if (record !== undefined) return { level: record.level, id: record.id };
  const indexed = known?.index?.content.levels.find(({ module }) => module.name === name);
  return indexed === undefined ? undefined : { level: indexed.level, id: indexed.id };
}

async function isThere(machine: Agent['machine'], path: string): Promise<boolean> {
  return (await machine.bytes(path)) !== undefined;
}
