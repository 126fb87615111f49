// SPDX-License-Identifier: GPL-2.0-or-later
import { fileDigest } from '@uptide/base';
import { z } from 'zod';
import { StreamError } from '../error.ts';
import { MAX_DESCRIPTION_BYTES } from './bounds.ts';
import { printJson } from './json.ts';
import { DESCRIPTION_PATH, modulePath, PROOF_PATH, patchPath, ROLE } from './layout.ts';
import type { RoledFile, Update } from './model.ts';
import { descriptionSchema, type Manifest, SCHEMA_VERSION } from './schema.ts';
import { writeTar } from './tar.ts';

/**
 * Packs an update. Equal updates give equal bytes: nothing of the machine, the user or the hour is in them.
 *
 * @throws StreamError UPDATE_UNWRITABLE when the description is not one that `decodeUpdate` accepts,
 * UPDATE_TOO_LARGE over the bounds of the format.
 */
export function encodeUpdate(update: Update): Uint8Array {
  return writeTar(updateFiles(update));
}

/**
 * The files of an update in the order of its archive, update.json (role `description`) first.
 *
 * @throws StreamError UPDATE_UNWRITABLE, UPDATE_TOO_LARGE as `encodeUpdate`.
 */
export function updateFiles(update: Update): readonly RoledFile[] {
  const described = descriptionSchema.safeParse(update.description);
  if (!described.success) throw new StreamError('UPDATE_UNWRITABLE', z.prettifyError(described.error));
  const files = filesOf(update).sort((a, b) => (a.path < b.path ? -1 : 1));
  const manifest: Manifest = {
    ...described.data,
    schema: SCHEMA_VERSION,
    files: files.map(({ path, role, bytes }) => ({
      path,
      role,
      size: bytes.length,
      sha256: fileDigest(bytes),
    })),
  };
  const description = printJson(manifest);
  if (description.length > MAX_DESCRIPTION_BYTES) {
    throw new StreamError('UPDATE_TOO_LARGE', `${DESCRIPTION_PATH} has ${description.length} bytes`);
  }
  return [{ path: DESCRIPTION_PATH, role: 'description', bytes: description }, ...files];
}

function filesOf(update: Update): RoledFile[] {
  return [
    { path: modulePath(update.description.module), role: ROLE.module, bytes: update.module },
    ...update.patches.map(({ name, bytes }, index) => ({
      path: patchPath(index, name),
      role: ROLE.patch,
      bytes,
    })),
    ...(update.proof === undefined ? [] : [{ path: PROOF_PATH, role: ROLE.proof, bytes: update.proof }]),
    ...(update.others ?? []),
  ];
}
