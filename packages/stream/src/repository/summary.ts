// SPDX-License-Identifier: GPL-2.0-or-later
/** What changes, for the eyes of who signs: computed from the bytes that are signed alone. */
import { fileDigest } from '@uptide/base';
import { type IndexedLevel, indexSchema } from '../formats/index-file.ts';
import { isLevelFile } from '../formats/paths.ts';
import { type Rollout, rolloutSchema } from '../formats/rollout-file.ts';
import type { DelegatedRole, RoleKeys, RootSigned, TargetsSigned } from './model.ts';
import { TOP_ROLES } from './model.ts';
import type { RequestedRole, SignRequest } from './request.ts';

/** Levels of a rollout that are shown, and of an index without a new one. */
const SHOWN = 3;

/** What changes in one role. */
export interface RoleSummary {
  readonly role: string;
  readonly version: number;
  readonly expires: string;
  /** One line each. */
  readonly changes: readonly string[];
}

/** What a request asks to be signed, role by role. */
export function summarize({ roles, texts }: SignRequest): RoleSummary[] {
  const read = new Map(texts.map(({ path, text }) => [path, text]));
  return roles.map((role) => ({
    role: role.role,
    version: role.signed.version,
    expires: role.signed.expires,
    changes: changesOf(role, read),
  }));
}

function changesOf(role: RequestedRole, texts: ReadonlyMap<string, string>): string[] {
  const changes =
    role.kind === 'root'
      ? [...rootChanges(role.before, role.signed)]
      : [...targetChanges(role.before, role.signed, texts)];
  return changes.length === 0 ? ['nothing but its version and its end'] : changes;
}

function* rootChanges(before: RootSigned | undefined, after: RootSigned): Iterable<string> {
  for (const role of TOP_ROLES) yield* keyChanges(role, before?.roles[role], after.roles[role]);
}

function* targetChanges(
  before: TargetsSigned | undefined,
  after: TargetsSigned,
  texts: ReadonlyMap<string, string>,
): Iterable<string> {
  const known = new Map((before?.delegations?.roles ?? []).map((role) => [role.name, role]));
  for (const role of after.delegations?.roles ?? []) yield* delegationChanges(known.get(role.name), role);
  for (const name of known.keys()) {
    if (!after.delegations?.roles.some((role) => role.name === name)) yield `REMOVED: the role ${name}`;
  }
  let silent = 0;
  for (const [path, target] of Object.entries(after.targets)) {
    const old = before?.targets[path];
    const { sha256 } = target.hashes;
    if (old?.hashes.sha256 === sha256) continue;
    const text = texts.get(path);
    if (old === undefined && text === undefined && !path.endsWith('.uptide')) {
      silent++;
      continue;
    }
    const what = old === undefined ? 'new' : isLevelFile(path) ? 'REPLACED' : 'changed';
    yield `${what}: ${path}, ${target.length} bytes, sha256 ${sha256}`;
    if (text === undefined || fileDigest(Buffer.from(text)) !== sha256) continue;
    yield* contentOf(path, text, newLevels(before, after));
  }
  if (silent > 0) yield `new: ${silent} files beside these (sources, proofs, review pages, feeds)`;
  for (const path of Object.keys(before?.targets ?? {})) {
    if (after.targets[path] === undefined) yield `REMOVED: ${path}`;
  }
}

function* delegationChanges(before: DelegatedRole | undefined, after: DelegatedRole): Iterable<string> {
  yield* keyChanges(after.name, before, after);
  for (const path of after.paths) {
    if (!before?.paths.includes(path)) yield `${after.name} may sign for ${path}`;
  }
}

function* keyChanges(role: string, before: RoleKeys | undefined, after: RoleKeys): Iterable<string> {
  const old = new Set(before?.keyids);
  const now = new Set(after.keyids);
  for (const id of now) if (!old.has(id)) yield `${role}: new key ${id}`;
  for (const id of old) if (!now.has(id)) yield `${role}: key ${id} is taken away`;
  if (before?.threshold === after.threshold) return;
  const words = `${after.threshold} of ${after.keyids.length} keys must sign`;
  yield before === undefined ? `${role}: ${words}` : `${role}: ${words}, ${before.threshold} before`;
}

/** The levels whose updates a role lists and did not list before. */
function newLevels(before: TargetsSigned | undefined, after: TargetsSigned): ReadonlySet<string> {
  const updates = Object.keys(after.targets).filter((path) => path.endsWith('.uptide'));
  return new Set(updates.filter((path) => before?.targets[path] === undefined));
}

/** What a file says that goes with the request; of an index the new levels, or the newest when there is none. */
function* contentOf(path: string, text: string, added: ReadonlySet<string>): Iterable<string> {
  const value = parsed(text);
  if (path.startsWith('rollout/')) {
    const rollout = rolloutSchema.safeParse(value).data;
    if (rollout !== undefined) yield* rolloutLines(rollout);
    return;
  }
  const index = indexSchema.safeParse(value).data;
  if (index === undefined) return;
  const folder = path.slice(0, path.lastIndexOf('/'));
  const news = index.levels.filter(({ level }) => added.has(`${folder}/level-${level}.uptide`));
  for (const level of news.length === 0 ? index.levels.slice(-SHOWN) : news) yield levelLine(level);
  for (const { level, withdrawn } of index.levels) {
    if (withdrawn !== undefined) yield `  level ${level} is withdrawn: ${withdrawn.reason}`;
  }
  if (index.coveredUntil !== undefined) yield `  covered until ${index.coveredUntil}`;
  if (index.ended !== undefined) yield `  ended: ${index.ended.reason}`;
}

function levelLine({ level, title, cves, date, proof, accepted = [] }: IndexedLevel): string {
  const words = accepted.map(({ what, reason }) => `; ${what.toUpperCase()}: ${reason}`).join('');
  return `  level ${level} (${date}): ${title}; closes ${cves.length} CVEs; ${proof.verdict}${words}`;
}

function* rolloutLines({ halt, levels, blocks }: Rollout): Iterable<string> {
  if (halt !== undefined) yield `  HALTED: ${halt.reason}`;
  for (const { level, profile, waves } of levels.slice(-SHOWN)) {
    yield `  level ${level}, ${profile}: ${waves.map(({ percent, from }) => `${percent}% from ${from}`).join(', ')}`;
  }
  for (const { action, reason } of blocks) yield `  block (${action}): ${reason}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
