// SPDX-License-Identifier: GPL-2.0-or-later
import type { Description } from './schema.ts';
import type { TarFile } from './tar.ts';

/** A file that an update carries. */
export interface CarriedFile {
  /** Its name without a folder. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** One patch set made live. */
export interface Update {
  readonly description: Description;
  /** The livepatch module. */
  readonly module: Uint8Array;
  /** The patches in the order in which they were applied. */
  readonly patches: readonly CarriedFile[];
  /** What `prove` saw, as JSON. */
  readonly proof?: Uint8Array;
  /** Files of roles that this version does not know, kept as they are. */
  readonly others?: readonly RoledFile[];
}

/** A file of the archive and what it is there for. */
export interface RoledFile extends TarFile {
  readonly role: string;
}
