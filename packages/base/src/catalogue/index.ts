// SPDX-License-Identifier: GPL-2.0-or-later
import { BASE_ERRORS } from './base.ts';
import { CLI_ERRORS } from './cli.ts';
import { ELF_ERRORS } from './elf.ts';
import type { CatalogueEntry } from './entry.ts';
import { FORGE_ERRORS } from './forge.ts';
import { HOST_ERRORS } from './host.ts';
import { KERNEL_ERRORS } from './kernel.ts';
import { LAB_ERRORS } from './lab.ts';
import { REVIEW_ERRORS } from './review.ts';
import { SERIES_ERRORS } from './series.ts';
import { STREAM_ERRORS } from './stream.ts';

const ALL = {
  ...BASE_ERRORS,
  ...ELF_ERRORS,
  ...KERNEL_ERRORS,
  ...FORGE_ERRORS,
  ...LAB_ERRORS,
  ...STREAM_ERRORS,
  ...HOST_ERRORS,
  ...CLI_ERRORS,
  ...SERIES_ERRORS,
  ...REVIEW_ERRORS,
} as const;

/** Every code that Uptide can end with. */
export type Code = keyof typeof ALL;

/** The catalogue of all rooms, by code. `docs/errors.md` lists the same codes; a test compares the two. */
export const CATALOGUE: Readonly<Record<Code, CatalogueEntry>> = ALL;
