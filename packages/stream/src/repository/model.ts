// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The signed files of a stream as JSON (TUF specification, section 4), in the narrow form that a publisher writes:
 * ed25519, one sha256 a target, consistent snapshots.
 */

/** A public key as metadata lists it. */
export interface PublicKey {
  readonly keytype: 'ed25519';
  readonly scheme: 'ed25519';
  /** 32 bytes in hex. */
  readonly keyval: { readonly public: string };
}

export interface Signature {
  readonly keyid: string;
  /** In hex; empty signatures are not kept. */
  readonly sig: string;
}

/** A file of metadata: what is signed, and by whom. */
export interface Envelope<T extends Signed = Signed> {
  readonly signatures: readonly Signature[];
  readonly signed: T;
}

/** Who may sign for a role, and how many of them must. */
export interface RoleKeys {
  readonly keyids: readonly string[];
  readonly threshold: number;
}

export type KeyTable = Readonly<Record<string, PublicKey>>;

interface Common {
  readonly spec_version: string;
  readonly version: number;
  /** YYYY-MM-DDTHH:MM:SSZ. */
  readonly expires: string;
}

/** The roles whose keys the root lists. */
export const TOP_ROLES = ['root', 'targets', 'snapshot', 'timestamp'] as const;
export type TopRole = (typeof TOP_ROLES)[number];

export interface RootSigned extends Common {
  readonly _type: 'root';
  readonly consistent_snapshot: true;
  readonly keys: KeyTable;
  readonly roles: Readonly<Record<TopRole, RoleKeys>>;
}

/** A target: the bytes that a path stands for. */
export interface TargetMeta {
  readonly length: number;
  readonly hashes: { readonly sha256: string };
  /** Text and whole numbers only: other values do not survive being read and written again. */
  readonly custom?: Readonly<Record<string, string | number>> | undefined;
}

export interface DelegatedRole extends RoleKeys {
  readonly name: string;
  readonly terminating: boolean;
  readonly paths: readonly string[];
}

export interface Delegations {
  readonly keys: KeyTable;
  readonly roles: readonly DelegatedRole[];
}

/** Targets, a distribution series, a bin or the rollouts: all have the same form. */
export interface TargetsSigned extends Common {
  readonly _type: 'targets';
  readonly targets: Readonly<Record<string, TargetMeta>>;
  readonly delegations?: Delegations | undefined;
}

/** How another file of metadata must be. */
export interface FileMeta {
  readonly version: number;
  readonly length: number;
  readonly hashes: { readonly sha256: string };
}

export interface SnapshotSigned extends Common {
  readonly _type: 'snapshot';
  readonly meta: Readonly<Record<string, FileMeta>>;
}

export interface TimestampSigned extends Common {
  readonly _type: 'timestamp';
  readonly meta: { readonly 'snapshot.json': FileMeta };
}

export type Signed = RootSigned | TargetsSigned | SnapshotSigned | TimestampSigned;

/** What is served, as far as it was read. Before the first publication nothing is there. */
export interface Published {
  readonly root?: Envelope<RootSigned> | undefined;
  readonly targets: ReadonlyMap<string, Envelope<TargetsSigned>>;
  readonly snapshot?: Envelope<SnapshotSigned> | undefined;
  readonly timestamp?: Envelope<TimestampSigned> | undefined;
}

/** What is to be published next: the roles that change. */
export interface Staged {
  readonly root?: Envelope<RootSigned> | undefined;
  /** Targets, series, bins and rollouts by name. */
  readonly targets: ReadonlyMap<string, Envelope<TargetsSigned>>;
  /** Roles that may ask for fewer signatures than before, with the words of who rotated them. */
  readonly weakened?: readonly { readonly role: string; readonly reason: string }[] | undefined;
}

/** A stream between two publications. */
export interface View {
  readonly published: Published;
  readonly staged: Staged;
}

/** A file to be listed as a target. */
export interface TargetFile {
  /** As `formats/paths.ts` has it. */
  readonly path: string;
  readonly bytes: Uint8Array;
}
