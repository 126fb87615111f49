// SPDX-License-Identifier: GPL-2.0-or-later
import { fileDigest } from '@uptide/base';
import { z } from 'zod';
import { StreamError } from '../error.ts';
import { MAX_DESCRIPTION_BYTES } from './bounds.ts';
import { parseJson } from './json.ts';
import { DESCRIPTION_PATH, modulePath, PROOF_PATH, patchName, ROLE } from './layout.ts';
import type { CarriedFile, RoledFile, Update } from './model.ts';
import { type ListedFile, type Manifest, manifestSchema, SCHEMA_VERSION } from './schema.ts';
import { readTar, type TarFile } from './tar.ts';

/** The one field that every version of the format has had. */
const versioned = z.looseObject({ schema: z.int().positive() });

/**
 * Reads an update and checks that it holds what it says; who made it is for signatures to say. The parts
 * are views of `bytes`.
 *
 * @throws StreamError UPDATE_TRUNCATED, UPDATE_TOO_LARGE, UPDATE_BAD_ARCHIVE, UPDATE_BAD_PATH,
 * UPDATE_DUPLICATE_FILE, UPDATE_NO_DESCRIPTION, UPDATE_BAD_DESCRIPTION, UPDATE_SCHEMA_UNKNOWN,
 * UPDATE_MISSING_FILE, UPDATE_UNLISTED_FILE, UPDATE_WRONG_DIGEST.
 */
export function decodeUpdate(bytes: Uint8Array): Update {
  const [first, ...rest] = readTar(bytes);
  if (first?.path !== DESCRIPTION_PATH) {
    throw new StreamError('UPDATE_NO_DESCRIPTION', `the archive does not begin with ${DESCRIPTION_PATH}`);
  }
  const { schema: _schema, files: listed, ...description } = readManifest(first.bytes);
  const files = checkFiles(listed, rest);
  const module = theFile(files, ROLE.module, modulePath(description.module));
  if (module === undefined) {
    throw new StreamError('UPDATE_MISSING_FILE', `there is no ${modulePath(description.module)}`);
  }
  const proof = theFile(files, ROLE.proof, PROOF_PATH);
  const known: readonly string[] = Object.values(ROLE);
  const others = files.filter(({ role }) => !known.includes(role));
  return {
    description,
    module: module.bytes,
    patches: files.filter(({ role }) => role === ROLE.patch).map(toPatch),
    ...(proof === undefined ? {} : { proof: proof.bytes }),
    ...(others.length === 0 ? {} : { others }),
  };
}

function readManifest(bytes: Uint8Array): Manifest {
  if (bytes.length > MAX_DESCRIPTION_BYTES) {
    throw new StreamError('UPDATE_TOO_LARGE', `the bound is ${MAX_DESCRIPTION_BYTES} bytes`, {
      place: { file: DESCRIPTION_PATH },
    });
  }
  const value = parseJson(bytes, DESCRIPTION_PATH);
  const version = versioned.safeParse(value);
  if (version.success && version.data.schema > SCHEMA_VERSION) {
    throw new StreamError('UPDATE_SCHEMA_UNKNOWN', `this is schema version ${version.data.schema}`);
  }
  const manifest = manifestSchema.safeParse(value);
  if (!manifest.success) throw badDescription(z.prettifyError(manifest.error), manifest.error);
  return manifest.data;
}

/** The files of the archive with their roles, after comparing list and archive in both directions. */
function checkFiles(listed: readonly ListedFile[], found: readonly TarFile[]): RoledFile[] {
  const unlisted = new Map(found.map((file) => [file.path, file]));
  const seen = new Set<string>();
  const files = listed.map(({ path, role, size, sha256 }) => {
    if (seen.has(path)) throw new StreamError('UPDATE_DUPLICATE_FILE', `${path} is listed twice`);
    seen.add(path);
    const file = unlisted.get(path);
    if (file === undefined) throw new StreamError('UPDATE_MISSING_FILE', `${path} is listed, not there`);
    unlisted.delete(path);
    if (file.bytes.length !== size || fileDigest(file.bytes) !== sha256) {
      throw new StreamError('UPDATE_WRONG_DIGEST', `${path} is not the file that is described`);
    }
    return { path, role, bytes: file.bytes };
  });
  for (const path of unlisted.keys()) {
    throw new StreamError('UPDATE_UNLISTED_FILE', `${path} is there, not listed`);
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The one file of a role that has one; undefined when there is none. */
function theFile(files: readonly RoledFile[], role: string, path: string): RoledFile | undefined {
  const [file, ...more] = files.filter((candidate) => candidate.role === role);
  if (more.length > 0 || (file !== undefined && file.path !== path)) {
    throw badDescription(`the one file of role ${role} is ${path}`);
  }
  return file;
}

function toPatch({ path, bytes }: RoledFile): CarriedFile {
  const name = patchName(path);
  if (name === undefined) throw badDescription(`${path} is no place for a patch`);
  return { name, bytes };
}

function badDescription(reason: string, cause?: unknown): StreamError {
  return new StreamError('UPDATE_BAD_DESCRIPTION', reason, { place: { file: DESCRIPTION_PATH }, cause });
}
