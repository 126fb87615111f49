// SPDX-License-Identifier: GPL-2.0-or-later

/** A text as the formats of others take references: an address of the web; undefined when it is none. */
export function webAddress(text: string | undefined): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  return /^https?:$/.test(new URL(text).protocol) ? new URL(text).href : undefined;
}
