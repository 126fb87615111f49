// SPDX-License-Identifier: GPL-2.0-or-later
import type { UpdateState } from '@uptide/stream';

/** A function that a live update replaces, as sysfs lists it. */
export interface LiveFunction {
  readonly name: string;
  /** Which of the equal names of the object, from 1. */
  readonly position: number;
}

/** What a live update replaces in one object. */
export interface LiveObject {
  readonly name: string;
  readonly functions: readonly LiveFunction[];
}

/** What Uptide knows of an update that it loaded; sysfs has names alone. */
export interface LoadRecord {
  readonly schema: 1;
  readonly module: string;
  readonly id: string;
  readonly level: number;
  readonly title: string;
  readonly cves: readonly string[];
  /** Whether the running code was compared with the shipped one before loading. */
  readonly matched: boolean;
  /** What klp asks of an update that takes the place of this one. Not there in records of before. */
  readonly states?: readonly UpdateState[];
}

/** A live update that is loaded, whoever made it. */
export interface LiveUpdate {
  /** The name of its module. */
  readonly name: string;
  /** Whether Uptide made it. */
  readonly ours: boolean;
  readonly enabled: boolean;
  readonly inTransition: boolean;
  readonly objects: readonly LiveObject[];
  /** Not there for an update that was loaded by hand. */
  readonly record?: LoadRecord;
}
