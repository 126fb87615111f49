// SPDX-License-Identifier: GPL-2.0-or-later
import { parsePatchSet } from '../../src/patch/parse.ts';
import { gitDiff, HUNK, mail } from '../support/patches.ts';

/** Inputs that reach deep into the reader. */
export const seeds: readonly Uint8Array[] = [
  gitDiff() + gitDiff('kernel/fork.c'),
  mail(gitDiff()) + mail(gitDiff('mm/mmap.c')),
  mail(gitDiff().replaceAll('=', '=3D'), ['Content-Transfer-Encoding: quoted-printable']),
  `--- a/fs/exec.c\t2026-11-01 10:00:00 +0100\n+++ b/fs/exec.c\t1970-01-01 00:00:00 +0000\n${HUNK}`,
  'diff --git "a/\\303\\244.c" "b/\\303\\244.c"\nsimilarity index 90%\nrename from a.c\nrename to b.c\n',
].map((text) => Buffer.from(text));

/** A patch file is read, or refused with a code. */
export function target(input: Uint8Array): void {
  parsePatchSet(input, 'fuzz.patch');
}
