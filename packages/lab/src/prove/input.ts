// SPDX-License-Identifier: GPL-2.0-or-later
import type { CpioFile } from '../cpio.ts';
import type { Limits } from '../machine.ts';
import type { Hardware } from '../qemu.ts';

/** A function that an update replaces. */
export interface ProvenFunction {
  readonly name: string;
  /** Which of the equal names in the object, from 1; 0 when there is only one, as klp counts. */
  readonly sympos: number;
}

/** An object of an update: `vmlinux`, or the name of a module as /proc/modules shows it. */
export interface ProvenObject {
  readonly name: string;
  readonly functions: readonly ProvenFunction[];
  /** The callbacks that klp calls for it; with any, an object may have no function. */
  readonly callbacks?: readonly string[];
}

/** A module of the kernel package, to be loaded into the guest. */
export interface GuestModule {
  /** As /proc/modules shows it: dashes are underscores. */
  readonly name: string;
  /** The module as the kernel takes it: not compressed, signature and all. */
  readonly bytes: Uint8Array;
}

/** Shell lines that show whether the update is live; they run as root in the guest, whose user space is busybox. */
export interface Probes {
  /** Must end with status 0 while the update is not live. */
  readonly before?: string;
  /** Must end with status 0 while the update is live. */
  readonly after?: string;
}

/** The probe of a fix: a shell script that shows the fault. */
export interface FixProbe {
  /** Name of the fix; one probe for each. */
  readonly fix: string;
  /** The level that brings the fix. */
  readonly level: number;
  /** The level that takes it back, so that the fault is there again. */
  readonly until?: number | undefined;
  /**
   * Must end with status 0 where the fix is live and with status 1 where it is not; any other status says that the
   * probe could not tell.
   */
  readonly script: string;
}

/** Work for the guest to do while levels come and go: a shell script that is run over and over by several processes. */
export interface Load {
  readonly name: string;
  /**
   * One round, which must end with status 0. It runs in an empty folder of its own worker, whose number is $WORKER;
   * the worker may leave files there for the next round.
   */
  readonly script: string;
}

/** The level before the one that is proven. */
export interface PreviousLevel {
  readonly level: number;
  readonly update: GuestModule;
  readonly objects: readonly ProvenObject[];
  /** Whether its states allow klp to let it replace the level that is proven. */
  readonly back: boolean;
}

/** Which level of a series an update is. */
export interface LevelToProve {
  readonly level: number;
  readonly previous?: PreviousLevel;
}

/** What is to be proven. */
export interface ProveInput {
  /** Path of the kernel's image. */
  readonly kernel: string;
  readonly release: string;
  /** Lower-case hex. */
  readonly buildId: string;
  /** The livepatch module and its name. */
  readonly update: GuestModule;
  readonly objects: readonly ProvenObject[];
  /** The modules that the update, or the level before it, touches and all that those need, each after what it needs. */
  readonly modules: readonly GuestModule[];
  readonly probes?: Probes;
  /** By rising level. */
  readonly fixProbes?: readonly FixProbe[];
  readonly loads?: readonly Load[];
  /** Absent when the update is not a level of a series. */
  readonly level?: LevelToProve;
  /** More files for probes and loads. */
  readonly files?: readonly CpioFile[];
  readonly hardware?: Partial<Hardware>;
  readonly limits?: Partial<Limits>;
  /** Seconds that one run of a probe may take. */
  readonly probeSeconds?: number;
  /** Seconds that a transition may take. */
  readonly transitionSeconds?: number;
}

/**
 * On one processor no task runs in an old function while another is switched, no code is changed under one that runs
 * it, and stop_machine stops nobody.
 */
export const PROCESSORS = 2;

/** The name of the object that is the kernel itself. */
export const VMLINUX = 'vmlinux';
