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
  /** The modules that the update touches and all that those need, each after what it needs. */
  readonly modules: readonly GuestModule[];
  readonly probes?: Probes;
  /** More files for the probes. */
  readonly files?: readonly CpioFile[];
  readonly hardware?: Partial<Hardware>;
  readonly limits?: Partial<Limits>;
  /** Seconds that one run of a probe may take. */
  readonly probeSeconds?: number;
  /** Seconds that a transition may take. */
  readonly transitionSeconds?: number;
}

/** The name of the object that is the kernel itself. */
export const VMLINUX = 'vmlinux';
