// SPDX-License-Identifier: GPL-2.0-or-later

/** What a proof in an update says, as far as it concerns people. */
export interface ProofSummary {
  readonly verdict: string;
  readonly release: string;
  readonly buildId: string;
  /** SHA-256 of the module that was proven. */
  readonly module: string;
  /** Functions by how far each is shown. */
  readonly live: number;
  readonly static: number;
  readonly none: number;
  /** Of a level of a series: the level before it that was replaced, and whether that replaced it again. */
  readonly levels?: { readonly previous: number | null; readonly back: boolean | null };
}

/** Reads the proof in an update, which a stranger may have written; undefined when it is none. */
export function summarizeProof(bytes: Uint8Array): ProofSummary | undefined {
  const proof = parse(bytes);
  const texts = [proof.verdict, proof.release, proof.buildId, proof.module];
  const [verdict, release, buildId, module] = texts;
  if (proof.schema !== 1 || !Array.isArray(proof.functions)) return undefined;
  if (typeof verdict !== 'string' || typeof release !== 'string') return undefined;
  if (typeof buildId !== 'string' || typeof module !== 'string') return undefined;
  const shown = proof.functions.map((value) => fieldsOf(value).shown);
  const count = (word: string): number => shown.filter((value) => value === word).length;
  const counts = { live: count('live'), static: count('static'), none: count('none') };
  return { verdict, release, buildId, module, ...counts, ...levelsOf(proof.levels) };
}

function levelsOf(value: unknown): Pick<ProofSummary, 'levels'> {
  if (value === undefined) return {};
  const { previous, back } = fieldsOf(value);
  const { level } = fieldsOf(previous);
  return {
    levels: {
      previous: typeof level === 'number' ? level : null,
      back: typeof back === 'boolean' ? back : null,
    },
  };
}

function parse(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return fieldsOf(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return {};
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
