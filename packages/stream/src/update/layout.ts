// SPDX-License-Identifier: GPL-2.0-or-later

/** What a file of the archive is there for, as far as packing knows. */
export const ROLE = { module: 'module', patch: 'patch', proof: 'proof' } as const;

export const DESCRIPTION_PATH = 'update.json';
export const PROOF_PATH = 'proof.json';

const PATCH_PATH = /^patches\/\d{4}-(.+)$/;
/** Leaves room in a ustar name for the folder and the number. */
const MAX_PATCH_NAME = 80;

/** Where the livepatch module lies. */
export function modulePath(module: string): string {
  return `${module}.ko`;
}

/** Where the patch of that place in the order lies (from 0); odd characters of its name become dashes. */
export function patchPath(index: number, name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9._+-]/g, '-').slice(0, MAX_PATCH_NAME);
  return `patches/${String(index + 1).padStart(4, '0')}-${plain === '' ? 'patch' : plain}`;
}

/** The name of a patch without folder and number; undefined when this is not where patches lie. */
export function patchName(path: string): string | undefined {
  return PATCH_PATH.exec(path)?.[1];
}
