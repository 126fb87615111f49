// SPDX-License-Identifier: GPL-2.0-or-later
/** What the plan of a host is made from, and what it is. Moments are milliseconds since 1970. */
import type { IndexedLevel, KernelIndex, Rollout } from '@uptide/stream';
import type { Status } from '../report/status.ts';
import type { Configuration } from './configuration.ts';

export type State = Status['state'];

/** A switch that a person has set against the agent; a more general one is told first. */
export interface KillSwitch {
  /** Where it is: `uptide=off on the kernel command line`, `/etc/uptide/disable`. */
  readonly where: string;
  /** `everything`: the agent does nothing at all. `loading`: nothing is loaded. */
  readonly stops: 'everything' | 'loading';
}

/** What the journal of this host says of updates, by their ids. */
export interface TrustFacts {
  readonly quarantined: ReadonlySet<string>;
  /** Why nothing is loaded until a person has looked; undefined while all is well. */
  readonly stopped: string | undefined;
  /** What was ever loaded since the machine booted, whether it is live or not. */
  readonly everLoaded: ReadonlySet<string>;
}

/** What a keeper took back by hand: the agent does not bring it again on its own. */
export interface TakenBack {
  /** Levels above this one; 0 after `uptide remove`. */
  readonly above: number;
  readonly since: string;
}

/** The update of ours that is live. */
export interface LiveLevel {
  readonly level: number;
  readonly id: string;
}

export interface PlanInput {
  readonly policy: Configuration['policy'];
  /** The zone of the windows. */
  readonly timeZone: string;
  readonly buildId: string;
  readonly live: LiveLevel | undefined;
  /** Undefined when no stream is subscribed to. */
  readonly stream: StreamFacts | undefined;
  /** The place of this host for an update; see `place.ts`. */
  readonly place: (updateId: string) => number;
  readonly trust: TrustFacts;
  readonly takenBack: TakenBack | undefined;
  readonly killSwitch: KillSwitch | undefined;
  readonly now: number;
  /**
   * There when a person acts and not the timer: neither mode nor windows bind then. With a level, the host's own
   * policy does not bind either; what the maker and the journal say always does.
   */
  readonly byHand: { readonly level?: number } | undefined;
}

/** What was read of the stream. */
export interface StreamFacts {
  /** Whether anything of it was ever believed. */
  readonly known: boolean;
  /** When what is known ends; undefined before anything is. */
  readonly expires: number | undefined;
  /** Undefined when the stream has nothing for this kernel. */
  readonly index: KernelIndex | undefined;
  /** Undefined when no level was ever offered. */
  readonly rollout: Rollout | undefined;
}

/** A reason why a level is not taken. */
export interface Obstacle {
  readonly rule: RuleName;
  readonly reason: string;
  /** When it ends by itself, as far as is known. */
  readonly until?: number;
  /** For a block that a reboot ends. */
  readonly reboot?: true;
}

export type RuleName =
  | 'withdrawn'
  | 'quarantined'
  | 'halted'
  | 'blocked'
  | 'waiting-wave'
  | 'taken-back'
  | 'pin'
  | 'hold'
  | 'as-of'
  | 'delay'
  | 'severity';

/** One rule: what it has against a level, if anything. */
export interface Rule {
  readonly name: RuleName;
  /** Whether it is the host's own wish, which a keeper who names a level sets aside. */
  readonly own: boolean;
  readonly judge: (level: IndexedLevel, input: RuleInput) => Obstacle | undefined;
}

export interface RuleInput extends PlanInput {
  readonly index: KernelIndex;
  readonly rollout: Rollout | undefined;
}

/** A level above the live one that is not taken. */
export interface HeldLevel {
  readonly level: number;
  readonly obstacles: readonly Obstacle[];
  /** What it closes and the live level does not. */
  readonly cves: readonly string[];
}

/** The one thing to do now. */
export type Step =
  | { readonly do: 'load'; readonly level: IndexedLevel }
  /** The maker says that the live update must go, and no other level can take its place. */
  | { readonly do: 'unload'; readonly reason: string };

export interface Plan {
  readonly state: State;
  /** Why, for people; the first is the one that decides. */
  readonly reasons: readonly string[];
  /** When the state may change by itself. */
  readonly until?: number;
  /** The level that this host should come to, whether now or later. */
  readonly available?: IndexedLevel;
  /** What to do now; absent when nothing is to be done, or a person must ask for it. */
  readonly step?: Step;
  readonly held: readonly HeldLevel[];
}
