// SPDX-License-Identifier: GPL-2.0-or-later
/** Signing on several machines: requests out, signatures in. */
import { CATALOGUE, type Finding } from '@uptide/base';
import { StreamError } from '../error.ts';
import type { Signer } from '../keys/signer.ts';
import type { Envelope, RootSigned, Staged, TargetsSigned } from '../repository/model.ts';
import { newTargets } from '../repository/publication.ts';
import {
  type CarriedSignature,
  digestToSign,
  isReadable,
  makeRequest,
  plainSignature,
  requestSchema,
  type SignatureFile,
  type SignRequest,
  signaturesSchema,
  stagedFor,
} from '../repository/request.ts';
import { bridgesOf, requirementsOf } from '../repository/roles.ts';
import { read } from '../repository/schema.ts';
import { bytesToSign, isSignedBy, withSignature } from '../repository/sign.ts';
import { isEmpty, type Repository } from './repository.ts';

/** A request with many bins and their indices. */
const MAX_REQUEST_BYTES = 256 * 1024 * 1024;

/**
 * What is staged, as a request that can be carried elsewhere.
 *
 * @throws StreamError STREAM_NOTHING_STAGED.
 */
export async function requestOf(repository: Repository): Promise<SignRequest> {
  const { staged } = repository.view;
  if (isEmpty(staged)) {
    throw new StreamError('STREAM_NOTHING_STAGED', 'nothing is staged', {
      place: { file: repository.folder },
    });
  }
  await repository.readRoles([...staged.targets.keys()]);
  const texts: SignRequest['texts'] = [];
  for (const { path, target } of newTargets(repository.view)) {
    const bytes = isReadable(path) ? await repository.readTarget(path, target) : undefined;
    if (bytes !== undefined) texts.push({ path, text: Buffer.from(bytes).toString('utf8') });
  }
  return makeRequest(repository.view, repository.settings.name, texts);
}

/** @throws StreamError STREAM_BAD_FILE. */
export function readRequest(bytes: Uint8Array, file: string): SignRequest {
  return read(requestSchema, bytes, file, MAX_REQUEST_BYTES);
}

/** @throws StreamError STREAM_BAD_FILE. */
export function readSignatures(bytes: Uint8Array, file: string): SignatureFile {
  return read(signaturesSchema, bytes, file, MAX_REQUEST_BYTES);
}

/** Signs a request with every key at hand that it asks for. */
export async function signRequest(
  { roles }: SignRequest,
  signers: readonly Signer[],
): Promise<SignatureFile> {
  const signatures: CarriedSignature[] = [];
  for (const { role, requirements, signed } of roles) {
    const asked = new Set(requirements.flatMap((one) => one.role.keyids));
    for (const { keyId, sign } of signers.filter((signer) => asked.has(signer.keyId))) {
      const digest = digestToSign(signed);
      signatures.push({ role, digest, keyid: keyId, sig: await sign(bytesToSign(signed)) });
    }
  }
  return { schema: 1, signatures };
}

/** Takes signatures in, all or none. @returns what speaks against them. */
export async function importSignatures(
  repository: Repository,
  files: readonly SignatureFile[],
): Promise<readonly Finding[]> {
  const all = files.flatMap(({ signatures }) => signatures);
  const findings = all.flatMap((one) => judge(repository, one));
  if (findings.length > 0 || all.length === 0) return findings;
  let { staged } = repository.view;
  for (const one of all) staged = withCarried(staged, one);
  await repository.stage(staged);
  return [];
}

function judge({ view }: Repository, one: CarriedSignature): Finding[] {
  const envelope = stagedFor(view, one);
  if (envelope === undefined) return [refuse(one, 'it is not of what is staged now')];
  const requirements = [...requirementsOf(view, one.role), ...bridgesOf(view, one.role)];
  const key = requirements
    .filter(({ role }) => role.keyids.includes(one.keyid))
    .map(({ keys }) => keys[one.keyid])
    .find((found) => found !== undefined);
  if (key === undefined) return [refuse(one, `${one.keyid} is no key of this role`)];
  if (isSignedBy(key, bytesToSign(envelope.signed), one.sig)) return [];
  return [refuse(one, `it is not by ${one.keyid}`)];
}

function withCarried(staged: Staged, one: CarriedSignature): Staged {
  const add = <T extends RootSigned | TargetsSigned>(envelope: Envelope<T>): Envelope<T> =>
    withSignature(envelope, plainSignature(one));
  if (one.role === 'root') {
    return staged.root === undefined ? staged : { ...staged, root: add(staged.root) };
  }
  const envelope = staged.targets.get(one.role);
  if (envelope === undefined) return staged;
  return { ...staged, targets: new Map([...staged.targets, [one.role, add(envelope)]]) };
}

function refuse({ role }: CarriedSignature, reason: string): Finding {
  const { remedy } = CATALOGUE.STREAM_BAD_SIGNATURE;
  return { code: 'STREAM_BAD_SIGNATURE', verdict: 'refuse', place: { symbol: role }, reason, remedy };
}
