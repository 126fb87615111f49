// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

const unusable = {
  exit: 'kernelNotAvailable',
  remedy: 'Remove the kernel from the store and add it again.',
} as const;

/** What can go wrong between the archive's packages and a finished baseline in the store. */
export const KERNEL_STORE_ERRORS = {
  RELEASE_INVALID: {
    exit: 'usage',
    meaning: 'The name is not one that a kernel release can have.',
    remedy: 'Give what `uname -r` prints on the machine, for example 6.1.0-50-amd64.',
  },
  KERNEL_UNKNOWN: {
    exit: 'kernelNotAvailable',
    meaning: 'The archive has no image package for this kernel release.',
    remedy: 'Run apt-get update, choose one of the releases that the message names, or give --from DIR.',
  },
  PACKAGE_MISSING: {
    exit: 'kernelNotAvailable',
    meaning: 'A package that belongs to this kernel is not there in exactly the version that is needed.',
    remedy:
      'Fetch the package that the message names, for example from snapshot.debian.org, and give --from DIR.',
  },
  PACKAGE_MALFORMED: {
    exit: 'badInput',
    meaning:
      'The control data of a package is not what Debian policy lays down, or contradicts its file name.',
    remedy: 'The package is damaged or was not made by a distribution; take it again from where it came.',
  },
  PACKAGE_CORRUPT: {
    exit: 'badInput',
    meaning: 'A package does not have the size and SHA-256 that the signed index of the archive states.',
    remedy: 'Run the command again; if it stays so, run apt-get update or choose another mirror.',
  },
  PACKAGE_UNSAFE: {
    exit: 'badInput',
    meaning: 'A package holds a file that has no place in a kernel: a device, or a link that leads outside.',
    remedy: 'Do not use the package; take it again from the archive.',
  },
  DOWNLOAD_FAILED: {
    exit: 'machine',
    meaning: 'apt could not download a package.',
    remedy: 'Check the network and the apt sources, run apt-get update, then run the command again.',
  },
  COMPILER_UNKNOWN: {
    exit: 'kernelNotAvailable',
    meaning: 'The kernel configuration does not say with which compiler the kernel was built.',
    remedy: 'Use a kernel of a distribution; its configuration has CONFIG_CC_VERSION_TEXT.',
  },
  COMPILER_MISMATCH: {
    exit: 'machine',
    meaning: 'The compiler on this machine is not the one that the kernel was built with.',
    remedy: 'Install the package and version that the message names.',
  },
  CONFIG_MALFORMED: {
    exit: 'badInput',
    meaning: 'A line of a kernel configuration is neither an option nor a comment.',
    remedy: 'The file is damaged; take the package again from where it came.',
  },
  CONFIG_DRIFT: {
    exit: 'kernelNotAvailable',
    meaning: 'The source tree does not accept the configuration that the kernel was shipped with.',
    remedy:
      'The source is not that of this kernel, or a tool of the build is missing; the message names the options.',
  },
  KBUILD_FAILED: {
    exit: 'machine',
    meaning: "The kernel's own build system ended with an error while the source tree was prepared.",
    remedy: 'Read its words, which follow the message; most often a build package is missing.',
  },
  KBUILD_UNREADABLE: {
    exit: 'kernelNotAvailable',
    meaning: 'The build system printed a command in a form that is not understood.',
    remedy: 'This kernel builds in a new way; report the release and the printed line.',
  },
  UNIT_AMBIGUOUS: {
    exit: 'refused',
    meaning: 'One source file is compiled into several objects of the kernel.',
    remedy: 'A patch to such a file cannot be made live yet.',
  },
  BASELINE_MISSING: {
    exit: 'kernelNotAvailable',
    meaning: 'The kernel release is not in the store.',
    remedy: 'Run uptide kernel add with the release.',
  },
  BASELINE_DAMAGED: { ...unusable, meaning: 'A baseline in the store is damaged.' },
  BASELINE_SCHEMA: {
    ...unusable,
    meaning: 'A baseline in the store was written by another version of Uptide.',
  },
} as const satisfies Record<string, CatalogueEntry>;
