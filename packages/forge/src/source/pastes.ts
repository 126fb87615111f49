// SPDX-License-Identifier: GPL-2.0-or-later
import type { Token } from './tokens.ts';

/**
 * What a macro pastes together with `##`: the parts that stand in it, and empty text for its parameters.
 * `page_##name` is `['page_', '']`.
 */
export type Paste = readonly string[];

/** Characters besides underscores that the literal parts must have together: with fewer, any name would fit. */
const MIN_LITERAL = 3;

/** The pastes in a macro's body, without those that could make nearly any name. */
export function pastesIn(body: readonly Token[], parameters: ReadonlySet<string>): Paste[] {
  const pastes: Paste[] = [];
  for (let at = 1; at < body.length; at += 1) {
    if (body[at]?.text !== '##') continue;
    const parts: string[] = [];
    const take = (token: Token | undefined): void => {
      const literal = token !== undefined && /^\w+$/.test(token.text) && !parameters.has(token.text);
      parts.push(literal ? token.text : '');
    };
    take(body[at - 1]);
    for (; body[at]?.text === '##'; at += 2) take(body[at + 1]);
    if (parts.join('').replaceAll('_', '').length >= MIN_LITERAL) pastes.push(parts);
  }
  return pastes;
}

/** Could this paste make that name? */
export function couldMake(paste: Paste, name: string): boolean {
  let at = 0;
  for (const [index, part] of paste.entries()) {
    if (part === '') continue;
    if (index === paste.length - 1) return name.length - part.length >= at && name.endsWith(part);
    const found = index === 0 ? (name.startsWith(part) ? 0 : -1) : name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return true;
}
