// SPDX-License-Identifier: GPL-2.0-or-later
import { type Html, html, NOTHING } from './escape.ts';

/** What changes in the code of one function. */
export interface DisassembledFunction {
  readonly object: string;
  readonly name: string;
  /** Lines as they stand in the text, with their marks. */
  readonly lines: readonly string[];
}

/** What changes in the code of all functions that become live. */
export interface Disassembly {
  readonly functions: readonly DisassembledFunction[];
  /** Lines that are in no function: what is left out, or what nobody writes. */
  readonly rest: readonly string[];
}

/** Twice what the forge writes: a text that is longer comes from somebody else and is cut off. */
export const MAX_DISASSEMBLY = 4 * 1024 * 1024;

/** Reads the disassembly that an update carries, in the form of a unified diff. Any text is read. */
export function readDisassembly(bytes: Uint8Array): Disassembly {
  const text = Buffer.from(bytes.subarray(0, MAX_DISASSEMBLY)).toString('latin1');
  const functions: { object: string; name: string; lines: string[] }[] = [];
  const rest: string[] = [];
  for (const line of text.split('\n')) {
    const [, object, name] = /^--- (\S+) (\S+)$/.exec(line) ?? [];
    const current = functions.at(-1);
    if (object !== undefined && name !== undefined) functions.push({ object, name, lines: [] });
    else if (line.startsWith('+++ ') || line === '') continue;
    else if (current === undefined || /^\\ \d+ more functions$/.test(line)) rest.push(line);
    else current.lines.push(line);
  }
  if (bytes.length > MAX_DISASSEMBLY) rest.push('\\ the rest is not shown');
  return { functions, rest };
}

const LOOKS: Readonly<Record<string, string>> = { '-': 'del', '+': 'add', '@': 'at', '\\': 'note' };

/** The change of a function's code, folded until somebody asks for it. */
export function disassemblyDetails(id: string, object: string, { name, lines }: DisassembledFunction): Html {
  const count = (mark: string): number => lines.filter((line) => line.startsWith(mark)).length;
  return html`<details class="code"><summary><code class="name">${name}</code> <span class="quiet">${object}, +${count('+')} −${count('-')} instructions</span></summary>
<pre id="${id}">${lines.map(codeLine)}</pre></details>
`;
}

function codeLine(line: string): Html {
  const look = LOOKS[line.charAt(0)];
  return look === undefined ? html`<span>${line}</span>` : html`<span class="${look}">${line}</span>`;
}

/** What is said of code that is not shown. */
export function omittedCode({ rest }: Disassembly): Html {
  if (rest.length === 0) return NOTHING;
  return html`<p class="alarm">Not all code is shown: ${rest.slice(0, 3).join(' ')}</p>\n`;
}
