// SPDX-License-Identifier: GPL-2.0-or-later
import type { ExitName } from '../exit.ts';

/** What the catalogue says of one code, for `docs/errors.md` and for the command's exit status. */
export interface CatalogueEntry {
  /** How the command ends when this error reaches the top. */
  readonly exit: ExitName;
  /** What happened, as one sentence for a reader who has never seen it. */
  readonly meaning: string;
  /** What the reader can do next. */
  readonly remedy: string;
}
