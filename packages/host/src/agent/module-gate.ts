// SPDX-License-Identifier: GPL-2.0-or-later
import { fileDigest } from '@uptide/base';
import { HostError } from '../error.ts';
import type { Machine } from '../machine.ts';
import type { Configuration } from '../policy/configuration.ts';
import { signModule } from '../signing/sign-module.ts';

/**
 * What every module of the agent goes through last, right before it is handed to the kernel: it is once more the one
 * whose digest was signed, and gets the signature of the site where the configuration has a key.
 *
 * @param sha256 of the module as its maker built it; undefined where the caller has just checked it.
 * @throws HostError HOST_UPDATE_DIFFERS, HOST_SIGNING_FAILED.
 */
export function moduleGate(
  machine: Machine,
  { key, certificate }: Configuration['module'],
  sha256?: string,
): (module: Uint8Array) => Promise<Uint8Array> {
  return async (module) => {
    if (sha256 !== undefined && fileDigest(module) !== sha256) {
      throw new HostError('HOST_UPDATE_DIFFERS', 'the module is not the one of the signed index');
    }
    if (key === undefined || certificate === undefined) return module;
    return await signModule(machine, module, { key, certificate });
  };
}
