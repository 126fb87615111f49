// SPDX-License-Identifier: GPL-2.0-or-later
import { z } from 'zod';
import { statusSchema } from './status.ts';

/** The JSON Schema of what `uptide status --json` prints, as `docs/status.schema.json` holds it. */
export function statusJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(statusSchema, { io: 'input' });
  const title = 'The status of a host that follows an Uptide stream';
  return `${JSON.stringify({ $schema, title, ...schema }, undefined, 2)}\n`;
}
