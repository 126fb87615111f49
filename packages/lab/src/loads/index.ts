// SPDX-License-Identifier: GPL-2.0-or-later
import type { Load } from '../prove/input.ts';
import { FILES } from './files.ts';
import { NETWORK } from './network.ts';
import { PROCESSES } from './processes.ts';

/** The loads that come with Uptide; what each does stands in its file. */
export const LOADS: readonly Load[] = [
  { name: 'files', script: FILES },
  { name: 'network', script: NETWORK },
  { name: 'processes', script: PROCESSES },
];
