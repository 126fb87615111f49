// SPDX-License-Identifier: GPL-2.0-or-later
import { EXIT } from '@uptide/base';
import { type CommandEntry, flatten } from './commands.ts';
import { mdoc } from './mdoc.ts';

/** The manual page uptide(8) in mdoc, made from the commands themselves. `date` is the day that it names. */
export function manualPage(program: CommandEntry, date: string, version: string): string {
  return [
    `.\\" SPDX-License-Identifier: GPL-2.0-or-later`,
    `.Dd ${date}`,
    '.Dt UPTIDE 8',
    `.Os Uptide ${version}`,
    '.Sh NAME',
    '.Nm uptide',
    '.Nd live updates of the running kernel from a signed stream',
    '.Sh SYNOPSIS',
    '.Nm',
    '.Ar command',
    '.Op Ar argument ...',
    ...DESCRIPTION,
    '.Sh COMMANDS',
    '.Bl -tag -width Ds',
    ...flatten(program).filter(isCalled).flatMap(command),
    '.El',
    ...FILES,
    '.Sh EXIT STATUS',
    '.Bl -tag -width Ds',
    ...Object.entries(EXIT).map(([name, status]) => `.It ${status}\n${words(name)}`),
    '.El',
    '.Sh SEE ALSO',
    '.Xr systemd.timer 5 ,',
    '.Xr uptide.toml 5',
    '',
  ].join('\n');
}

const DESCRIPTION = [
  '.Sh DESCRIPTION',
  'A live update replaces functions of the running kernel by fixed ones, without a reboot.',
  '.Nm',
  'follows a stream of such updates: it verifies what it is given, compares the code that runs with the code that',
  'an update was made for, loads the update and waits until every task runs the new code.',
  'What cannot be shown to fit is not loaded; no transition is ever forced.',
  '.Pp',
  'An update that was loaded is on probation at first.',
  'When the machine crashes meanwhile, it is not loaded again.',
  'Only updates that have borne their probation are applied again early in the next boot.',
];

const FILES = [
  '.Sh FILES',
  '.Bl -tag -width Ds',
  '.It Pa /etc/uptide/uptide.toml',
  'The configuration.',
  '.It Pa /etc/uptide/disable',
  'While this file is there, nothing is loaded.',
  '.It Pa /var/lib/uptide',
  'Trusted metadata, kept updates, and the journal of what was loaded.',
  '.El',
  '.Pp',
  'On the kernel command line,',
  '.Cm uptide=off',
  'stops the agent for one boot, and',
  '.Cm uptide=no-apply',
  'lets it load nothing.',
];

/** Commands that only hold others are not called themselves. */
function isCalled({ commands }: CommandEntry): boolean {
  return commands.length === 0;
}

function command({ path, usage, description, options }: CommandEntry): string[] {
  return [
    `.It Cm ${[...path, ...usage.split(' ')].map(mdoc).join(' ')}`,
    sentence(description),
    ...(options.length === 0
      ? []
      : [
          '.Bl -tag -width Ds',
          ...options.map((one) => `.It Cm ${mdoc(one.flags)}\n${sentence(one.description)}`),
          '.El',
        ]),
  ];
}

function sentence(text: string): string {
  const escaped = mdoc(text);
  return `${escaped.slice(0, 1).toUpperCase()}${escaped.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

/** `patchDoesNotApply` as people say it. */
function words(name: string): string {
  return sentence(name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));
}
