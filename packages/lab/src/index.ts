// SPDX-License-Identifier: GPL-2.0-or-later

export { checkAgainstFile, type FileCheckInput } from './check/against-file.ts';
export type { CpioFile } from './cpio.ts';
export { LabError } from './error.ts';
export type { CommandResult } from './frames.ts';
export type { GuestCommand } from './guest.ts';
export { guestFiles, type HostFile } from './guest-files.ts';
export { LOADS } from './loads/index.ts';
export { type BootOptions, type BootResult, boot, HARDWARE, LIMITS, type Limits } from './machine.ts';
export type { Outcome } from './outcome.ts';
export type {
  FixProbe,
  GuestModule,
  LevelToProve,
  Load,
  PreviousLevel,
  Probes,
  ProveInput,
  ProvenFunction,
  ProvenObject,
} from './prove/input.ts';
export { proofInputs } from './prove/inputs.ts';
export { moduleOrder } from './prove/module-order.ts';
export { proveOnBaseline, type UpdateToProve } from './prove/on-baseline.ts';
export type * from './prove/proof.ts';
export { type ProveResult, type ProveTools, prove } from './prove/prove.ts';
export type { Hardware } from './qemu.ts';
export { type StacksTools, stacksAtRest } from './stacks/stacks-at-rest.ts';
