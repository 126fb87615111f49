// SPDX-License-Identifier: GPL-2.0-or-later
import { type ErrorDetail, type StreamCode, UptideError } from '@uptide/base';

/** An error of the room `stream`: an update or a stream is not what it says it is. */
export class StreamError extends UptideError {
  declare readonly code: StreamCode;

  constructor(code: StreamCode, reason: string, detail: ErrorDetail = {}) {
    super(code, reason, detail);
  }
}
