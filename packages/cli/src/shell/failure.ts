// SPDX-License-Identifier: GPL-2.0-or-later
import { type Code, type Place, UptideError } from '@uptide/base';
import { formatProblem } from './lines.ts';

/** How an error that reached the top is told. */
export interface Failure {
  readonly code: Code;
  readonly place: Place;
  readonly reason: string;
  readonly remedy: string;
  readonly status: number;
  /** For the maker of Uptide, when the error is one that no rule foresees. */
  readonly stack?: string;
}

/** What the system's own errors mean, whichever step they come from. */
const SYSTEM_ERRORS: Readonly<Record<string, Code>> = {
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EACCES: 'FILE_UNWRITABLE',
  EPERM: 'FILE_UNWRITABLE',
  EROFS: 'FILE_UNWRITABLE',
};

/**
 * Turns whatever was thrown into a code of the catalogue. After an interruption every error is one: steps
 * that are ended in the middle complain in many ways.
 */
export function toFailure(error: unknown, interrupted: boolean): Failure {
  if (interrupted) {
    return fromError(new UptideError('INTERRUPTED', 'the command was interrupted'));
  }
  if (error instanceof UptideError) {
    const failure = fromError(error);
    return error.code === 'INTERNAL' ? { ...failure, stack: stackOf(error) } : failure;
  }
  const system = systemCode(error);
  if (system !== undefined && error instanceof Error) {
    return fromError(new UptideError(system, error.message, { cause: error }));
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { ...fromError(new UptideError('INTERNAL', reason)), stack: stackOf(error) };
}

/** The failure as people read it. */
export function formatFailure(failure: Failure): string {
  const text = `uptide: ${formatProblem(failure)}`;
  return failure.stack === undefined ? text : `${text}\n${failure.stack}`;
}

/** The failure as programs read it. */
export function failureToJson({ code, place, reason, remedy, status }: Failure): object {
  return { schema: 1, error: { code, place, reason, remedy, status } };
}

function fromError(error: UptideError): Failure {
  const { code, place, message, remedy, exitStatus } = error;
  return { code, place, reason: message, remedy, status: exitStatus };
}

function systemCode(error: unknown): Code | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return SYSTEM_ERRORS[error.code];
}

/** The stack of an error and of all that caused it. */
function stackOf(error: unknown): string {
  const parts: string[] = [];
  for (let cause = error; cause instanceof Error && parts.length < 10; cause = cause.cause) {
    parts.push(cause.stack ?? cause.message);
  }
  return parts.join('\ncaused by: ');
}
