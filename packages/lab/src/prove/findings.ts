// SPDX-License-Identifier: GPL-2.0-or-later
import { CATALOGUE, type Finding, type LabCode, type Place, type Verdict } from '@uptide/base';

/** What speaks against the update. */
export function refuse(code: LabCode, place: Place, reason: string): Finding {
  return finding('refuse', code, place, reason);
}

/** What a person must judge. */
export function review(code: LabCode, place: Place, reason: string): Finding {
  return finding('review', code, place, reason);
}

function finding(verdict: Verdict, code: LabCode, place: Place, reason: string): Finding {
  return { code, verdict, place, reason, remedy: CATALOGUE[code].remedy };
}

/** A reason, with the words of a program or of the kernel below it. */
export function withWords(reason: string, words: string): string {
  return words.trim() === '' ? reason : `${reason}:\n${words.trimEnd()}`;
}
