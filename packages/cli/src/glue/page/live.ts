// SPDX-License-Identifier: GPL-2.0-or-later
import type { PatchedFunction, PatchedObject } from '@uptide/stream';
import { type Html, html, NOTHING } from './escape.ts';
import { patchTable } from './patch-table.ts';
import type { ShownHunk, ShownPatch } from './patches.ts';

/** What becomes live, and beside it the patches that it comes from. */
export function liveSection(objects: readonly PatchedObject[], patches: readonly ShownPatch[]): Html {
  const hunks = patches.flatMap(({ files }) => files.flatMap((file) => file.hunks));
  const functions = functionsOf(objects);
  const linkOf = ({ functions: changed }: ShownHunk): readonly Html[] =>
    functions
      .filter(({ patched }) => changed.has(sourceName(patched.name)))
      .map(({ id, patched }) => html`<a href="#${id}">${patched.name}</a> `);
  return html`<h2 id="live">What becomes live</h2>
<div class="beside">
<div class="objects">
${objects.map((object) => objectCard(object, functions, hunks))}</div>
<div class="patches">
${patches.length === 0 ? html`<p class="alarm">The update carries no patch.</p>\n` : patches.map((patch) => patchTable(patch, linkOf))}</div>
</div>
`;
}

/** The match record: by which bytes each function was known as the shipped one. */
export function matchSection(objects: readonly PatchedObject[]): Html {
  return html`<h2 id="match">Match record</h2>
<p class="quiet">Each digest is over the shipped bytes of the function, with the masked bytes as zero: those that the kernel itself rewrites or relocates.</p>
<details><summary>Digests and masks of ${count(functionsOf(objects).length, 'function')}</summary>
${functionsOf(objects).map(({ object, patched }) => matchRecord(object, patched))}</details>
`;
}

interface NumberedFunction {
  readonly id: string;
  readonly object: string;
  readonly patched: PatchedFunction;
}

function functionsOf(objects: readonly PatchedObject[]): readonly NumberedFunction[] {
  return objects
    .flatMap(({ name, functions }) => functions.map((patched) => ({ object: name, patched })))
    .map((one, index) => ({ id: `f${index + 1}`, ...one }));
}

function objectCard(
  object: PatchedObject,
  all: readonly NumberedFunction[],
  hunks: readonly ShownHunk[],
): Html {
  const { name, functions, callbacks = [] } = object;
  const own = all.filter(({ patched }) => functions.includes(patched));
  return html`<h3><code>${name}</code> <span class="quiet">${count(functions.length, 'function')}</span></h3>
${callbacks.length === 0 ? NOTHING : html`<p>Callbacks: <code>${callbacks.join(', ')}</code></p>\n`}<ul class="functions">
${own.map(({ id, patched }) => functionItem(id, patched, hunks))}</ul>
`;
}

function functionItem(id: string, patched: PatchedFunction, hunks: readonly ShownHunk[]): Html {
  const { name, position, size, reason } = patched;
  const links = hunks
    .filter(({ functions }) => functions.has(sourceName(name)))
    .map((shown) => html` <a href="#${shown.id}">line ${shown.hunk.newStart}</a>`);
  const named = links.length === 0 ? NOTHING : html`<div class="links">in the patch:${links}</div>\n`;
  return html`<li id="${id}"><div><code class="name">${name}</code> <span class="quiet">${position === 0 ? NOTHING : html`the ${ordinal(position)} of that name, `}${size} bytes</span></div>
<div class="reason">${reason}</div>
${named}</li>
`;
}

function matchRecord(object: string, { name, position, size, match }: PatchedFunction): Html {
  return html`<div class="match"><p><code class="name">${object} ${position === 0 ? name : `${name},${position}`}</code> <span class="quiet">${size} bytes</span><br><code class="digest">${match.sha256}</code></p>
<p class="masks">${match.masks.length === 0 ? 'no masks' : match.masks.map(({ offset, length, kind }) => html`<span>${kind} <code>+0x${offset.toString(16)}</code> ${length}</span> `)}</p></div>
`;
}

/** The name in the source: GCC adds `.part.0`, `.isra.0`, `.constprop.0`, `.cold` to it. */
function sourceName(name: string): string {
  return name.split('.')[0] ?? name;
}

function ordinal(position: number): string {
  const last = position % 100 >= 11 && position % 100 <= 13 ? 0 : position % 10;
  return `${position}${{ 1: 'st', 2: 'nd', 3: 'rd' }[last] ?? 'th'}`;
}

/** A number with its noun. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
