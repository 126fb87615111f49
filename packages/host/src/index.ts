// SPDX-License-Identifier: GPL-2.0-or-later
export { type CheckResult, checkUpdate } from './check.ts';
export { HostError } from './error.ts';
export type { LiveFunction, LiveObject, LiveUpdate, LoadRecord } from './live-update.ts';
export { liveUpdates } from './live-updates.ts';
export { type LoadOptions, type LoadOutcome, loadUpdate } from './load.ts';
export { type Effects, Machine } from './machine.ts';
export { statusJsonSchema } from './report/json-schema.ts';
export { type Status, statusSchema } from './report/status.ts';
export type { Patience } from './transition.ts';
export { type UnloadOutcome, unloadUpdate } from './unload.ts';
