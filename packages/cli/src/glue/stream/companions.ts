// SPDX-License-Identifier: GPL-2.0-or-later
import type { Companions, Update } from '@uptide/stream';
import { reviewPage } from '../page/page.ts';
import { sourceFiles } from '../source.ts';

/** What is published beside an update: what `uptide source` writes, and its review page. */
export function companionsOf(update: Update): Companions {
  return { source: sourceFiles(update), review: Buffer.from(reviewPage(update)) };
}
