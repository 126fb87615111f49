// SPDX-License-Identifier: GPL-2.0-or-later
import { type ErrorDetail, type HostCode, UptideError } from '@uptide/base';

/** An error of the room `host`: the running kernel does not do, or does not show, what is asked for. */
export class HostError extends UptideError {
  declare readonly code: HostCode;

  constructor(code: HostCode, reason: string, detail: ErrorDetail = {}) {
    super(code, reason, detail);
  }
}
