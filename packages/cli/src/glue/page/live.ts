// SPDX-License-Identifier: GPL-2.0-or-later
import { sourceNameOf } from '@uptide/forge';
import type { PatchedFunction, PatchedObject } from '@uptide/stream';
import {
  type DisassembledFunction,
  type Disassembly,
  disassemblyDetails,
  omittedCode,
} from './disassembly.ts';
import { type Html, html, NOTHING } from './escape.ts';
import { patchTable } from './patch-table.ts';
import { hunkLinks, hunksOf, type ShownHunk, type ShownPatch } from './patches.ts';

/** A function that becomes live, as far as it is known. */
export interface ShownFunction {
  readonly name: string;
  /** Which of the equal names, from 1; 0 where there is only one. */
  readonly position: number;
  /** Bytes of the shipped function. */
  readonly size: number | undefined;
  readonly reason: string | undefined;
}

/** An object with what becomes live in it. */
export interface ShownObject {
  readonly name: string;
  readonly functions: readonly ShownFunction[];
  readonly callbacks: readonly string[];
}

/** What becomes live, and beside it the patches that it comes from. */
export function liveSection(
  objects: readonly ShownObject[],
  patches: readonly ShownPatch[],
  disassembly: Disassembly | undefined,
): Html {
  const hunks = hunksOf(patches);
  const functions = numberFunctions(objects, disassembly);
  const linkOf = ({ functions: changed }: ShownHunk): readonly Html[] =>
    functions
      .filter(({ shown }) => changed.has(sourceNameOf(shown.name)))
      .map(({ id, shown }) => html`<a href="#${id}">${shown.name}</a> `);
  return html`<h2 id="live">What becomes live</h2>
<div class="beside">
<div class="objects">
${objects.map((object) => objectCard(object, functions, hunks))}</div>
<div class="patches">
${patches.length === 0 ? html`<p class="alarm">The update carries no patch.</p>\n` : patches.map((patch) => patchTable(patch, linkOf))}</div>
</div>
`;
}

/** What changes in the code of each function, folded. */
export function codeSection(objects: readonly ShownObject[], disassembly: Disassembly | undefined): Html {
  const functions = numberFunctions(objects, disassembly);
  const known = functions.filter(({ code }) => code !== undefined);
  if (disassembly === undefined || functions.length === 0) return NOTHING;
  const without = functions.length - known.length;
  return html`<h2 id="code">Code</h2>
<p class="quiet">What changes in each function, as it was compiled from the source that was shipped and from the patched one. Jumps within a function count as the same wherever they lead.</p>
${known.map(({ id, object, code }) => (code === undefined ? NOTHING : disassemblyDetails(`c${id}`, object, code)))}${without === 0 ? NOTHING : html`<p class="alarm">The code of ${count(without, 'function')} is not there.</p>\n`}${omittedCode(disassembly)}`;
}

/** The match record: by which bytes each function was known as the shipped one. */
export function matchSection(objects: readonly PatchedObject[]): Html {
  return html`<h2 id="match">Match record</h2>
<p class="quiet">Each digest is over the shipped bytes of the function, with the masked bytes as zero: those that the kernel itself rewrites or relocates.</p>
<details><summary>Digests and masks of ${count(objects.flatMap(({ functions }) => functions).length, 'function')}</summary>
${objects.flatMap(({ name, functions }) => functions.map((patched) => matchRecord(name, patched)))}</details>
`;
}

interface NumberedFunction {
  readonly id: string;
  readonly object: string;
  readonly shown: ShownFunction;
  readonly code: DisassembledFunction | undefined;
}

/** All functions with their names in the page. Those of one name stand in both lists in the same order. */
function numberFunctions(
  objects: readonly ShownObject[],
  disassembly: Disassembly | undefined,
): readonly NumberedFunction[] {
  const codes = Map.groupBy(disassembly?.functions ?? [], ({ object, name }) => `${object} ${name}`);
  const taken = new Map<string, number>();
  return objects
    .flatMap(({ name, functions }) => functions.map((shown) => ({ object: name, shown })))
    .map(({ object, shown }, index) => {
      const key = `${object} ${shown.name}`;
      const place = taken.get(key) ?? 0;
      taken.set(key, place + 1);
      return { id: `f${index + 1}`, object, shown, code: codes.get(key)?.[place] };
    });
}

function objectCard(
  { name, functions, callbacks }: ShownObject,
  all: readonly NumberedFunction[],
  hunks: readonly ShownHunk[],
): Html {
  const own = all.filter(({ shown }) => functions.includes(shown));
  return html`<h3><code>${name}</code> <span class="quiet">${count(functions.length, 'function')}</span></h3>
${callbacks.length === 0 ? NOTHING : html`<p>Callbacks: <code>${callbacks.join(', ')}</code></p>\n`}<ul class="functions">
${own.map((one) => functionItem(one, hunks))}</ul>
`;
}

function functionItem({ id, shown, code }: NumberedFunction, hunks: readonly ShownHunk[]): Html {
  const { name, position, size, reason } = shown;
  const own = hunks.filter(({ functions }) => functions.has(sourceNameOf(name)));
  const named = [
    ...(own.length === 0 ? [] : [hunkLinks(own)]),
    ...(code === undefined ? [] : [html`<a href="#c${id}">code</a>`]),
  ];
  const what = [
    ...(position === 0 ? [] : [`the ${ordinal(position)} of that name`]),
    ...(size === undefined ? [] : [`${size} bytes`]),
  ].join(', ');
  return html`<li id="${id}"><div><code class="name">${name}</code> <span class="quiet">${what}</span></div>
${reason === undefined ? NOTHING : html`<div class="reason">${reason}</div>\n`}${named.length === 0 ? NOTHING : html`<div class="links">${named}</div>\n`}</li>
`;
}

function matchRecord(object: string, { name, position, size, match }: PatchedFunction): Html {
  return html`<div class="match"><p><code class="name">${object} ${position === 0 ? name : `${name},${position}`}</code> <span class="quiet">${size} bytes</span><br><code class="digest">${match.sha256}</code></p>
<p class="masks">${match.masks.length === 0 ? 'no masks' : match.masks.map(({ offset, length, kind }) => html`<span>${kind} <code>+0x${offset.toString(16)}</code> ${length}</span> `)}</p></div>
`;
}

function ordinal(position: number): string {
  const last = position % 100 >= 11 && position % 100 <= 13 ? 0 : position % 10;
  return `${position}${{ 1: 'st', 2: 'nd', 3: 'rd' }[last] ?? 'th'}`;
}

/** A number with its noun. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
