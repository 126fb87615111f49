// SPDX-License-Identifier: GPL-2.0-or-later
/** Fields that the files of a stream share with each other. */
import { z } from 'zod';

export { severity } from '../update/schema.ts';

/** A distribution series, e.g. `debian-12`; the name of a TUF role and of a folder. */
export const distribution = z.string().regex(/^[a-z][a-z0-9]{0,31}-[a-z0-9.]{1,16}$/);
/** `struct new_utsname` has 65 bytes for the release, its end included. */
export const release = z.string().regex(/^[0-9A-Za-z][0-9A-Za-z.+~_-]{0,63}$/);
/** The build id of a kernel image, in hex. */
export const buildId = z.string().regex(/^[0-9a-f]{8,128}$/);
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
export const cveId = z.string().regex(/^CVE-\d{4}-\d{4,19}$/);
export const text = z.string().max(65_536);
/** A number of a level, from 1. */
export const level = z.int().min(1).max(1_000_000);
/** A moment in UTC to the second; without fractions, so that a moment has one form. */
export const moment = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);

/** One exact kernel: its release alone may name several builds. */
export const kernelName = z.looseObject({ release, buildId, architecture: z.literal('x86_64') });
