// SPDX-License-Identifier: GPL-2.0-or-later
/** Writes `docs/status.schema.json` from the room `host`; `test/docs.test.ts` fails while the two differ. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { statusJsonSchema } from '@uptide/host';

writeFileSync(join(import.meta.dirname, '../docs/status.schema.json'), statusJsonSchema());
