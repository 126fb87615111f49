// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * A TUF repository in memory, for tests. It works on plain JSON, so that a test can sign what no honest publisher
 * would, and remembers what was asked for.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import type { Source } from '../../src/trust/model.ts';

/** The moment at which the tests play. */
export const NOW = Date.UTC(2030, 0, 1);
export const DAY = 24 * 60 * 60 * 1000;

export type KeyKind = 'ed25519' | 'ecdsa' | 'rsa';
type Fields = Record<string, unknown>;

/** A key that signs. */
export interface Signer {
  readonly id: string;
  readonly key: Fields;
  readonly sign: (bytes: Buffer) => string;
}

/** What the simulator says of one role; changed freely by tests before `publish`. */
export interface RoleState {
  version: number;
  expires: string;
  [field: string]: unknown;
}

interface RoleKeys {
  keyids: string[];
  threshold: number;
}

export interface Delegation {
  readonly name: string;
  readonly paths?: readonly string[];
  readonly prefixes?: readonly string[];
  readonly terminating?: boolean;
  readonly threshold?: number;
  readonly signers?: readonly Signer[];
}

export interface DelegationsState {
  keys: Record<string, Fields>;
  roles?: (Fields & RoleKeys)[];
  succinct_roles?: Fields & RoleKeys;
}

export function moment(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

export function sha256Of(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const FORMS = {
  ed25519: { keytype: 'ed25519', scheme: 'ed25519', digest: undefined, padding: undefined },
  ecdsa: { keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', digest: 'sha256', padding: undefined },
  // RSA_PKCS1_PSS_PADDING
  rsa: { keytype: 'rsa', scheme: 'rsassa-pss-sha256', digest: 'sha256', padding: 6 },
} as const;

function keyPair(kind: KeyKind): { privateKey: KeyObject; publicKey: KeyObject } {
  if (kind === 'ed25519') return generateKeyPairSync('ed25519');
  if (kind === 'ecdsa') return generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

/** A new key. */
export function newSigner(kind: KeyKind = 'ed25519'): Signer {
  const { privateKey, publicKey } = keyPair(kind);
  const { keytype, scheme, digest, padding } = FORMS[kind];
  const value =
    kind === 'ed25519'
      ? publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex')
      : publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const key = { keytype, scheme, keyval: { public: value } };
  return {
    id: sha256Of(canonicalize(key)),
    key,
    sign: (bytes) =>
      sign(
        digest,
        bytes,
        padding === undefined ? privateKey : { key: privateKey, padding, saltLength: 32 },
      ).toString('hex'),
  };
}

/** Wraps and signs whatever it is given. */
export function signFile(signed: Fields, signers: readonly Signer[]): Buffer {
  const bytes = Buffer.from(canonicalize(signed));
  const signatures = signers.map((signer) => ({ keyid: signer.id, sig: signer.sign(bytes) }));
  return Buffer.from(JSON.stringify({ signatures, signed }, undefined, 1));
}

export const TOP_LEVEL = ['root', 'timestamp', 'snapshot', 'targets'] as const;

export class Simulator {
  readonly roles = new Map<string, RoleState>();
  readonly signers = new Map<string, Signer[]>();
  readonly files = new Map<string, Uint8Array>();
  /** Paths in the order in which they were asked for. */
  readonly requests: string[] = [];
  /** Whether snapshot and timestamp give length and digest of what they name. */
  measured = false;
  readonly #published = new Map<string, number>();

  constructor(kind: KeyKind = 'ed25519') {
    const expires = moment(NOW + 30 * DAY);
    const roles = Object.fromEntries(TOP_LEVEL.map((role) => [role, { keyids: [], threshold: 1 }]));
    this.roles.set('root', { version: 1, expires, consistent_snapshot: true, keys: {}, roles });
    this.roles.set('timestamp', { version: 1, expires, meta: { 'snapshot.json': { version: 1 } } });
    this.roles.set('snapshot', { version: 1, expires, meta: { 'targets.json': { version: 1 } } });
    this.roles.set('targets', { version: 1, expires, targets: {} });
    for (const role of TOP_LEVEL) this.addSigner(role, newSigner(kind));
    this.publish('targets', 'snapshot', 'timestamp', 'root');
  }

  state(role: string): RoleState {
    const state = this.roles.get(role);
    if (state === undefined) throw new Error(`no role ${role}`);
    return state;
  }

  /** The keys and threshold that root names for a top-level role. */
  keysOf(role: string): RoleKeys {
    const { roles } = this.state('root') as unknown as { roles: Record<string, RoleKeys> };
    const keys = roles[role];
    if (keys === undefined) throw new Error(`root names no ${role}`);
    return keys;
  }

  addSigner(role: string, signer: Signer): void {
    const { keys } = this.state('root') as unknown as { keys: Record<string, Fields> };
    keys[signer.id] = signer.key;
    this.keysOf(role).keyids.push(signer.id);
    this.signers.set(role, [...(this.signers.get(role) ?? []), signer]);
  }

  /** New keys instead of the old ones, as many as the threshold asks for. */
  rotate(role: string, threshold = 1): void {
    const keys = this.keysOf(role);
    keys.keyids = [];
    keys.threshold = threshold;
    this.signers.set(role, []);
    for (let count = 0; count < threshold; count++) this.addSigner(role, newSigner());
  }

  addTarget(role: string, path: string, content: string | Uint8Array, custom?: Fields): void {
    const bytes = Buffer.from(content);
    const { targets } = this.state(role) as unknown as { targets: Record<string, Fields> };
    const hash = sha256Of(bytes);
    targets[path] = { length: bytes.length, hashes: { sha256: hash }, ...(custom && { custom }) };
    this.files.set(targetFile(path, hash), bytes);
    this.files.set(`targets/${path}`, bytes);
  }

  delegations(delegator: string): DelegationsState {
    const state = this.state(delegator) as { delegations?: DelegationsState };
    state.delegations ??= { keys: {}, roles: [] };
    return state.delegations;
  }

  /** Adds a delegation, with a new key unless it brings its own, and an empty role unless there is one. */
  delegate(delegator: string, delegation: Delegation): void {
    const { name, paths, prefixes, terminating = false, threshold = 1 } = delegation;
    const signers = delegation.signers ?? [newSigner()];
    const { keys, roles } = this.delegations(delegator);
    for (const signer of signers) keys[signer.id] = signer.key;
    roles?.push({
      name,
      keyids: signers.map(({ id }) => id),
      threshold,
      terminating,
      ...(prefixes === undefined ? { paths: paths ?? ['*'] } : { path_hash_prefixes: prefixes }),
    });
    this.signers.set(name, [...new Set([...(this.signers.get(name) ?? []), ...signers])]);
    this.#addRole(name);
  }

  /** Delegates everything to 2^bits bins (TAP 15). */
  addBins(delegator: string, bits: number, prefix: string): string[] {
    const signer = newSigner();
    (this.state(delegator) as { delegations?: DelegationsState }).delegations = {
      keys: { [signer.id]: signer.key },
      succinct_roles: { keyids: [signer.id], threshold: 1, bit_length: bits, name_prefix: prefix },
    };
    const digits = (2 ** bits - 1).toString(16).length;
    const names = Array.from(
      { length: 2 ** bits },
      (_, at) => `${prefix}-${at.toString(16).padStart(digits, '0')}`,
    );
    for (const name of names) {
      this.signers.set(name, [signer]);
      this.#addRole(name);
    }
    return names;
  }

  /** Signs the roles in this order, each one version up from what was published, and tells who names them. */
  publish(...roles: readonly string[]): void {
    for (const role of roles) {
      const state = this.state(role);
      const before = this.#published.get(role);
      if (before !== undefined && state.version === before) state.version++;
      this.write(role);
    }
  }

  /** All that changes with a target. */
  publishTargets(...roles: readonly string[]): void {
    this.publish(...roles, 'snapshot', 'timestamp');
  }

  /** Signs a role as it stands. */
  write(role: string): void {
    const { version, expires, ...rest } = this.state(role);
    const kind = TOP_LEVEL.some((name) => name === role) ? role : 'targets';
    const signed = { _type: kind, spec_version: '1.0.31', version, expires, ...rest };
    this.put(role, version, signFile(signed, this.signers.get(role) ?? []));
    this.#published.set(role, version);
  }

  /** Serves these bytes as a version of a role. */
  put(role: string, version: number, bytes: Uint8Array): void {
    const name = encodeURIComponent(role);
    const measured = this.measured ? { length: bytes.length, hashes: { sha256: sha256Of(bytes) } } : {};
    if (role !== 'timestamp') this.files.set(`metadata/${version}.${name}.json`, bytes);
    if (role !== 'root') this.files.set(`metadata/${name}.json`, bytes);
    const meta = (of: string): Fields => (this.state(of) as unknown as { meta: Fields }).meta;
    if (role === 'snapshot') meta('timestamp')['snapshot.json'] = { version, ...measured };
    else if (role !== 'root' && role !== 'timestamp')
      meta('snapshot')[`${role}.json`] = { version, ...measured };
  }

  /** The root as it was published first. */
  get root(): Uint8Array {
    return this.file('metadata/1.root.json');
  }

  file(path: string): Uint8Array {
    const bytes = this.files.get(path);
    if (bytes === undefined) throw new Error(`no file ${path}`);
    return bytes;
  }

  /** The repository as an honest source. */
  source(name = 'simulator'): Source {
    return {
      name,
      read: async (path) => {
        this.requests.push(path);
        return this.files.get(path);
      },
    };
  }

  #addRole(name: string): void {
    if (!this.roles.has(name))
      this.roles.set(name, { version: 1, expires: moment(NOW + 30 * DAY), targets: {} });
  }
}

export function targetFile(path: string, hash: string): string {
  const parts = path.split('/').map(encodeURIComponent);
  const name = parts.pop() ?? '';
  return ['targets', ...parts, `${hash}.${name}`].join('/');
}
