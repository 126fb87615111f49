// SPDX-License-Identifier: GPL-2.0-or-later
export { type Agent, agentOf } from './agent/agent.ts';
export { type Available, readAvailable } from './agent/available.ts';
export type { ActResult, Confirm } from './agent/by-hand.ts';
export { type Checked, checkStream } from './agent/check.ts';
export { type Cycle, runBoot, runCycle, runShutdown } from './agent/cycle.ts';
export { clearHost, type Examined, examineHost } from './agent/doctor/index.ts';
export { readHistory } from './agent/history.ts';
export { removeAll } from './agent/remove.ts';
export { readStatus } from './agent/reports.ts';
export { rollback } from './agent/rollback.ts';
export { type Subscription, subscribe } from './agent/subscribe.ts';
export { upgrade } from './agent/upgrade.ts';
export { type CheckResult, checkUpdate } from './check.ts';
export { HostError } from './error.ts';
export {
  type BootJudgement,
  clearStop,
  judgeBoot,
  markShutdown,
  openJournal,
  PROBATION_HOURS,
  type Promotion,
  promote,
} from './guard/boots.ts';
export type {
  Action,
  BootState,
  By,
  GuardState,
  KernelName,
  KnownUpdate,
  LiveState,
  NamedUpdate,
} from './guard/decide/record.ts';
export type { KillSwitches } from './guard/decide/switches.ts';
export { readKillSwitches } from './guard/facts.ts';
export { type GuardedLoadOptions, guardedLoad } from './guard/guarded-load.ts';
export { type GuardedUnloadOptions, guardedUnload } from './guard/guarded-unload.ts';
export type { Journal } from './guard/journal.ts';
export { archivePath, type Reapplied, type ReapplyOptions, reapply } from './guard/reapply.ts';
export { type TrustFacts, trustFacts } from './guard/trust-facts.ts';
export type { LiveFunction, LiveObject, LiveUpdate, LoadRecord } from './live-update.ts';
export { liveUpdates } from './live-updates.ts';
export { type LoadOptions, type LoadOutcome, loadUpdate } from './load.ts';
export { type Effects, Machine } from './machine.ts';
export type { ListedLevel } from './policy/levels.ts';
export type { Plan, State } from './policy/model.ts';
export { statusJsonSchema } from './report/json-schema.ts';
export { type NagiosOutput, nagiosOutput } from './report/nagios.ts';
export { type OpenVexOptions, openVex } from './report/openvex.ts';
export { prometheusText } from './report/prometheus.ts';
export { type RebootAdvice, rebootAdvice } from './report/reboot.ts';
export { type Status, statusSchema } from './report/status.ts';
export { type SigningKey, signModule } from './signing/sign-module.ts';
export { splitSignature } from './signing/trailer.ts';
export type { Patience } from './transition.ts';
export { type UnloadOutcome, unloadUpdate } from './unload.ts';
