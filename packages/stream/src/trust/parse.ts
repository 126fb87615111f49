// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * From the bytes of a metadata file to the model of @tufjs, with everything refused that the model would read in a
 * way of its own. The model takes any number, any name and any date that JavaScript parses; here a file has one
 * reading or none:
 *
 * - a number is a safe integer: a float or 2^53+1 is written back in another way than it was signed, and the file then
 *   fails as if its signature were wrong;
 * - a moment is in UTC to the second: `2030-01-01T00:00` would end at another time in another time zone;
 * - a role's name is no integer (`10` and `2` change their order, which is their priority, when JavaScript makes
 *   them keys of an object) and no name that an object has by itself;
 * - a path pattern has the two wildcards of the specification and nothing else that some matcher gives a meaning;
 * - a digest is a sha256 or a sha512, and a target has one at least.
 */
import {
  Metadata,
  MetadataKind,
  type Root,
  type Snapshot,
  type Targets,
  type Timestamp,
} from '@tufjs/models';
import type { StreamCode } from '@uptide/base';
import { StreamError } from '../error.ts';
import {
  MAX_DEPTH,
  MAX_ENTRIES,
  MAX_KEYS,
  MAX_METADATA_BYTES,
  MAX_ROLE_NAME,
  MAX_SIGNERS,
  MAX_TARGET_BYTES,
  MAX_TARGET_PATH,
} from './limits.ts';
import { isPlainPattern } from './pattern.ts';

type Json = string | number | boolean | null | readonly Json[] | JsonObject;
type JsonObject = { readonly [key: string]: Json };

/** The form of `expires` (TUF 4.2.1). */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const HASH = { sha256: /^[0-9a-f]{64}$/, sha512: /^[0-9a-f]{128}$/ } as const;
/** JavaScript sorts such keys of an object before all others. */
const INTEGER_NAME = /^(?:0|[1-9]\d*)$/;
const TOP_LEVEL_ROLES = ['root', 'timestamp', 'snapshot', 'targets'] as const;

/** @throws StreamError STREAM_TRUNCATED, STREAM_TOO_LARGE, STREAM_BAD_METADATA. */
export function parseRoot(bytes: Uint8Array): Metadata<Root> {
  const { data, refuse } = readEnvelope('root', 'root', bytes);
  const signed = objectAt(data, 'signed', refuse);
  checkKeys(signed, refuse);
  const roles = objectAt(signed, 'roles', refuse);
  if (!TOP_LEVEL_ROLES.every((name) => Object.hasOwn(roles, name))) refuse('a top-level role is missing');
  for (const name of Object.keys(roles)) checkSigners(objectAt(roles, name, refuse), refuse);
  return modelled(data, refuse, () => Metadata.fromJSON(MetadataKind.Root, data));
}

/** @throws StreamError STREAM_TRUNCATED, STREAM_TOO_LARGE, STREAM_BAD_METADATA. */
export function parseTimestamp(bytes: Uint8Array): Metadata<Timestamp> {
  const { data, refuse } = readEnvelope('timestamp', 'timestamp', bytes);
  const meta = objectAt(objectAt(data, 'signed', refuse), 'meta', refuse);
  checkMetaFile(objectAt(meta, 'snapshot.json', refuse), refuse);
  return modelled(data, refuse, () => Metadata.fromJSON(MetadataKind.Timestamp, data));
}

/** @throws StreamError STREAM_TRUNCATED, STREAM_TOO_LARGE, STREAM_BAD_METADATA. */
export function parseSnapshot(bytes: Uint8Array): Metadata<Snapshot> {
  const { data, refuse } = readEnvelope('snapshot', 'snapshot', bytes);
  const meta = objectAt(objectAt(data, 'signed', refuse), 'meta', refuse);
  const names = Object.keys(meta);
  checkCount(names.length, MAX_ENTRIES, 'roles', refuse);
  for (const name of names) checkMetaFile(objectAt(meta, name, refuse), refuse);
  return modelled(data, refuse, () => Metadata.fromJSON(MetadataKind.Snapshot, data));
}

/** @throws StreamError STREAM_TRUNCATED, STREAM_TOO_LARGE, STREAM_BAD_METADATA. */
export function parseTargets(role: string, bytes: Uint8Array): Metadata<Targets> {
  const { data, refuse } = readEnvelope('targets', role, bytes);
  const signed = objectAt(data, 'signed', refuse);
  const targets = objectAt(signed, 'targets', refuse);
  const paths = Object.keys(targets);
  checkCount(paths.length, MAX_ENTRIES, 'targets', refuse);
  for (const path of paths) checkTarget(path, objectAt(targets, path, refuse), refuse);
  if (signed.delegations !== undefined) checkDelegations(objectAt(signed, 'delegations', refuse), refuse);
  return modelled(data, refuse, () => Metadata.fromJSON(MetadataKind.Targets, data));
}

type Refuse = (reason: string, cause?: unknown, code?: StreamCode) => never;

/** Reads what all four kinds share: JSON within bounds, one envelope, a version, an end. */
function readEnvelope(
  kind: keyof typeof MAX_METADATA_BYTES,
  role: string,
  bytes: Uint8Array,
): { data: Record<string, never>; refuse: Refuse } {
  const place = { file: `${role}.json` };
  const refuse: Refuse = (reason, cause, code = 'STREAM_BAD_METADATA') => {
    throw new StreamError(code, reason, { place, cause });
  };
  const limit = MAX_METADATA_BYTES[kind];
  checkCount(bytes.length, limit, 'bytes', refuse);
  let data: Json;
  try {
    data = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Json;
  } catch (cause) {
    if (endsTooEarly(bytes)) refuse('the file ends too early', cause, 'STREAM_TRUNCATED');
    return refuse('this is not JSON', cause);
  }
  checkValues(data, 0, refuse);
  if (!isObject(data)) return refuse('this is not an object');
  if (!Array.isArray(data.signatures)) return refuse('there is no list of signatures');
  checkCount(data.signatures.length, MAX_SIGNERS, 'signatures', refuse);
  const signed = objectAt(data, 'signed', refuse);
  if (signed._type !== kind) refuse(`this is not ${kind} metadata`);
  checkVersion(signed.version, refuse);
  if (typeof signed.expires !== 'string' || !MOMENT.test(signed.expires))
    refuse('"expires" is not a moment in UTC');
  // The model wants its own type of JSON, whose only difference is that it is not read-only.
  return { data: data as Record<string, never>, refuse };
}

/** What was cut off lacks the brace that closes the envelope; a file that has it is wrong in another way. */
function endsTooEarly(bytes: Uint8Array): boolean {
  let end = bytes.length;
  while (end > 0 && [0x20, 0x0a, 0x0d, 0x09].includes(bytes[end - 1] ?? 0)) end--;
  return end === 0 || bytes[end - 1] !== 0x7d;
}

/** Holds every value of the file to what its canonical form can say again. */
function checkValues(value: Json, depth: number, refuse: Refuse): void {
  if (depth > MAX_DEPTH) refuse(`nested deeper than ${MAX_DEPTH}`);
  if (typeof value === 'number' && !Number.isSafeInteger(value)) refuse('a number is no safe integer');
  if (typeof value === 'string' && !value.isWellFormed()) refuse('a text is not Unicode');
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__' || !key.isWellFormed()) refuse('a field has a name that cannot be');
    checkValues(item, depth + 1, refuse);
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectAt(parent: JsonObject, key: string, refuse: Refuse): JsonObject {
  const value = Object.hasOwn(parent, key) ? parent[key] : undefined;
  return isObject(value) ? value : refuse(`"${key}" is not an object`);
}

function checkVersion(version: Json | undefined, refuse: Refuse): void {
  if (typeof version !== 'number' || version < 1) refuse('a version is not a number from 1');
}

function checkCount(count: number, limit: number, what: string, refuse: Refuse): void {
  if (count > limit) refuse(`${count} ${what}, and ${limit} are the most`, undefined, 'STREAM_TOO_LARGE');
}

function checkKeys(parent: JsonObject, refuse: Refuse): void {
  checkCount(Object.keys(objectAt(parent, 'keys', refuse)).length, MAX_KEYS, 'keys', refuse);
}

function checkSigners(role: JsonObject, refuse: Refuse): void {
  if (!Array.isArray(role.keyids)) refuse('a role has no list of key ids');
  checkCount(role.keyids.length, MAX_SIGNERS, 'keys of a role', refuse);
  if (typeof role.threshold !== 'number' || role.threshold < 1) refuse('a threshold is not a number from 1');
}

function checkMetaFile(file: JsonObject, refuse: Refuse): void {
  checkVersion(file.version, refuse);
  if (file.length !== undefined) checkLength(file.length, refuse);
  if (file.hashes !== undefined) checkHashes(objectAt(file, 'hashes', refuse), refuse);
}

function checkLength(length: Json | undefined, refuse: Refuse): void {
  if (typeof length !== 'number' || length < 0) refuse('a length is not a number from 0');
}

function checkHashes(hashes: JsonObject, refuse: Refuse): void {
  for (const [name, value] of Object.entries(hashes)) {
    const form =
      name === 'sha256' || name === 'sha512' ? HASH[name] : refuse(`"${name}" is no digest that is known`);
    if (typeof value !== 'string' || !form.test(value)) refuse(`a ${name} is not one`);
  }
}

function checkTarget(path: string, target: JsonObject, refuse: Refuse): void {
  if (path === '' || Buffer.byteLength(path) > MAX_TARGET_PATH) refuse('a target has no path that can be');
  if (path.split('/').some((part) => part === '.' || part === '..')) refuse('a target leaves its folder');
  checkLength(target.length, refuse);
  if (Number(target.length) > MAX_TARGET_BYTES) refuse(`a target is larger than ${MAX_TARGET_BYTES} bytes`);
  const hashes = objectAt(target, 'hashes', refuse);
  if (Object.keys(hashes).length === 0) refuse('a target has no digest');
  checkHashes(hashes, refuse);
}

function checkDelegations(delegations: JsonObject, refuse: Refuse): void {
  checkKeys(delegations, refuse);
  const { roles, succinct_roles: succinct } = delegations;
  if ((roles === undefined) === (succinct === undefined)) refuse('delegations are either listed or succinct');
  if (succinct !== undefined) {
    const bins = objectAt(delegations, 'succinct_roles', refuse);
    checkSigners(bins, refuse);
    if (typeof bins.name_prefix !== 'string') refuse('bins have no prefix');
    checkRoleName(`${bins.name_prefix}-ffffffff`, refuse);
    return;
  }
  if (!Array.isArray(roles)) refuse('delegations are not a list');
  checkCount(roles.length, MAX_ENTRIES, 'delegations', refuse);
  for (const delegation of roles as readonly Json[]) {
    if (!isObject(delegation)) refuse('a delegation is not an object');
    checkSigners(delegation, refuse);
    checkRoleName(delegation.name, refuse);
    checkPaths(delegation, refuse);
  }
}

function checkRoleName(name: Json | undefined, refuse: Refuse): void {
  if (typeof name !== 'string' || name === '') refuse('a role has no name');
  if (encodeURIComponent(name).length > MAX_ROLE_NAME) refuse('the name of a role is too long for a file');
  if (INTEGER_NAME.test(name)) refuse(`a role is called "${name}": a number has no place among others`);
  if (name in Object.prototype || TOP_LEVEL_ROLES.some((top) => top === name))
    refuse(`a role may not be called "${name}"`);
}

function checkPaths({ paths, path_hash_prefixes: prefixes }: JsonObject, refuse: Refuse): void {
  if ((paths === undefined) === (prefixes === undefined)) refuse('a delegation has either paths or prefixes');
  const list = paths ?? prefixes;
  if (!Array.isArray(list)) refuse('the paths of a delegation are not a list');
  checkCount(list.length, MAX_ENTRIES, 'paths of a delegation', refuse);
  for (const text of list as readonly Json[]) {
    if (typeof text !== 'string') refuse('a path of a delegation is not a text');
    if (paths === undefined && !/^[0-9a-f]{1,64}$/.test(text)) refuse('a prefix of a hash is not one');
    if (paths !== undefined && !isPlainPattern(text))
      refuse(`the pattern "${text.slice(0, 100)}" is read in different ways`);
  }
}

/**
 * Makes the model. Signatures are counted over what the model writes, and it would write itself anew for each of them
 * in quadratic time; here it writes what was read, which is also what was signed.
 */
function modelled<T extends Root | Timestamp | Snapshot | Targets>(
  { signed }: Record<string, never>,
  refuse: Refuse,
  make: () => Metadata<T>,
): Metadata<T> {
  try {
    const metadata = make();
    metadata.signed.toJSON = () => signed ?? {};
    return metadata;
  } catch (cause) {
    return refuse(cause instanceof Error ? cause.message : 'this is not TUF metadata', cause);
  }
}
