// SPDX-License-Identifier: GPL-2.0-or-later
/** `uptide stream sign`: signs what is staged with the keys at hand. */
import type { Signer } from '../keys/signer.ts';
import type { Envelope, Signed, Staged } from '../repository/model.ts';
import { bridgesOf, type Requirement, requirementsOf } from '../repository/roles.ts';
import { bytesToSign, signersOf, withSignature } from '../repository/sign.ts';
import type { Repository } from './repository.ts';

/** A signature that was made. */
export interface MadeSignature {
  readonly role: string;
  readonly keyId: string;
  readonly key: string;
}

/** Signs every staged role with every key at hand that it asks for and that has not signed it. */
export async function signStaged(
  repository: Repository,
  signers: readonly Signer[],
): Promise<readonly MadeSignature[]> {
  const { view } = repository;
  const made: MadeSignature[] = [];
  const signRole = async <T extends Signed>(role: string, envelope: Envelope<T>): Promise<Envelope<T>> => {
    const { signed, by } = await withSignatures(
      envelope,
      [...requirementsOf(view, role), ...bridgesOf(view, role)],
      signers,
    );
    made.push(...by.map(({ keyId, name }) => ({ role, keyId, key: name })));
    return signed;
  };
  const { root, targets } = view.staged;
  const next: Staged = {
    ...view.staged,
    root: root === undefined ? undefined : await signRole('root', root),
    targets: new Map(
      await inOrder(
        [...targets],
        async ([role, envelope]) => [role, await signRole(role, envelope)] as const,
      ),
    ),
  };
  if (made.length > 0) await repository.stage(next);
  return made;
}

/** The metadata with the signatures of those signers that are asked for and have not signed yet. */
export async function withSignatures<T extends Signed>(
  envelope: Envelope<T>,
  requirements: readonly Requirement[],
  signers: readonly Signer[],
): Promise<{ readonly signed: Envelope<T>; readonly by: readonly Signer[] }> {
  const have = new Set(requirements.flatMap(({ keys, role }) => signersOf(envelope, keys, role)));
  const asked = new Set(requirements.flatMap(({ role }) => role.keyids));
  const by = signers.filter(({ keyId }) => asked.has(keyId) && !have.has(keyId));
  const bytes = bytesToSign(envelope.signed);
  let signed = envelope;
  for (const { keyId, sign } of by) signed = withSignature(signed, { keyid: keyId, sig: await sign(bytes) });
  return { signed, by };
}

/** One after the other: a signer may ask a person. */
async function inOrder<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
