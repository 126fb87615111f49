// SPDX-License-Identifier: GPL-2.0-or-later
import { CATALOGUE, type Code } from './catalogue/index.ts';
import { EXIT } from './exit.ts';
import { formatPlace, type Place } from './place.ts';

/** What an error carries besides its code and reason. */
export interface ErrorDetail {
  readonly place?: Place;
  readonly cause?: unknown;
  /** What to do next, when the case is narrower than what the catalogue says of the code. */
  readonly remedy?: string;
}

/**
 * An error with a code of the catalogue. Rooms derive a class of their own and narrow `code`;
 * callers and tests decide by `code`, never by the text.
 */
export class UptideError extends Error {
  readonly code: Code;
  readonly place: Place;
  readonly remedy: string;

  constructor(code: Code, reason: string, detail: ErrorDetail = {}) {
    super(reason, detail.cause === undefined ? {} : { cause: detail.cause });
    this.name = new.target.name;
    this.code = code;
    this.place = detail.place ?? {};
    this.remedy = detail.remedy ?? CATALOGUE[code].remedy;
  }

  /** The exit status with which the command ends when this error reaches the top. */
  get exitStatus(): number {
    return EXIT[CATALOGUE[this.code].exit];
  }

  /** One line for a person: code, place, reason. */
  describe(): string {
    const place = formatPlace(this.place);
    return `${this.code}: ${place === '' ? '' : `${place}: `}${this.message}`;
  }
}
