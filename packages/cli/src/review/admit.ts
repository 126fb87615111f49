// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import type { Description } from '@uptide/stream';
import type { Made } from '../glue/make.ts';
import { nameFindings } from './identity.ts';
import type { Judgement, SignOff } from './model.ts';

/** What stands in for judgements: the maker's words, and the command line that asks for them. */
export interface Admission {
  /** Why findings go unjudged; undefined when they must not. */
  readonly unreviewed: string | undefined;
  /** The command that walks through the findings. */
  readonly command: string;
}

/** No finding is judged: for makers that nobody sits before, with words of their own. */
export const UNJUDGED: Judgement = { judged: [], gone: [] };

/**
 * Lets an update come into being when every `review` finding is signed off, or when the maker says why not: then with
 * the sign-offs and the words in its description. Otherwise there is a refusal instead of it.
 */
export function admit(
  { outcome, update }: Made,
  judgement: Judgement,
  { unreviewed, command }: Admission,
): Made {
  if (update === undefined) return { outcome, update };
  const signOffs = signOffsOf(judgement);
  const { description } = update;
  const findings = description.findings.map((finding) => {
    const signedOff = signOffs.get(finding.id ?? '');
    return signedOff === undefined ? finding : { ...finding, signedOff };
  });
  const open = findings.filter(({ verdict, signedOff }) => verdict === 'review' && signedOff === undefined);
  const judged = { ...description, findings };
  if (open.length === 0) return { outcome, update: { ...update, description: judged } };
  if (unreviewed !== undefined) {
    return { outcome, update: { ...update, description: { ...judged, unreviewed: { reason: unreviewed } } } };
  }
  const refusal = openRefusal(open, command);
  return {
    outcome: {
      ...outcome,
      verdict: 'refused',
      findings: [...outcome.findings.filter(({ id }) => !signOffs.has(id)), ...nameFindings([refusal])],
      update: undefined,
    },
    update: undefined,
  };
}

/** The sign-offs by the ids of their findings. */
function signOffsOf({ judged }: Judgement): ReadonlyMap<string, SignOff> {
  return new Map(
    judged.flatMap(({ finding, signedOff }) => (signedOff === undefined ? [] : [[finding.id, signedOff]])),
  );
}

function openRefusal(open: Description['findings'], command: string): Finding {
  const ids = open.map(({ id, code }) => `${id} (${code})`).join(', ');
  return {
    code: 'REVIEW_OPEN',
    verdict: 'refuse',
    place: {},
    reason: `${open.length === 1 ? 'a finding waits' : `${open.length} findings wait`} for a judgement: ${ids}`,
    remedy: `${command}, or say with --unreviewed WORDS why it goes unjudged.`,
  };
}
