// SPDX-License-Identifier: GPL-2.0-or-later
import { CATALOGUE, type ErrorDetail, type Finding, type ForgeCode, UptideError } from '@uptide/base';

/** What stops the way of a patch; what only judges it is a finding. */
export class ForgeError extends UptideError {
  override readonly code: ForgeCode;

  constructor(code: ForgeCode, reason: string, detail: ErrorDetail = {}) {
    super(code, reason, detail);
    this.code = code;
  }
}

/** A finding whose remedy is the catalogue's unless the case is narrower. */
export function finding(
  code: ForgeCode,
  verdict: Finding['verdict'],
  place: Finding['place'],
  reason: string,
  remedy: string = CATALOGUE[code].remedy,
): Finding {
  return { code, verdict, place, reason, remedy };
}
