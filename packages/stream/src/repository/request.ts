// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signing on several machines: a request goes out, signatures come back.
 *
 * A request carries the metadata itself, what it replaces, and the indices that it lists. So who signs sees on their
 * own machine what the change is, computed from the bytes that they sign and from files whose digests stand in them;
 * nothing that the sender says in words is shown. What they cannot see there is whether "before" is really what is
 * published; their own mirror of the stream tells.
 */
import { fileDigest } from '@uptide/base';
import { z } from 'zod';
import type { Envelope, Published, RootSigned, Signature, Staged, TargetsSigned, View } from './model.ts';
import { requirementsOf } from './roles.ts';
import { keysSchema, roleKeysSchema, rootSignedSchema, targetsSignedSchema } from './schema.ts';
import { bytesToSign } from './sign.ts';

const requirementSchema = z.strictObject({
  by: z.string().max(100),
  keys: keysSchema,
  role: roleKeysSchema,
});

const requestedRole = z.union([
  z.strictObject({
    kind: z.literal('root'),
    role: z.literal('root'),
    requirements: z.array(requirementSchema).max(2),
    before: rootSignedSchema.optional(),
    signed: rootSignedSchema,
  }),
  z.strictObject({
    kind: z.literal('targets'),
    role: z.string().max(100),
    requirements: z.array(requirementSchema).max(2),
    before: targetsSignedSchema.optional(),
    signed: targetsSignedSchema,
  }),
]);

/** What is to be signed. */
export const requestSchema = z.strictObject({
  schema: z.literal(1),
  /** The name of the stream. */
  stream: z.string().max(200),
  roles: z.array(requestedRole).max(2000),
  /** Indices and rollouts that the roles list: target path and bytes as text. */
  texts: z.array(z.strictObject({ path: z.string().max(1024), text: z.string() })).max(2000),
});

/** Signatures that were made for a request. */
export const signaturesSchema = z.strictObject({
  schema: z.literal(1),
  signatures: z
    .array(
      z.strictObject({
        role: z.string().max(100),
        /** SHA-256 of the bytes that were signed. */
        digest: z.string().regex(/^[0-9a-f]{64}$/),
        keyid: z.string().regex(/^[0-9a-f]{64}$/),
        sig: z.string().regex(/^[0-9a-f]{128}$/),
      }),
    )
    .max(10_000),
});

export type SignRequest = z.infer<typeof requestSchema>;
export type RequestedRole = SignRequest['roles'][number];
export type SignatureFile = z.infer<typeof signaturesSchema>;

/** A signature and what it is of. */
export type CarriedSignature = SignatureFile['signatures'][number];

/** Targets that people want to read before they sign. */
export function isReadable(path: string): boolean {
  return path.endsWith('/index.json') || path.startsWith('rollout/');
}

/** The request to sign all that is staged. */
export function makeRequest(view: View, stream: string, texts: SignRequest['texts']): SignRequest {
  const { published, staged } = view;
  const roles = [...staged.targets].map(([role, { signed }]): RequestedRole => {
    const before = published.targets.get(role)?.signed;
    const requirements = requirementsOf(view, role);
    return requestSchema.shape.roles.element.parse({ kind: 'targets', role, requirements, before, signed });
  });
  return { schema: 1, stream, roles: [...rootRequest(view, published, staged), ...roles], texts };
}

function rootRequest(view: View, { root: before }: Published, { root }: Staged): RequestedRole[] {
  if (root === undefined) return [];
  const { signed } = root;
  const requirements = requirementsOf(view, 'root');
  return [
    requestSchema.shape.roles.element.parse({
      kind: 'root',
      role: 'root',
      requirements,
      before: before?.signed,
      signed,
    }),
  ];
}

/** The digest by which a signature names what it is of. */
export function digestToSign(signed: RootSigned | TargetsSigned): string {
  return fileDigest(bytesToSign(signed));
}

/** The staged metadata that a carried signature is of; undefined when it is of something else. */
export function stagedFor(
  { staged }: View,
  { role, digest }: CarriedSignature,
): Envelope<RootSigned | TargetsSigned> | undefined {
  const envelope = role === 'root' ? staged.root : staged.targets.get(role);
  return envelope !== undefined && digestToSign(envelope.signed) === digest ? envelope : undefined;
}

/** Only what metadata keeps of a signature. */
export function plainSignature({ keyid, sig }: CarriedSignature): Signature {
  return { keyid, sig };
}
