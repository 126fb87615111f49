// SPDX-License-Identifier: GPL-2.0-or-later
import { type FileChange, type Hunk, pathOf } from '@uptide/forge';
import { type Html, html, NOTHING } from './escape.ts';
import type { ShownHunk, ShownPatch } from './patches.ts';

/**
 * A patch with the old lines on the left and the new ones on the right. The lines stand in the page in the
 * order of the patch; the style sheet puts them in two columns, or one below the other where it is narrow.
 *
 * @param linkOf the functions that become live and whose lines a hunk changes, as links
 */
export function patchTable(patch: ShownPatch, linkOf: (hunk: ShownHunk) => readonly Html[]): Html {
  const { name, number, title, failure, files, omitted } = patch;
  const head = title === undefined ? html`${name}` : html`${title} <span class="quiet">${name}</span>`;
  return html`<section class="patch"><h3>${number === undefined ? NOTHING : `${number}. `}${head}</h3>
${failure === undefined ? NOTHING : html`<p class="alarm">This patch cannot be shown side by side: ${failure}</p><pre>${patch.raw}</pre>\n`}${files.map(
  ({ change, hunks }) => fileTable(change, hunks, linkOf),
)}${
  omitted === 0
    ? NOTHING
    : html`<p class="alarm">${omitted} further lines of this patch are not shown here: <code>uptide source</code> writes all of it.</p>\n`
}</section>\n`;
}

function fileTable(
  change: FileChange,
  hunks: readonly ShownHunk[],
  linkOf: (hunk: ShownHunk) => readonly Html[],
): Html {
  return html`<details class="file" open><summary><code>${pathOf(change)}</code> <span class="quiet">${describeChange(change)}</span></summary>
${hunks.map((shown) => hunkTable(shown, linkOf(shown)))}</details>\n`;
}

function describeChange({ kind, oldPath, oldMode, newMode, binary, added, removed }: FileChange): string {
  const modes = oldMode === newMode ? '' : `mode ${oldMode ?? 'none'} to ${newMode ?? 'none'}`;
  const from = kind === 'renamed' || kind === 'copied' ? `${kind} from ${oldPath ?? ''}` : kind;
  return [from, `+${added} −${removed}`, modes, binary ? 'binary content, not shown' : '']
    .filter((part) => part !== '')
    .join(', ');
}

function hunkTable({ id, hunk }: ShownHunk, links: readonly Html[]): Html {
  const { oldStart, oldLines, newStart, newLines } = hunk;
  const live = links.length === 0 ? NOTHING : html` <span class="live">live: ${links}</span>`;
  return html`<div class="hunk" id="${id}"><div class="at"><code>@@ -${oldStart},${oldLines} +${newStart},${newLines} @@ ${fromBytes(hunk.context)}</code>${live}</div>
${hunkRuns(hunk)}</div>\n`;
}

/** The lines of a hunk in runs: each of context, or of old lines and the new ones in their place. */
function hunkRuns({ oldStart, newStart, body }: Hunk): readonly Html[] {
  const runs: Html[] = [];
  let run: Html[] = [];
  let [oldLine, newLine] = [oldStart, newStart];
  let before = '';
  const close = (): void => {
    if (run.length > 0) runs.push(html`<div class="run">${run}</div>\n`);
    run = [];
  };
  for (const text of body) {
    // Mailers cut trailing spaces off: an empty line is an empty line of context.
    const mark = text.charAt(0) || ' ';
    const isContext = mark === ' ';
    if (isContext !== (before === ' ') || (mark === '-' && before === '+')) close();
    const code = fromBytes(text.slice(1));
    if (mark === '\\') {
      run.push(line(before === '+' ? 'n note' : 'o note', '', code.trim()));
      continue;
    }
    if (isContext) run.push(line('o same', oldLine, code), line('n same', newLine, code));
    else run.push(mark === '-' ? line('o del', oldLine, code) : line('n add', newLine, code));
    if (mark !== '+') oldLine += 1;
    if (mark !== '-') newLine += 1;
    before = mark;
  }
  close();
  return runs;
}

function line(kind: string, number: number | '', code: string): Html {
  return html`<div class="${kind}"><i>${number}</i><code>${code}</code></div>`;
}

/** Latin-1 that holds bytes, as the UTF-8 text that they are. */
function fromBytes(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
