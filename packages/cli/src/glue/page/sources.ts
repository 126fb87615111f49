// SPDX-License-Identifier: GPL-2.0-or-later
import { createHash } from 'node:crypto';
import { type Update, updateFiles } from '@uptide/stream';
import { type Html, html, NOTHING } from './escape.ts';

/** The section that says from what the update was made, and what it consists of. */
export function sourcesSection(update: Update): Html {
  const { id, kernel, compiler, source } = update.description;
  const packages = source.packages ?? [];
  const facts: readonly (readonly [string, string | Html])[] = [
    ['Update id', html`<code class="digest">${id}</code>`],
    ['Kernel build id', html`<code class="digest">${kernel.buildId}</code>`],
    ['Source', `${source.package} ${source.version}`],
    ['Compiler', compiler],
    ['Baseline', html`<code class="digest">${source.baseline}</code>`],
    ['Made by', source.tool === undefined ? 'not said' : `Uptide ${source.tool.version}`],
  ];
  const files = updateFiles(update).map(({ path, role, bytes }) => ({
    name: path,
    what: `${role}, ${bytes.length} bytes`,
    digest: createHash('sha256').update(bytes).digest('hex'),
  }));
  return html`<h2 id="sources">Sources and digests</h2>
<dl class="facts">
${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>
${table(
  'Package',
  packages.map(({ name, version, sha256: digest }) => ({ name, what: version, digest })),
)}${table('File of the update', files)}`;
}

function table(
  title: string,
  rows: readonly { readonly name: string; readonly what: string; readonly digest: string }[],
): Html {
  if (rows.length === 0) return NOTHING;
  return html`<table class="stack"><thead><tr><th>${title}</th><th></th><th>SHA-256</th></tr></thead><tbody>
${rows.map(({ name, what, digest }) => html`<tr><td>${name}</td><td>${what}</td><td><code class="digest">${digest}</code></td></tr>\n`)}</tbody></table>
`;
}
