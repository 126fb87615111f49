// SPDX-License-Identifier: GPL-2.0-or-later

/** The files of a real kernel that these tests read, by the variable that names each. */
const VARIABLES = {
  vmlinuz: 'UPTIDE_TEST_VMLINUZ',
  symvers: 'UPTIDE_TEST_SYMVERS',
  /** As /lib/modules/RELEASE. */
  modules: 'UPTIDE_TEST_MODULES',
} as const;

/** The path of a part of the real kernel. A test that cannot have it fails. */
export function realKernel(part: keyof typeof VARIABLES): string {
  const path = process.env[VARIABLES[part]];
  if (path === undefined || path === '') throw new Error(`${VARIABLES[part]} is not set`);
  return path;
}
