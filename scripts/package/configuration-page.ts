// SPDX-License-Identifier: GPL-2.0-or-later
import { mdoc, prose } from './mdoc.ts';

/** A key of the configuration as its default file describes it. */
interface Key {
  readonly section: string;
  readonly name: string;
  readonly value: string;
  readonly text: string;
}

/** The manual page uptide.toml(5) in mdoc, made from the default file, which describes every key in a comment. */
export function configurationPage(defaults: string, date: string, version: string): string {
  const { introduction, keys } = readDefaults(defaults);
  const sections = [...new Set(keys.map(({ section }) => section))];
  return [
    '.\\" SPDX-License-Identifier: GPL-2.0-or-later',
    `.Dd ${date}`,
    '.Dt UPTIDE.TOML 5',
    `.Os Uptide ${version}`,
    '.Sh NAME',
    '.Nm uptide.toml',
    '.Nd configuration of the agent of Uptide',
    '.Sh SYNOPSIS',
    '.Pa /etc/uptide/uptide.toml',
    '.Sh DESCRIPTION',
    prose(introduction.join('\n')),
    ...sections.flatMap((section) => [
      `.Ss [${section}]`,
      '.Bl -tag -width Ds',
      ...keys.filter((key) => key.section === section).flatMap(item),
      '.El',
    ]),
    '.Sh SEE ALSO',
    '.Xr uptide 8',
    '',
  ].join('\n');
}

function item({ name, value, text }: Key): string[] {
  return [`.It Ic ${mdoc(name)} = ${mdoc(value)}`, prose(text)];
}

/** Comment lines belong to the key below them; those before the first section introduce the file. */
function readDefaults(defaults: string): { introduction: string[]; keys: Key[] } {
  const introduction: string[] = [];
  const keys: Key[] = [];
  let section = '';
  let comment: string[] = [];
  for (const line of defaults.split('\n')) {
    const [, header] = /^\[([a-z]+)\]$/.exec(line) ?? [];
    const [, name, value] = /^#?([a-z][a-z-]*) = (.+)$/.exec(line) ?? [];
    const [, words] = /^# (.*)$/.exec(line) ?? [];
    if (header !== undefined) {
      if (section === '') introduction.push(...comment);
      section = header;
      comment = [];
    } else if (name !== undefined && value !== undefined) {
      keys.push({ section, name, value, text: comment.join('\n') });
      comment = [];
    } else if (words !== undefined && !words.startsWith('SPDX-')) comment.push(words);
  }
  return { introduction, keys };
}
