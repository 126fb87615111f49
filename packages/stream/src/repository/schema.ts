// SPDX-License-Identifier: GPL-2.0-or-later
/** Reads metadata that a publisher wrote. Other forms that TUF allows are refused: none of ours has them. */
import { z } from 'zod';
import { StreamError } from '../error.ts';
import { moment, sha256 } from '../formats/fields.ts';
import { MAX_SIGNERS } from '../trust/limits.ts';
import type { Envelope, RootSigned, SnapshotSigned, TargetsSigned, TimestampSigned } from './model.ts';

/** Far over what thirty thousand updates need in one file; the O(n²) loops of TUF libraries set the real bound. */
export const MAX_METADATA_BYTES = 8 * 1024 * 1024;

const keyId = sha256;
const publicKey = z.strictObject({
  keytype: z.literal('ed25519'),
  scheme: z.literal('ed25519'),
  keyval: z.strictObject({ public: z.string().regex(/^[0-9a-f]{64}$/) }),
});
export const keysSchema = z.record(keyId, publicKey);
const roleKeys = {
  keyids: z.array(keyId).max(MAX_SIGNERS),
  threshold: z.int().min(1).max(MAX_SIGNERS),
};
export const roleKeysSchema = z.strictObject(roleKeys);
/** Names of roles and targets become names of files: nothing in them leads out of their folder. */
export const roleName = z.string().regex(/^[a-z][a-z0-9.-]{0,63}$/);
const SEGMENT = '[A-Za-z0-9][A-Za-z0-9._+~-]*';
const targetPath = z
  .string()
  .max(512)
  .regex(new RegExp(`^${SEGMENT}(/${SEGMENT})+$`));
/** A file that is served, below `public/`. */
export const targetFile = z
  .string()
  .max(1024)
  .regex(new RegExp(`^targets(/${SEGMENT})+$`));
export const metadataFile = z
  .string()
  .regex(/^metadata\/(?:\d{1,15}\.[a-z][a-z0-9.-]{0,63}|timestamp)\.json$/);
const version = z.int().min(1);
const common = { spec_version: z.string().regex(/^1\.\d+\.\d+$/), version, expires: moment };
const hashes = z.strictObject({ sha256 });
const length = z.int().nonnegative();
const fileMeta = z.strictObject({ version, length, hashes });

export const rootSignedSchema = z.strictObject({
  ...common,
  _type: z.literal('root'),
  consistent_snapshot: z.literal(true),
  keys: keysSchema,
  roles: z.strictObject({
    root: roleKeysSchema,
    targets: roleKeysSchema,
    snapshot: roleKeysSchema,
    timestamp: roleKeysSchema,
  }),
});

export const targetsSignedSchema = z.strictObject({
  ...common,
  _type: z.literal('targets'),
  targets: z.record(
    targetPath,
    z.strictObject({
      length,
      hashes,
      custom: z.record(z.string(), z.union([z.string(), z.int()])).optional(),
    }),
  ),
  delegations: z
    .strictObject({
      keys: keysSchema,
      roles: z.array(
        z.strictObject({
          ...roleKeys,
          name: roleName,
          terminating: z.boolean(),
          paths: z.array(z.string().max(512)),
        }),
      ),
    })
    .optional(),
});

const snapshotSigned = z.strictObject({
  ...common,
  _type: z.literal('snapshot'),
  meta: z.record(z.string().regex(/^[a-z][a-z0-9.-]{0,63}\.json$/), fileMeta),
});

const timestampSigned = z.strictObject({
  ...common,
  _type: z.literal('timestamp'),
  meta: z.strictObject({ 'snapshot.json': fileMeta }),
});

const signatures = z
  .array(z.strictObject({ keyid: keyId, sig: z.string().regex(/^[0-9a-f]{128}$/) }))
  .max(2 * MAX_SIGNERS);

export const rootSchema = z.strictObject({ signatures, signed: rootSignedSchema });
export const targetsSchema = z.strictObject({ signatures, signed: targetsSignedSchema });
const snapshotSchema = z.strictObject({ signatures, signed: snapshotSigned });
const timestampSchema = z.strictObject({ signatures, signed: timestampSigned });

/** @throws StreamError STREAM_BAD_FILE, as the others here. `file` is for the message. */
export function readRoot(bytes: Uint8Array, file: string): Envelope<RootSigned> {
  return read(rootSchema, bytes, file);
}

export function readTargets(bytes: Uint8Array, file: string): Envelope<TargetsSigned> {
  return read(targetsSchema, bytes, file);
}

export function readSnapshot(bytes: Uint8Array, file: string): Envelope<SnapshotSigned> {
  return read(snapshotSchema, bytes, file);
}

export function readTimestamp(bytes: Uint8Array, file: string): Envelope<TimestampSigned> {
  return read(timestampSchema, bytes, file);
}

/**
 * Reads JSON of a given form.
 *
 * @throws StreamError STREAM_BAD_FILE when it is too large, not JSON or of another form.
 */
export function read<T>(
  schema: z.ZodType<T>,
  bytes: Uint8Array,
  file: string,
  limit: number = MAX_METADATA_BYTES,
): T {
  if (bytes.length > limit) throw bad(`the bound is ${limit} bytes`, file);
  const parsed = schema.safeParse(jsonOf(bytes, file));
  if (!parsed.success) throw bad(z.prettifyError(parsed.error), file);
  return parsed.data;
}

function jsonOf(bytes: Uint8Array, file: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw bad('this is not JSON', file, error);
  }
}

function bad(reason: string, file: string, cause?: unknown): StreamError {
  return new StreamError('STREAM_BAD_FILE', reason, { place: { file }, cause });
}
