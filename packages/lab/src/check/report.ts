// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding, LabCode, Place } from '@uptide/base';
import { refuse } from '../prove/findings.ts';

/** Collects findings about one object of one kernel. */
export class Report {
  readonly findings: Finding[] = [];
  readonly #place: Place;

  constructor(where: { readonly release: string; readonly object: string }) {
    this.#place = { kernel: where.release, object: where.object };
  }

  refuse(code: LabCode, place: Place, reason: string): void {
    this.findings.push(refuse(code, { ...this.#place, ...place }, reason));
  }
}
