// SPDX-License-Identifier: GPL-2.0-or-later
import { type RoleSummary, type SignRequest, StreamError, summarize } from '@uptide/stream';
import { oneLine } from '../../shell/lines.ts';
import type { Shell } from '../../shell/shell.ts';

/** Lines of one role that are shown; a first publication of many kernels has thousands. */
const MAX_LINES = 60;

/** What a request changes, as people read it. */
export function describeSummary(stream: string, roles: readonly RoleSummary[]): string {
  return [
    `stream: ${oneLine(stream)}`,
    ...roles.flatMap(({ role, version, expires, changes }) => [
      `${role}, version ${version}, until ${expires}`,
      ...changes.slice(0, MAX_LINES).map((line) => `  ${oneLineKeepIndent(line)}`),
      ...(changes.length > MAX_LINES
        ? [`  and ${changes.length - MAX_LINES} lines more; --json has all`]
        : []),
    ]),
  ].join('\n');
}

/**
 * Shows what is to be signed, and asks.
 *
 * @throws StreamError STREAM_NOT_CONFIRMED.
 */
export async function confirmSigning(
  request: SignRequest,
  yes: boolean,
  { confirm, reporter }: Pick<Shell, 'confirm' | 'reporter'>,
): Promise<void> {
  reporter.note(describeSummary(request.stream, summarize(request)));
  if (yes || (await confirm('Sign this?'))) return;
  throw new StreamError('STREAM_NOT_CONFIRMED', 'nothing was signed');
}

/** The text of a stranger on one line; what stands below something else stays there. */
function oneLineKeepIndent(line: string): string {
  return `${line.startsWith('  ') ? '  ' : ''}${oneLine(line)}`;
}
