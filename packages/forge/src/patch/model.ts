// SPDX-License-Identifier: GPL-2.0-or-later

/** One hunk of a change, with its lines as they stand in the patch. */
export interface Hunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  /** Lines that begin with `+`, and with `-`. */
  readonly added: number;
  readonly removed: number;
  /** Line of the `@@` header in the patch file, counted from 1. */
  readonly line: number;
  /** What diff wrote behind the second `@@`, mostly the line that begins the function; bytes as Latin-1. */
  readonly context: string;
  /** The lines between this header and the next, each with its first character; bytes as Latin-1. */
  readonly body: readonly string[];
}

/** `mode`: the content stays and only the permission bits change. */
export type ChangeKind = 'modified' | 'added' | 'deleted' | 'renamed' | 'copied' | 'mode';

/** What a patch does to one file. Paths are relative to the source tree and have no `..` in them. */
export interface FileChange {
  readonly kind: ChangeKind;
  /** Undefined when the file is added. */
  readonly oldPath: string | undefined;
  /** Undefined when the file is deleted. */
  readonly newPath: string | undefined;
  /** File types and permissions in octal as git writes them (`100644`, `120000`), where the patch says so. */
  readonly oldMode: string | undefined;
  readonly newMode: string | undefined;
  /** A change of bytes without hunks, which only git's binary form can hold. */
  readonly binary: boolean;
  readonly hunks: readonly Hunk[];
  readonly added: number;
  readonly removed: number;
  /** Line of the change's first header line in the patch file, counted from 1. */
  readonly line: number;
}

/** One diff with the text before it: a whole plain patch file, or one mail of an mbox. */
export interface Patch {
  /** The file that it was read from. */
  readonly source: string;
  /** The subject of the mail, or the `Subject:` of a patch header, without its `[PATCH]` tags. */
  readonly title: string | undefined;
  /** Everything before the first change, as UTF-8 text. */
  readonly header: string;
  /** CVE ids that the header mentions, sorted. */
  readonly cves: readonly string[];
  readonly changes: readonly FileChange[];
  /** What git is given: the text with a mail's transfer encoding undone. */
  readonly text: Uint8Array;
}

/** The patches of one patch file, in order. */
export interface PatchSet {
  readonly source: string;
  readonly patches: readonly Patch[];
}

/** The path by which a change is spoken of: the new one, or the old one of a deleted file. */
export function pathOf(change: FileChange): string {
  return change.newPath ?? change.oldPath ?? '';
}
