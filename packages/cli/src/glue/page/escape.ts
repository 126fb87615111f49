// SPDX-License-Identifier: GPL-2.0-or-later

/** Markup that may stand in the page as it is. Only `html` makes it, so that no text gets there unescaped. */
export interface Html {
  readonly markup: string;
}

type Part = string | number | Html | readonly Html[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/**
 * Characters that a reader does not see or that move others: controls, bidi and other formats, separators of
 * lines, fillers, halves of a pair. In code they make a reviewer read what a compiler does not (CVE-2021-42574).
 */
const UNSEEN = /[[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--[\n\t]]/gv;

/** A stranger's text for an element or a quoted attribute; what cannot be seen is named: `⟦U+202E⟧`. */
export function escapeText(text: string): string {
  return text
    .replaceAll(UNSEEN, (character) => {
      const point = character.codePointAt(0) ?? 0;
      return `⟦U+${point.toString(16).toUpperCase().padStart(4, '0')}⟧`;
    })
    .replaceAll(/[&<>"'`]/g, (character) => ENTITIES[character] ?? '');
}

/** Markup with parts put in: texts are escaped, markup stays. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const markup = literals.map((literal, index) => literal + markupOf(parts[index] ?? '')).join('');
  return { markup };
}

function markupOf(part: Part): string {
  if (typeof part === 'string') return escapeText(part);
  if (typeof part === 'number') return String(part);
  return 'markup' in part ? part.markup : part.map(({ markup }) => markup).join('');
}

/** Nothing, where there is nothing to say. */
export const NOTHING: Html = { markup: '' };
