// SPDX-License-Identifier: GPL-2.0-or-later
export type { CpioFile } from './cpio.ts';
export { LabError } from './error.ts';
export type { CommandResult } from './frames.ts';
export type { GuestCommand } from './guest.ts';
export { type BootOptions, type BootResult, boot, HARDWARE, LIMITS, type Limits } from './machine.ts';
export type { Outcome } from './outcome.ts';
export type { GuestModule, Probes, ProveInput, ProvenFunction, ProvenObject } from './prove/input.ts';
export type * from './prove/proof.ts';
export { type ProveResult, type ProveTools, prove } from './prove/prove.ts';
export type { Hardware } from './qemu.ts';
