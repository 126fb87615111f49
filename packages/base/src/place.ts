// SPDX-License-Identifier: GPL-2.0-or-later

/** Where something was found: the parts of the place that are known. */
export interface Place {
  readonly kernel?: string;
  /** An object in klp's sense: `vmlinux` or a module name. */
  readonly object?: string;
  readonly file?: string;
  readonly line?: number;
  readonly section?: string;
  readonly symbol?: string;
  /** Bytes from the start of the narrowest of symbol, section and file that is named. */
  readonly offset?: number;
}

/** Prints a place for a person: `file:line: object section symbol+0x10`. */
export function formatPlace(place: Place): string {
  const file =
    place.file === undefined ? '' : place.line === undefined ? place.file : `${place.file}:${place.line}`;
  const narrowest = place.symbol ?? place.section ?? (place.file === undefined ? undefined : '');
  const offset = place.offset === undefined ? '' : `+0x${place.offset.toString(16)}`;
  const inside = place.symbol !== undefined && place.section !== undefined ? `${place.section} ` : '';
  const code = narrowest === undefined ? offset : `${inside}${narrowest}${offset}`;
  return [place.kernel, place.object, file, code]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
}
