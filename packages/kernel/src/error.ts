// SPDX-License-Identifier: GPL-2.0-or-later
import { type ErrorDetail, type KernelCode, UptideError } from '@uptide/base';

/** An error of the room `kernel`: something of a kernel release is missing, damaged or not understood. */
export class KernelError extends UptideError {
  declare readonly code: KernelCode;

  constructor(code: KernelCode, reason: string, detail: ErrorDetail = {}) {
    super(code, reason, detail);
  }
}
