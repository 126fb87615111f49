// SPDX-License-Identifier: GPL-2.0-or-later
import type { Place } from '@uptide/base';
import { ForgeError } from '../error.ts';
import type { ChangeKind } from './model.ts';
import { treePath, unquote } from './path.ts';

/** What the lines before the hunks of a change say. */
export interface GitHeader {
  readonly kind: Exclude<ChangeKind, 'mode'>;
  readonly oldPath: string | undefined;
  readonly newPath: string | undefined;
  readonly oldMode: string | undefined;
  readonly newMode: string | undefined;
  readonly binary: boolean;
}

/** Where the header is read from; `at` moves on. */
interface LineSource {
  at: number;
  peek(ahead?: number): string | undefined;
  readonly place: Place;
}

/** Files of git have one of these types and permissions; 120000 is a symbolic link, 160000 a submodule. */
const MODE = /^(?:100644|100755|100664|120000|160000)$/;

/**
 * Reads the header of a change as git writes it (git's Documentation/diff-generate-patch), from `diff --git` to
 * the line before the first hunk.
 *
 * @throws ForgeError PATCH_MALFORMED, PATCH_BAD_PATH, PATCH_NOT_P1, PATCH_NAMES_DIFFER
 */
export function readGitHeader(lines: LineSource): GitHeader {
  const { place } = lines;
  const common = commonName((lines.peek() ?? '').slice('diff --git '.length));
  lines.at += 1;
  let kind: GitHeader['kind'] = 'modified';
  let oldName: string | undefined;
  let newName: string | undefined;
  let oldMode: string | undefined;
  let newMode: string | undefined;
  let binary = false;
  // The names of rename and copy lines have no folder before them; all others have.
  const bare = (text: string): string => (text.startsWith('"') ? unquoteWhole(text, place) : text);
  const handlers: readonly (readonly [string, (value: string) => void])[] = [
    ['old mode ', (value) => (oldMode = mode(value, place))],
    ['new mode ', (value) => (newMode = mode(value, place))],
    [
      'new file mode ',
      (value) => {
        kind = 'added';
        newMode = mode(value, place);
      },
    ],
    [
      'deleted file mode ',
      (value) => {
        kind = 'deleted';
        oldMode = mode(value, place);
      },
    ],
    [
      'rename from ',
      (value) => {
        kind = 'renamed';
        oldName = bare(value);
      },
    ],
    ['rename to ', (value) => (newName = bare(value))],
    [
      'copy from ',
      (value) => {
        kind = 'copied';
        oldName = bare(value);
      },
    ],
    ['copy to ', (value) => (newName = bare(value))],
    ['similarity index ', () => undefined],
    ['dissimilarity index ', () => undefined],
    [
      'index ',
      (value) => {
        const given = / (\d{6})$/.exec(value)?.[1];
        if (given !== undefined) oldMode = newMode = mode(given, place);
      },
    ],
  ];
  for (let line = lines.peek(); line !== undefined; line = lines.peek()) {
    const text = line;
    const handler = handlers.find(([start]) => text.startsWith(start));
    if (handler === undefined) break;
    handler[1](text.slice(handler[0].length));
    lines.at += 1;
  }
  const next = lines.peek() ?? '';
  const [from, to] = [oldName, newName];
  if (next.startsWith('--- ')) {
    const plain = readPlainNames(lines, kind);
    return merge({ kind, from, to, oldMode, newMode, binary, place }, plain, common);
  }
  if (next === 'GIT binary patch' || /^Binary files .* differ$/.test(next)) {
    binary = true;
    lines.at += 1;
  }
  return merge({ kind, from, to, oldMode, newMode, binary, place }, undefined, common);
}

interface Stated {
  readonly kind: GitHeader['kind'];
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly oldMode: string | undefined;
  readonly newMode: string | undefined;
  readonly binary: boolean;
  readonly place: Place;
}

/** Holds what the different lines of a header say of the names against each other. */
function merge(stated: Stated, plain: GitHeader | undefined, common: string | undefined): GitHeader {
  const { kind, from, to, oldMode, newMode, binary, place } = stated;
  const differ = (a: string | undefined, b: string | undefined): never => {
    throw new ForgeError('PATCH_NAMES_DIFFER', `${a ?? '/dev/null'} and ${b ?? '/dev/null'}`, { place });
  };
  if (kind === 'renamed' || kind === 'copied') {
    if (from === undefined || to === undefined) {
      throw new ForgeError('PATCH_MALFORMED', `a file is ${kind}, and one of its two names is missing`, {
        place,
      });
    }
    const oldPath = treePath(from, place);
    const newPath = treePath(to, place);
    if (plain !== undefined && (plain.oldPath !== oldPath || plain.newPath !== newPath))
      differ(plain.oldPath, oldPath);
    return { kind, oldPath, newPath, oldMode, newMode, binary };
  }
  if (from !== undefined || to !== undefined) {
    throw new ForgeError('PATCH_MALFORMED', 'the target of a rename or copy without its source', { place });
  }
  const name = common === undefined ? undefined : treePath(common, place);
  const path = plain?.newPath ?? plain?.oldPath ?? name;
  if (path === undefined) {
    throw new ForgeError('PATCH_MALFORMED', 'the header of a change does not say which file it is', {
      place,
    });
  }
  if (name !== undefined && name !== path) differ(name, path);
  if (plain !== undefined && plain.kind !== kind) {
    throw new ForgeError('PATCH_MALFORMED', `${path} is ${kind} by one line and ${plain.kind} by another`, {
      place,
    });
  }
  return {
    kind,
    oldPath: kind === 'added' ? undefined : path,
    newPath: kind === 'deleted' ? undefined : path,
    oldMode,
    newMode,
    binary,
  };
}

/**
 * Reads the two lines `--- OLD` and `+++ NEW`.
 *
 * @throws ForgeError PATCH_MALFORMED, PATCH_BAD_PATH, PATCH_NOT_P1, PATCH_NAMES_DIFFER
 */
export function readPlainNames(lines: LineSource, stated?: GitHeader['kind']): GitHeader {
  const { place } = lines;
  const oldLine = lines.peek() ?? '';
  const newLine = lines.peek(1) ?? '';
  if (!newLine.startsWith('+++ ')) {
    throw new ForgeError('PATCH_MALFORMED', 'a line with the old name and none with the new name after it', {
      place,
    });
  }
  const before = plainName(oldLine.slice(4), place);
  const after = plainName(newLine.slice(4), place);
  lines.at += 2;
  const none = { oldMode: undefined, newMode: undefined, binary: false };
  if (before.name === undefined && after.name === undefined) {
    throw new ForgeError('PATCH_MALFORMED', 'both names are /dev/null', { place });
  }
  // diff -N names an absent file with the time 0 instead of /dev/null; git reads it so too.
  if (before.name === undefined || (stated === undefined && before.absent)) {
    return { ...none, kind: 'added', oldPath: undefined, newPath: cutFirst(after.name ?? '', place) };
  }
  if (after.name === undefined || (stated === undefined && after.absent)) {
    return { ...none, kind: 'deleted', oldPath: cutFirst(before.name, place), newPath: undefined };
  }
  const oldPath = cutFirst(before.name, place);
  const newPath = cutFirst(after.name, place);
  if (stated === 'renamed' || stated === 'copied') return { ...none, kind: stated, oldPath, newPath };
  // diff(1) of a file and its backup: `--- fs/exec.c.orig`; git takes the shorter of the two names.
  if (oldPath !== newPath && !oldPath.startsWith(`${newPath}.`)) {
    throw new ForgeError('PATCH_NAMES_DIFFER', `${oldPath} and ${newPath}`, { place });
  }
  return { ...none, kind: 'modified', oldPath: newPath, newPath };
}

/** The name on a `---` or `+++` line without its time stamp; `absent`: the stamp is the epoch. */
function plainName(text: string, place: Place): { name: string | undefined; absent: boolean } {
  if (text.startsWith('"')) return { name: unquoteWhole(text.replace(/\t.*$/, ''), place), absent: false };
  const tab = text.indexOf('\t');
  const stampless = text.replace(/ \d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}.*$/, '');
  const name = tab === -1 ? stampless : text.slice(0, tab);
  const stamp = text.slice(name.length);
  if (name === '/dev/null') return { name: undefined, absent: true };
  return { name, absent: isEpoch(stamp) };
}

/** Is this the time stamp by which diff(1) marks a file that does not exist (time 0 in any zone)? */
function isEpoch(stamp: string): boolean {
  const parts = /(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.0+)?(?: ([-+])(\d{2}):?(\d{2}))?\s*$/.exec(
    stamp,
  );
  if (parts === null) return false;
  const zone = (Number(parts[4] ?? '0') * 60 + Number(parts[5] ?? '0')) * (parts[3] === '-' ? -1 : 1);
  return Date.parse(`${parts[1]}T${parts[2]}Z`) === zone * 60_000;
}

/** Cuts the first folder off, as -p1 does. */
function cutFirst(name: string, place: Place): string {
  if (name.startsWith('/')) return treePath(name, place);
  const slash = name.indexOf('/');
  if (slash === -1)
    throw new ForgeError('PATCH_NOT_P1', `${JSON.stringify(name.slice(0, 200))} has no folder`, { place });
  return treePath(name.slice(slash + 1), place);
}

/** The name that both halves of a `diff --git` line share, its first folder cut off; undefined when they differ. */
function commonName(names: string): string | undefined {
  const quoted = unquote(names);
  const cut = (name: string): string => name.slice(name.indexOf('/') + 1);
  if (quoted !== undefined) {
    const rest = quoted.rest.trimStart();
    const second = rest.startsWith('"') ? unquote(rest)?.name : rest;
    return second !== undefined && cut(second) === cut(quoted.name) ? cut(second) : undefined;
  }
  const second = names.indexOf(' "');
  if (second !== -1) {
    const name = unquote(names.slice(second + 1))?.name;
    return name !== undefined && cut(name) === cut(names.slice(0, second)) ? cut(name) : undefined;
  }
  // Unquoted names may hold spaces; equal names let the line be cut in the middle.
  const middle = (names.length - 1) / 2;
  if (!Number.isInteger(middle) || names.charAt(middle) !== ' ') return undefined;
  const [left, right] = [names.slice(0, middle), names.slice(middle + 1)];
  return left.includes('/') && cut(left) === cut(right) ? cut(left) : undefined;
}

function unquoteWhole(text: string, place: Place): string {
  const quoted = unquote(text);
  if (quoted === undefined || quoted.rest !== '') {
    throw new ForgeError('PATCH_MALFORMED', 'a quoted file name that cannot be read', { place });
  }
  return quoted.name;
}

function mode(text: string, place: Place): string {
  if (!MODE.test(text)) {
    throw new ForgeError(
      'PATCH_MALFORMED',
      `a file mode that git does not have: ${JSON.stringify(text.slice(0, 20))}`,
      {
        place,
      },
    );
  }
  return text;
}
