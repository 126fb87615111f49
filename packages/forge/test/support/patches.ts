// SPDX-License-Identifier: GPL-2.0-or-later
import type { PatchSet } from '../../src/patch/model.ts';
import { parsePatchSet } from '../../src/patch/parse.ts';

/** A git diff that changes line 2 of a file of three lines. */
export function gitDiff(path = 'fs/exec.c'): string {
  return `diff --git a/${path} b/${path}
index 1111111..2222222 100644
--- a/${path}
+++ b/${path}
${HUNK}`;
}

/** A hunk of one changed line between two others. */
export const HUNK = `@@ -1,3 +1,3 @@ function
 one
-two
+TWO
 three
`;

/** A mail as git format-patch writes it. */
export function mail(body: string, fields: readonly string[] = []): string {
  return [
    'From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001',
    'From: A Maker <maker@example.org>',
    'Date: Mon, 2 Nov 2026 10:00:00 +0100',
    ...(fields.some((field) => field.startsWith('Subject:'))
      ? []
      : ['Subject: [PATCH 1/2] fs: fix the thing']),
    ...fields,
    '',
    'This fixes CVE-2026-0002 and CVE-2026-0001, and CVE-2026-0002 again.',
    '---',
    ' fs/exec.c | 2 +-',
    ' 1 file changed, 1 insertion(+), 1 deletion(-)',
    '',
    `${body}-- `,
    '2.39.5',
    '',
    '',
  ].join('\n');
}

/** Parses a text as a patch file of the name `a.patch`. */
export function parse(text: string | Uint8Array): PatchSet {
  return parsePatchSet(typeof text === 'string' ? Buffer.from(text) : text, 'a.patch');
}
