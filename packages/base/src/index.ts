// SPDX-License-Identifier: GPL-2.0-or-later
export { writeFileAtomically } from './atomic.ts';
export type { CatalogueEntry } from './catalogue/entry.ts';
export type { ForgeCode } from './catalogue/forge.ts';
export type { HostCode } from './catalogue/host.ts';
export { CATALOGUE, type Code } from './catalogue/index.ts';
export type { KernelCode } from './catalogue/kernel.ts';
export type { LabCode } from './catalogue/lab.ts';
export type { StreamCode } from './catalogue/stream.ts';
export { fileDigest, sha256 } from './digest.ts';
export { type ErrorDetail, UptideError } from './error.ts';
export { EXIT, type ExitName } from './exit.ts';
export type { Finding, Verdict } from './finding.ts';
export { saysFault } from './kernel-faults.ts';
export { withLock } from './lock.ts';
export { formatPlace, type Place } from './place.ts';
export { plainEnvironment, type RunOptions, type RunResult, run } from './process.ts';
export { QUIET, type Reporter } from './reporter.ts';
export { Slots } from './slots.ts';
