// SPDX-License-Identifier: GPL-2.0-or-later
import { type ErrorDetail, type LabCode, UptideError } from '@uptide/base';

/** An error of the room `lab`: the machine lacks something, or what was asked cannot be run. */
export class LabError extends UptideError {
  declare readonly code: LabCode;

  constructor(code: LabCode, reason: string, detail: ErrorDetail = {}) {
    super(code, reason, detail);
  }
}
